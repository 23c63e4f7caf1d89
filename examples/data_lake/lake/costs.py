"""What the system may cost, and who hears of it before it costs more."""

from __future__ import annotations

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_ce as ce
from aws_cdk import aws_sns as sns
from constructs import Construct

from lake import settings

MONTHLY_DOLLARS = 3000


class Costs(Construct):
    """A monthly budget and an anomaly monitor."""

    def __init__(self, scope: Construct, construct_id: str, *, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        subscribers = [
            budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic.topic_arn),
            budgets.CfnBudget.SubscriberProperty(subscription_type="EMAIL", address=settings.ON_CALL),
        ]
        budgets.CfnBudget(
            self,
            "Monthly",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=MONTHLY_DOLLARS, unit="USD"),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=subscribers,
                )
                for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
            resource_tags=[
                budgets.CfnBudget.ResourceTagProperty(key=name, value=value) for name, value in settings.TAGS.items()
            ],
        )
        monitor = ce.CfnAnomalyMonitor(
            self, "Anomalies", monitor_name="lake-services", monitor_type="DIMENSIONAL", monitor_dimension="SERVICE"
        )
        ce.CfnAnomalySubscription(
            self,
            "AnomalyMail",
            subscription_name="lake-anomalies",
            frequency="DAILY",
            monitor_arn_list=[monitor.attr_monitor_arn],
            subscribers=[ce.CfnAnomalySubscription.SubscriberProperty(type="EMAIL", address=settings.ON_CALL)],
            threshold_expression=(
                '{"Dimensions": {"Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",'
                ' "MatchOptions": ["GREATER_THAN_OR_EQUAL"], "Values": ["100"]}}'
            ),
        )
