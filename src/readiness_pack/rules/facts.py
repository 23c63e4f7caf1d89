"""Account-level facts that rules accept (``facts:`` in readiness.yaml): what no template shows and a person knows."""

from __future__ import annotations

from typing import Any

KNOWN_FACTS: dict[str, str] = {
    "access_analyzer": "IAM Access Analyzer watches the account",
    "api_documentation": "API documentation is published outside of API Gateway",
    "apigw_cloudwatch_role": "API Gateway has its role for CloudWatch in every region in use",
    "bedrock_invocation_logging": "Bedrock model invocations are logged",
    "central_vpc_endpoints": "VPC endpoints are shared from a central VPC",
    "config_conformance_packs": "AWS Config conformance packs are deployed to the account",
    "config_recorder": "AWS Config records all resources",
    "cost_anomaly_monitor": "Cost Anomaly Detection watches the account and tells somebody",
    "cost_export": "Cost and usage data is exported",
    "default_security_group_closed": "default security groups have no rules",
    "ebs_encryption_by_default": "EBS encryption by default is on in every region in use",
    "finding_routing": "security findings are routed to people",
    "firewall_manager": "AWS Firewall Manager attaches web ACLs to distributions and entry points",
    "guardduty": "GuardDuty is on",
    "imdsv2_required": "IMDSv2 is the account's default for instances",
    "inspector_ecr": "Amazon Inspector scans container images",
    "log_data_protection": "an account-wide data protection policy masks log data",
    "macie_enabled": "Macie is on",
    "org_backup_policy": "a backup policy of the organization covers the account",
    "org_trail": "an organization trail records all regions",
    "payer_budget": "budgets with notifications are kept in the payer account",
    "security_hub": "Security Hub is on",
    "vpc_block_public_access": "VPC Block Public Access is on",
}
"""Fact name -> what it says."""

_WITH_TAGS = "org_backup_policy"
"""The one whose value may also be the tags that a backup policy selects by."""


def improper(name: str, value: Any) -> str | None:
    """Why ``value`` cannot be that of the fact ``name``, as a sentence; ``None`` where it can.

    A text is no answer: ``"false"`` would count as a truth.

    Example:
        >>> improper("guardduty", True), improper("guardduty", "false")
        (None, "write true or false, not 'false'")
    """
    if name not in KNOWN_FACTS or isinstance(value, bool) or (name == _WITH_TAGS and isinstance(value, str | dict)):
        return None
    return f"write true or false, not {value!r}"
