"""What the whole system agrees on: where it runs, and whose it is."""

from __future__ import annotations

import aws_cdk as cdk

ACCOUNT = "111111111111"
REGION = "eu-west-1"
ENV = cdk.Environment(account=ACCOUNT, region=REGION)

ON_CALL = "lake-oncall@freight.example"
RUNBOOKS = "https://runbooks.freight.example/lake"

# The role by which the platform team deploys, and that of the analysts; both come from the identity centre.
ADMINISTRATORS = f"arn:aws:iam::{ACCOUNT}:role/platform/lake-administrators"
ANALYSTS = f"arn:aws:iam::{ACCOUNT}:role/platform/lake-analysts"

TAGS = {
    "Environment": "prod",
    "Owner": "lake-team",
    "CostCenter": "7040",
    "Project": "lake",
    "DataClassification": "internal",
}
