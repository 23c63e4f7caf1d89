"""Checks that services publish the metrics that alarms and diagnoses need."""

from __future__ import annotations

from readiness_pack.rules.checks.ec2 import judged_by_instance
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Value

# Instances -----------------------------------------------------------------------------------------------------------


def detailed_monitoring(rule: Rule, resource: Resource) -> Verdicts:
    """Instances publish every minute, and groups publish metrics of their own."""
    del rule
    match resource.type:
        case "AWS::EC2::Instance":
            return _instance(resource)
        case "AWS::EC2::LaunchTemplate":
            if judged_by_instance(resource):
                return NOT_APPLICABLE
            return _unless_enabled(resource, "LaunchTemplateData.Monitoring.Enabled")
        case _:
            if resource.list("MetricsCollection"):
                return PASS
            return fail("MetricsCollection", detail="group", reason="publishes no group metrics (no MetricsCollection)")


def _instance(instance: Resource) -> Verdicts:
    if instance.get("Monitoring") is not None or instance.get("LaunchTemplate") is None:
        return _unless_enabled(instance, "Monitoring")
    for name in ("LaunchTemplateId", "LaunchTemplateName"):
        template = instance.target(f"LaunchTemplate.{name}")
        if template is not None:
            enabled = template.flag("LaunchTemplateData.Monitoring.Enabled", default=False)
            return PASS if enabled else _unless_enabled(instance, "Monitoring")
    return unknown("its launch template is not in this app", "LaunchTemplate")


def _unless_enabled(resource: Resource, path: str) -> Verdicts:
    if resource.flag(path, default=False):
        return PASS
    said = "not set" if resource.get(path) is None else "false"
    return fail(path, detail="detailed", reason=f"publishes only every five minutes ({path} is {said})")


# Databases -----------------------------------------------------------------------------------------------------------

# Classes without Database Insights or Performance Insights, by engine:
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DatabaseInsights.Engines.html
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_DatabaseInsights.Engines.html
_SMALL = ("db.t2.micro", "db.t2.small", "db.t3.micro", "db.t3.small", "db.t4g.micro", "db.t4g.small")
_UNSUPPORTED: dict[str, tuple[str, ...]] = {
    "mariadb": _SMALL,
    "mysql": _SMALL,
    "aurora-mysql": ("db.t2.", "db.t3.", "db.t4g.micro", "db.t4g.small"),
}
_INSIGHTS = {"AWS::RDS::DBInstance": "EnablePerformanceInsights", "AWS::RDS::DBCluster": "PerformanceInsightsEnabled"}


def database_insights(rule: Rule, database: Resource) -> Verdicts:
    """The load of a database is recorded by statement, and its host by the second."""
    del rule
    cluster: Resource | None = None
    if database.type == "AWS::RDS::DBCluster":
        if database.get("EngineMode") == "serverless" or database.referrers(
            "AWS::RDS::DBInstance", path="DBClusterIdentifier"
        ):
            return NOT_APPLICABLE  # its instances are judged, or it has none to look into
    else:
        cluster = database.target("DBClusterIdentifier")
    both = [one for one in (database, cluster) if one is not None and one.type in _INSIGHTS]
    return judged((_no_insights, _no_enhanced), lambda ask: ask(both)) or PASS


def _no_insights(both: list[Resource]) -> Outcome | None:
    database = both[0]
    if any(one.get("DatabaseInsightsMode") is not None or one.flag(_INSIGHTS[one.type], default=False) for one in both):
        return None
    if any(_is_unsupported(one, database.get("DBInstanceClass")) for one in both):
        return None
    path = _INSIGHTS[database.type]
    reason = f"records no load ({path} is not on, and DatabaseInsightsMode is not set)"
    return fail(path, detail="insights", reason=reason)


def _is_unsupported(database: Resource, class_: Value) -> bool:
    engine = database.get("Engine")
    if engine is None or class_ is None:
        return False
    prefixes = next((found for name, found in _UNSUPPORTED.items() if engine == name), ())
    if not prefixes:
        return False
    return bool((class_ if isinstance(class_, Text) else known_text(class_)).startswith(prefixes))


def _no_enhanced(both: list[Resource]) -> Outcome | None:
    path = "MonitoringInterval"
    if any((one.number(path, 0) or 0) > 0 for one in both):
        return None
    said = "not set" if both[0].get(path) is None else "0"
    return fail(path, detail="enhanced", reason=f"has no enhanced monitoring ({path} is {said})")
