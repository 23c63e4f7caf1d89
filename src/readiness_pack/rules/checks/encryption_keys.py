"""How the types say that their data are encrypted and with whose key, and how that is judged.

One type is one line of :data:`STORES`; checks that need more build on :func:`encryption` and :func:`key_problem`.
The defaults are those of the types' pages in
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.outcome import PASS, Outcome, fail, unknown
from readiness_pack.template import Reference, Resource, Text, Undecided, Unknown, Value, is_known
from readiness_pack.template.views.keys import key_use

_AWS_ALIAS = "alias/aws/"


@dataclass(frozen=True, slots=True)
class Store:
    """How one type is encrypted.

    Args:
        keys: the properties that name keys; one with ``[*]`` names a key for each replica.
        without: what encrypts the data where no key is named.
        switch: the property that turns encryption on, which may be that of the key; empty where it cannot be off.
        on: the values of ``switch`` that turn it on; a boolean, or any key, where there are none.
        off: what still encrypts the data where ``switch`` is off; nothing does where it is empty.
    """

    keys: tuple[str, ...]
    without: str
    switch: str = ""
    on: tuple[str, ...] = ()
    off: str = ""


def _key(path: str, without: str) -> Store:
    return Store((path,), without)


_AWS = "a key that AWS owns or manages"
_BEDROCK = "a key that Bedrock owns"
_S3 = "a key that S3 owns (SSE-S3)"
_DYNAMODB = "a key that DynamoDB owns"
_ELASTICACHE = "a key that ElastiCache owns"
_RDS = Store(("KmsKeyId",), "alias/aws/rds", "StorageEncrypted")
_SEARCH = Store(("EncryptionAtRestOptions.KmsKeyId",), "alias/aws/es", "EncryptionAtRestOptions.Enabled")

STORES: dict[str, Store] = {
    "AWS::Backup::BackupVault": _key("EncryptionKeyArn", "alias/aws/backup"),
    "AWS::Backup::LogicallyAirGappedBackupVault": _key("EncryptionKeyArn", "a key that AWS Backup owns"),
    "AWS::Bedrock::Agent": _key("CustomerEncryptionKeyArn", _BEDROCK),
    "AWS::Bedrock::DataSource": _key("ServerSideEncryptionConfiguration.KmsKeyArn", _BEDROCK),
    "AWS::Bedrock::Guardrail": _key("KmsKeyArn", _BEDROCK),
    "AWS::BedrockAgentCore::Gateway": _key("KmsKeyArn", _BEDROCK),
    "AWS::BedrockAgentCore::Memory": _key("EncryptionKeyArn", _BEDROCK),
    "AWS::CloudTrail::EventDataStore": _key("KmsKeyId", "a key that CloudTrail owns"),
    "AWS::CloudTrail::Trail": _key("KMSKeyId", _S3),
    "AWS::CodeBuild::Project": _key("EncryptionKey", "alias/aws/s3"),
    "AWS::DMS::ReplicationInstance": _key("KmsKeyId", "alias/aws/dms"),
    "AWS::DocDB::DBCluster": _RDS,
    "AWS::DynamoDB::GlobalTable": Store(
        ("Replicas[*].SSESpecification.KMSMasterKeyId",),
        "alias/aws/dynamodb",
        "SSESpecification.SSEEnabled",
        off=_DYNAMODB,
    ),
    "AWS::DynamoDB::Table": Store(
        ("SSESpecification.KMSMasterKeyId",), "alias/aws/dynamodb", "SSESpecification.SSEEnabled", off=_DYNAMODB
    ),
    "AWS::ECR::Repository": Store(
        ("EncryptionConfiguration.KmsKey",),
        "alias/aws/ecr",
        "EncryptionConfiguration.EncryptionType",
        ("KMS", "KMS_DSSE"),
        _S3,
    ),
    "AWS::EFS::FileSystem": Store(("KmsKeyId",), "alias/aws/elasticfilesystem", "Encrypted"),
    "AWS::ElastiCache::ReplicationGroup": Store(("KmsKeyId",), _ELASTICACHE, "AtRestEncryptionEnabled"),
    "AWS::ElastiCache::ServerlessCache": _key("KmsKeyId", _ELASTICACHE),
    "AWS::Elasticsearch::Domain": _SEARCH,
    "AWS::Events::Archive": _key("KmsKeyIdentifier", "a key that EventBridge owns"),
    "AWS::Events::EventBus": _key("KmsKeyIdentifier", "a key that EventBridge owns"),
    "AWS::Kinesis::Stream": Store(("StreamEncryption.KeyId",), "nothing", "StreamEncryption.EncryptionType", ("KMS",)),
    "AWS::KinesisFirehose::DeliveryStream": Store(
        ("DeliveryStreamEncryptionConfigurationInput.KeyARN",),
        "a key that Firehose owns",
        "DeliveryStreamEncryptionConfigurationInput.KeyType",
        ("CUSTOMER_MANAGED_CMK",),
    ),
    "AWS::Lambda::Function": _key("KmsKeyArn", _AWS),
    "AWS::Logs::LogGroup": _key("KmsKeyId", "a key that CloudWatch Logs owns"),
    "AWS::Neptune::DBCluster": _RDS,
    "AWS::OpenSearchService::Domain": _SEARCH,
    "AWS::RDS::DBCluster": _RDS,
    "AWS::RDS::DBInstance": _RDS,
    "AWS::Redshift::Cluster": _key("KmsKeyId", "a key that Redshift owns"),
    "AWS::RedshiftServerless::Namespace": _key("KmsKeyId", "a key that Redshift owns"),
    "AWS::S3Tables::TableBucket": Store(
        ("EncryptionConfiguration.KMSKeyArn",), "nothing", "EncryptionConfiguration.SSEAlgorithm", ("aws:kms",), _S3
    ),
    "AWS::S3Vectors::VectorBucket": Store(
        ("EncryptionConfiguration.KmsKeyArn",), "nothing", "EncryptionConfiguration.SseType", ("aws:kms",), _S3
    ),
    "AWS::SNS::Topic": Store(("KmsMasterKeyId",), "nothing", "KmsMasterKeyId"),
    "AWS::SQS::Queue": _key("KmsMasterKeyId", "a key that SQS owns (SSE-SQS)"),
    "AWS::SageMaker::Domain": _key("KmsKeyId", "alias/aws/elasticfilesystem"),
    "AWS::SageMaker::EndpointConfig": _key("KmsKeyId", _AWS),
    "AWS::SageMaker::NotebookInstance": _key("KmsKeyId", _AWS),
    "AWS::SecretsManager::Secret": Store(("KmsKeyId", "ReplicaRegions[*].KmsKeyId"), "alias/aws/secretsmanager"),
    "AWS::StepFunctions::StateMachine": Store(
        ("EncryptionConfiguration.KmsKeyId",),
        "nothing",
        "EncryptionConfiguration.Type",
        ("CUSTOMER_MANAGED_KMS_KEY",),
        "a key that Step Functions owns",
    ),
}
"""Resource type -> how it is encrypted."""


def given(value: Value) -> bool:
    """Whether a property is set; CDK writes an empty text for some that are not."""
    return not (value is None or (isinstance(value, str) and not value.strip()))


def text_of(value: Value) -> str:
    """A property that is text; raises :class:`Undecided` for what is not known, or is no text at all."""
    if isinstance(value, str):
        return value
    if not is_known(value):
        value.undecided()
    raise Undecided(f"{value!r} is no text")


def why_not_read(value: Value) -> str:
    """Why an element of a list could not be read as an object."""
    return value.reason if isinstance(value, Unknown | Text) else f"{value} is no object"


def key_problem(resource: Resource, path: str, without: str) -> str | None:
    """What is wrong with the key that ``path`` names: absent, or managed by AWS; ``None`` where it is the customer's.

    The ARN, id or alias of a key outside the app counts as the customer's, since AWS's keys go by ``alias/aws/``.

    Raises:
        Undecided: the value is not known.
    """
    value = resource.get(path)
    if not given(value):
        return f"it names no key, so {without} encrypts it"
    if is_known(value):
        text_of(value)
    use = key_use(resource, path)
    if use is not None and use.owner == "outside":
        _cannot_be_aws(value)
    return f"its key {value} is one that AWS manages" if use is not None and use.owner == "aws" else None


def _cannot_be_aws(value: Value) -> None:
    """Raises :class:`Undecided` where the unknown part of ``value`` may name a key that AWS manages."""
    if isinstance(value, Reference) and value.resource.type != "AWS::KMS::Alias":
        value.undecided()
    if not isinstance(value, Text):
        return
    for part, following in zip(value.parts, (*value.parts[1:], ""), strict=True):
        before, alias, name = part.partition("alias/") if isinstance(part, str) else ("", "", "")
        if ":key/" in before or (name and not _AWS_ALIAS.startswith(alias + name)):
            return
        if alias and not name and _holds_no_slash(following):
            return  # so it cannot go on as "aws/..."
    value.undecided()


def _holds_no_slash(part: Value) -> bool:
    """Names that CloudFormation makes, and those of stacks and regions."""
    return isinstance(part, Reference) or (isinstance(part, Unknown) and part.kind == "pseudo")


def encryption(resource: Resource, store: Store, own_key: bool) -> list[Outcome]:
    """What is wrong with the encryption of ``resource``; a single :data:`PASS` where nothing is.

    Args:
        resource: what is judged.
        store: how its type is encrypted.
        own_key: whether only a key of the customer's counts.
    """
    return first_failures(
        lambda: switched_off(resource, store, own_key),
        lambda: key_failures(resource, store) if own_key else [],
    )


def first_failures(*questions: Callable[[], list[Outcome]]) -> list[Outcome]:
    """The failures of the first question that has some, else what cannot be decided, else a pass."""
    doubts: list[Outcome] = []
    for ask in questions:
        try:
            found = ask()
        except Undecided as undecided:
            doubts.append(unknown(undecided.reason))
            continue
        if any(outcome.verdict == "fail" for outcome in found):
            return found
        doubts += [outcome for outcome in found if outcome.verdict == "unknown"]
    return doubts[:1] or [PASS]


def switched_off(resource: Resource, store: Store, own_key: bool) -> list[Outcome]:
    """The failure that the switch of ``store`` means where it is off."""
    if not store.switch:
        return []
    value = resource.get(store.switch)
    if _is_on(resource, store) or (store.off and not own_key):
        return []
    instead = f", so {store.off} encrypts it" if store.off else ""
    return [fail(store.switch, reason=f"{store.switch} is {spelled(value)}{instead}")]


def _is_on(resource: Resource, store: Store) -> bool:
    value = resource.get(store.switch)
    if store.switch in store.keys:
        return given(value)
    return value in store.on if store.on else bool(resource.flag(store.switch, default=False))


def spelled(value: Value) -> str:
    """``value`` as messages say it."""
    return "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def key_failures(resource: Resource, store: Store) -> list[Outcome]:
    """A failure for every key of ``store`` that is not the customer's."""

    def judge(path: str) -> Outcome | None:
        problem = key_problem(resource, path, store.without)
        if problem is None:
            return None
        element = path.rpartition("]")[0]
        if not element:
            return fail(path, reason=problem)
        region = str(resource.get(f"{element}].Region"))
        return fail(path, detail=region, reason=f"the copy in {region}: {problem}")

    return judged([concrete for path in store.keys for concrete, _ in resource.each(path)], judge)
