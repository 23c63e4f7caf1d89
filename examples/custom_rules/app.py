"""An app of a team of ACME: readiness.yaml names the package, so its rules are asked with every `cdk synth`."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs

from readiness_pack import ReadinessChecks


class Orders(cdk.Stack):
    """A queue with its dead letter queue, and an alarm on what lands there."""

    def __init__(self, scope: cdk.App, id: str) -> None:
        super().__init__(scope, id)
        failed = sqs.Queue(self, "Failed", queue_name="shop-orders-dlq", enforce_ssl=True)
        sqs.Queue(
            self,
            "Orders",
            queue_name="shop-orders",
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(queue=failed, max_receive_count=5),
        )
        cloudwatch.Alarm(
            self,
            "OrdersFail",
            metric=failed.metric_approximate_number_of_messages_visible(),
            threshold=1,
            evaluation_periods=1,
            alarm_description="Orders were not taken. https://runbooks.acme.example/orders",
        )


if __name__ == "__main__":
    app = cdk.App()
    Orders(app, "Orders")
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    app.synth()
