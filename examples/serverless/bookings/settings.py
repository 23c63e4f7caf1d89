"""What the whole system agrees on: where it runs, whose it is, and the limits it promises to keep."""

from __future__ import annotations

import aws_cdk as cdk

ACCOUNT = "111111111111"
REGION = "eu-west-1"
ENV = cdk.Environment(account=ACCOUNT, region=REGION)

SITE = "https://seats.example"
HEALTH_CHECK = "https://api.seats.example/healthz"
ON_CALL = "bookings-oncall@seats.example"
PAGER = "https://pager.seats.example/aws/bookings"
RUNBOOKS = "https://runbooks.seats.example/bookings"

MAX_P95_MILLISECONDS = 200
MIN_AVAILABILITY_PERCENT = 99.9

TAGS = {
    "Environment": "prod",
    "Owner": "bookings-team",
    "CostCenter": "5120",
    "Project": "bookings",
    "DataClassification": "internal",
}
