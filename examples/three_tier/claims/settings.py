"""What the whole system agrees on: where it runs, whose it is, and the limits it promises to keep."""

from __future__ import annotations

import aws_cdk as cdk

ACCOUNT = "111111111111"
REGION = "eu-west-1"
ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
ENV = cdk.Environment(account=ACCOUNT, region=REGION)

DOMAIN = "insurer.example"
HOST_NAME = f"claims.{DOMAIN}"
SITE = f"https://{HOST_NAME}"
HOSTED_ZONE_ID = "Z0123456789EXAMPLEZNE"
ON_CALL = "claims-oncall@insurer.example"
RUNBOOKS = "https://runbooks.insurer.example/claims"

MAX_P95_MILLISECONDS = 200
MIN_AVAILABILITY_PERCENT = 99.9

TAGS = {
    "Environment": "prod",
    "Owner": "claims-team",
    "CostCenter": "6310",
    "Project": "claims",
    "DataClassification": "internal",
}
