"""What the whole system agrees on: where it runs, whose it is, and the limits it promises to keep."""

from __future__ import annotations

import aws_cdk as cdk

ENVIRONMENT = "prod"
ACCOUNT = "111111111111"
REGION = "eu-west-1"
ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
ENV = cdk.Environment(account=ACCOUNT, region=REGION)

# A web ACL, a certificate and the alarms of a CloudFront distribution exist only in this region.
EDGE_ENV = cdk.Environment(account=ACCOUNT, region="us-east-1")

DOMAIN = "shop.example"
HOSTED_ZONE_ID = "Z0123456789EXAMPLEZNE"
ON_CALL = "orders-oncall@shop.example"
PAGER = "https://pager.shop.example/aws/orders"
RUNBOOKS = "https://runbooks.shop.example/orders"

# The service level that the business was promised.
MAX_P95_MILLISECONDS = 200
MIN_AVAILABILITY_PERCENT = 99.9

TAGS = {
    "Environment": ENVIRONMENT,
    "Owner": "orders-team",
    "CostCenter": "4711",
    "Project": "orders",
    "DataClassification": "internal",
}
