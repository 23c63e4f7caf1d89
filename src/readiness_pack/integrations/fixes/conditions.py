"""For which resources a fix is meant, as far as their own properties and their stack tell."""

from __future__ import annotations

from typing import Any

from readiness_pack.integrations.fixes.model import Subject


def rotates(key: Subject) -> bool:
    """KMS rotates symmetric encryption keys whose material it made itself."""
    return (
        key.get("KeySpec") in (None, "SYMMETRIC_DEFAULT")
        and key.get("KeyUsage") in (None, "ENCRYPT_DECRYPT")
        and key.get("Origin") in (None, "AWS_KMS")
    )


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html: an ACL is public where
# it grants something to AllUsers or to AuthenticatedUsers, who are those of every account.
_PUBLIC_ACLS = ("PublicRead", "PublicReadWrite", "AuthenticatedRead")


def is_private(bucket: Subject) -> bool:
    """Whether nothing in the stack says that everybody may read the bucket."""
    if bucket.get("WebsiteConfiguration") is not None or bucket.get("AccessControl") in _PUBLIC_ACLS:
        return False
    policies = bucket.others("AWS::S3::BucketPolicy").values()
    return not any(bucket.is_named_by(one.get("Bucket")) and _lets_everybody_in(one) for one in policies)


def _lets_everybody_in(policy: Any) -> bool:
    document = policy.get("PolicyDocument")
    statements = document.get("Statement") if isinstance(document, dict) else None
    listed = statements if isinstance(statements, list) else [statements]
    return any(
        isinstance(one, dict) and one.get("Effect") == "Allow" and _is_everybody(one.get("Principal")) for one in listed
    )


def _is_everybody(principal: Any) -> bool:
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    return "*" in named if isinstance(named, list) else bool(named == "*")


def is_not_deleted_on_purpose(resource: Subject) -> bool:
    """Who says ``DeletionPolicy: Delete`` means to delete it with the stack, which the protection would refuse."""
    return resource.resource.get("DeletionPolicy") != "Delete"


_COPIES_OF = ("SourceDBInstanceIdentifier", "SourceDBClusterIdentifier", "ReplicationSourceIdentifier")


def is_member(database: Subject) -> bool:
    """Whether the instance is one of a cluster, which has the setting for all."""
    return database.type.endswith("DBInstance") and database.get("DBClusterIdentifier") is not None


def stands_alone(database: Subject) -> bool:
    """Whether it is neither in a cluster nor a replica."""
    return not is_member(database) and all(database.get(path) is None for path in _COPIES_OF)


def keeps_backups(database: Subject) -> bool:
    """Aurora Limitless keeps none."""
    return stands_alone(database) and database.get("ClusterScalabilityType") is None


def is_protectable(resource: Subject) -> bool:
    """Whether the resource has the protection itself, and nobody means to delete it."""
    return is_not_deleted_on_purpose(resource) and not is_member(resource)


# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html; MariaDB: 10.6 on.
_IAM_ENGINES = ("mysql", "postgres", "aurora-mysql", "aurora-postgresql")


def takes_iam(database: Subject) -> bool:
    """Whether every version of the engine that RDS offers takes IAM authentication."""
    return (
        database.get("Engine") in _IAM_ENGINES and database.get("EngineMode") != "serverless" and stands_alone(database)
    )


def keeps_events(group: Subject) -> bool:
    """Groups of the class DELIVERY keep events for two days, whatever is said."""
    return group.get("LogGroupClass") in (None, "STANDARD", "INFREQUENT_ACCESS")


def rolls(service: Subject) -> bool:
    """The circuit breaker is for rolling updates of ECS's own."""
    return (
        service.get("DeploymentController.Type") in (None, "ECS")
        and service.get("DeploymentConfiguration.Strategy") in (None, "ROLLING")
        and service.get("DeploymentConfiguration.DeploymentCircuitBreaker.Enable") in (None, True)
    )


def is_application(balancer: Subject) -> bool:
    """Whether it is an application load balancer, as one is that does not say."""
    return balancer.get("Type") in (None, "application")


def is_network(balancer: Subject) -> bool:
    """Whether it is a network load balancer."""
    return bool(balancer.get("Type") == "network")


def speaks_tls(listener: Subject) -> bool:
    """Whether the listener has a security policy at all."""
    return listener.get("Protocol") in ("HTTPS", "TLS")


def has_certificate(distribution: Subject) -> bool:
    """Whether viewers see a certificate of the user's; that of CloudFront's own name has a fixed policy."""
    certificate = "DistributionConfig.ViewerCertificate"
    return any(distribution.get(f"{certificate}.{name}") for name in ("AcmCertificateArn", "IamCertificateId"))


def takes_no_logs(bucket: Subject) -> bool:
    """A bucket that takes the logs of others would log its own logging."""
    logging = (one.get("LoggingConfiguration") for one in bucket.others("AWS::S3::Bucket").values())
    if any(bucket.is_named_by(one) for one in logging):
        return False
    return bool(bucket.get("AccessControl") != "LogDeliveryWrite")


def has_no_template(instance: Subject) -> bool:
    """Whether the instance says everything itself."""
    return instance.get("LaunchTemplate") is None


def has_replicas(cache: Subject) -> bool:
    """Whether there is a replica to fail over to."""
    count = cache.get("NumCacheClusters")
    return isinstance(count, int) and count > 1
