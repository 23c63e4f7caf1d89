"""Alarms that reach a person: one topic, and every alarm with a runbook and a decision on missing data."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from lake import settings

# Everything that publishes to the on-call topic; each must be admitted by the topic's key and by its policy.
ALARM_SOURCES = (
    "cloudwatch.amazonaws.com",
    "budgets.amazonaws.com",
    "costalerts.amazonaws.com",
    "events.amazonaws.com",
)


class OnCall(Construct):
    """The topic behind which the on-call engineer sits, and the alarms that use it."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
        self.topic.add_subscription(subscriptions.EmailSubscription(settings.ON_CALL))
        for source in ALARM_SOURCES:
            self.topic.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="Publish" + source.split(".")[0].capitalize(),
                    principals=[iam.ServicePrincipal(source)],
                    actions=["sns:Publish"],
                    resources=[self.topic.topic_arn],
                    conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
                )
            )

    def alarm(
        self,
        scope: Construct,
        construct_id: str,
        metric: cloudwatch.IMetric,
        *,
        what: str,
        threshold: float = 1,
        periods: int = 1,
        below: bool = False,
        missing_is_bad: bool = False,
    ) -> cloudwatch.Alarm:
        """An alarm in ``scope`` that pages on-call when ``metric`` reaches ``threshold`` (or falls under it).

        Args:
            scope: where the alarm lives.
            construct_id: its id there, also the anchor in the runbooks.
            metric: what is watched, with its statistic and period.
            what: one sentence for the engineer who is woken.
            threshold: in the unit of the metric.
            periods: how many periods in a row.
            below: fire under the threshold instead of at or above it.
            missing_is_bad: no data means that the thing is not running.
        """
        alarm = cloudwatch.Alarm(
            scope,
            construct_id,
            metric=metric,
            alarm_description=f"{what} {settings.RUNBOOKS}#{construct_id}",
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=(
                cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
                if below
                else cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
            ),
            treat_missing_data=(
                cloudwatch.TreatMissingData.BREACHING if missing_is_bad else cloudwatch.TreatMissingData.NOT_BREACHING
            ),
        )
        action = actions.SnsAction(self.topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)
        return alarm
