"""Rules about queues that words cannot say."""

from __future__ import annotations

from readiness_pack.rules import NOT_APPLICABLE, PASS, ParameterSpec, Rule, Verdicts, fail
from readiness_pack.template import Resource


class AcmeDeadLetterQueueNamed(Rule):
    """A dead letter queue carries the name of the queue whose messages it keeps, so that on-call finds it."""

    item = "ACME-NAM-01"
    severity = "warning"
    resource_types = ("AWS::SQS::Queue",)
    message = "The dead letter queue of {logical_id} is called {found}, not {wanted}."
    fix = 'sqs.Queue(self, "Failed", queue_name=f"{queue_name}-dlq")'
    why = "On-call starts from the name of the queue that stopped; a dead letter queue of another name costs minutes."
    parameter_specs = {"suffix": ParameterSpec("-dlq", "what follows the name of the queue")}
    examples = (
        {
            "title": "the name of the queue and the suffix",
            "on": "Orders",
            "pass": {
                "Resources": {
                    "Orders": {
                        "Type": "AWS::SQS::Queue",
                        "Properties": {
                            "QueueName": "shop-orders",
                            "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Failed", "Arn"]}},
                        },
                    },
                    "Failed": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "shop-orders-dlq"}},
                }
            },
        },
        {
            "title": "another name",
            "on": "Orders",
            "says": "is called shop-failed, not shop-orders-dlq",
            "fail": {
                "Resources": {
                    "Orders": {
                        "Type": "AWS::SQS::Queue",
                        "Properties": {
                            "QueueName": "shop-orders",
                            "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Failed", "Arn"]}},
                        },
                    },
                    "Failed": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "shop-failed"}},
                }
            },
        },
        {"title": "a queue without one", "not_applicable": {"Properties": {"QueueName": "shop-orders"}}},
    )

    def check(self, resource: Resource) -> Verdicts:
        """Compare the name of the dead letter queue, wherever in the app that is, with that of the queue."""
        failed = resource.target("RedrivePolicy.deadLetterTargetArn")
        if failed is None or resource.get("QueueName") is None:
            return NOT_APPLICABLE
        found, wanted = failed.get("QueueName"), f"{resource.get('QueueName')}{self['suffix']}"
        return PASS if found == wanted else fail("RedrivePolicy", found=found, wanted=wanted)
