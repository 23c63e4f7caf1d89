"""Checks that capacity follows load."""

from __future__ import annotations

from readiness_pack.rules.checks.alarmed import has_alarm
from readiness_pack.rules.checks.candidates import nearest_miss
from readiness_pack.rules.checks.exemptions import unless_tagged
from readiness_pack.rules.checks.scalable_targets import scalable_targets, scaling_policies
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Undecided
from readiness_pack.template.views.tags import tags

_FIXED = "scaling=fixed"
_FLAT = "load-pattern=flat"
_GROUP_POLICY = "AWS::AutoScaling::ScalingPolicy"


# Containers ----------------------------------------------------------------------------------------------------------


def ecs_service(rule: Rule, service: Resource) -> Verdicts:
    """A service has a scalable target with room to grow and a policy that uses it."""
    del rule
    if service.get("SchedulingStrategy", "REPLICA") == "DAEMON":
        return NOT_APPLICABLE
    return unless_tagged(service, _FIXED, lambda: _service(service))


def _service(service: Resource) -> Verdicts:
    targets = scalable_targets(service, "ecs:service:DesiredCount")
    missed = nearest_miss(targets, _target_problem)
    return PASS if missed is None else fail("DesiredCount", reason=missed or "no scalable target names it")


def _target_problem(target: Resource) -> str | None:
    name = target.logical_id
    if not scaling_policies(target):
        return f"scalable target {name} has no scaling policy"
    low, high = target.number("MinCapacity"), target.number("MaxCapacity")
    if low is not None and high is not None and high <= low:
        return f"scalable target {name} has no room: MaxCapacity is {high} and MinCapacity {low}"
    return None


# Instances -----------------------------------------------------------------------------------------------------------


def auto_scaling_group(rule: Rule, group: Resource) -> Verdicts:
    """A group has a policy that scales it and room to grow."""
    del rule
    if _is_scaled_by_others(group):
        return NOT_APPLICABLE
    found: list[Outcome] = []
    missed = nearest_miss(group.referrers(_GROUP_POLICY, path="AutoScalingGroupName"), _policy_problem)
    if missed is not None:
        found.append(fail(None, detail="policy", reason=missed or "no scaling policy names it"))
    try:
        low, high = group.number("MinSize"), group.number("MaxSize")
    except Undecided as undecided:
        return found or unknown(undecided.reason, "MaxSize")
    if low is not None and high is not None and high <= low:
        found.append(fail("MaxSize", detail="headroom", reason=f"it has no room: MaxSize is {high} and MinSize {low}"))
    return found or PASS


def _is_scaled_by_others(group: Resource) -> bool:
    """ECS scales the groups of its capacity providers, the cluster autoscaler those with its tag.

    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-auto-scaling.html,
    https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md)
    """
    providers = group.referrers("AWS::ECS::CapacityProvider", path="AutoScalingGroupProvider.AutoScalingGroupArn")
    if any(one.get("AutoScalingGroupProvider.ManagedScaling.Status") == "ENABLED" for one in providers):
        return True
    return tags(group).get("k8s.io/cluster-autoscaler/enabled") is not None


def _policy_problem(policy: Resource) -> str | None:
    mode = policy.get("PredictiveScalingConfiguration.Mode", "ForecastOnly")
    if policy.get("PolicyType") == "PredictiveScaling" and mode == "ForecastOnly":
        return f"scaling policy {policy.logical_id} only forecasts (its Mode is ForecastOnly)"
    return None


# Tables and streams --------------------------------------------------------------------------------------------------


def dynamodb_capacity(rule: Rule, table: Resource) -> Verdicts:
    """Capacity is paid per request, or read and write capacity of the table and of each index scale."""
    del rule
    if table.get("BillingMode", "PROVISIONED") == "PAY_PER_REQUEST":
        return PASS
    missing = _fixed_in_global_table(table) if table.type == "AWS::DynamoDB::GlobalTable" else _fixed_in_table(table)
    if not missing:
        return PASS
    return fail("BillingMode", capacity=_listed(missing))


def _fixed_in_table(table: Resource) -> list[str]:
    """The capacities of a table that nothing scales; raises :class:`Undecided` where it may be all of them."""
    wanted = [("table", "", kind) for kind in ("Read", "Write")]
    for _, name in table.each("GlobalSecondaryIndexes[*].IndexName"):
        wanted += [(f"index {name}", f"/index/{name}", kind) for kind in ("Read", "Write")]
    missing: list[str] = []
    doubt: Undecided | None = None
    for what, suffix, kind in wanted:
        dimension = f"dynamodb:{'index' if suffix else 'table'}:{kind}CapacityUnits"
        try:
            missed = nearest_miss(scalable_targets(table, dimension, suffix=suffix), _idle_problem)
        except Undecided as undecided:
            doubt = doubt or undecided
            continue
        if missed is not None:
            missing.append(f"{kind.lower()} capacity of the {what}")
    if not missing and doubt is not None:
        raise doubt
    return missing


def _idle_problem(target: Resource) -> str | None:
    return None if scaling_policies(target) or target.each("ScheduledActions[*]") else "nothing moves it"


def _fixed_in_global_table(table: Resource) -> list[str]:
    missing: list[str] = []
    if table.get("WriteProvisionedThroughputSettings.WriteCapacityAutoScalingSettings") is None:
        missing.append("write capacity of the table")
    for path, _ in table.each("GlobalSecondaryIndexes[*]"):
        if table.get(f"{path}.WriteProvisionedThroughputSettings.WriteCapacityAutoScalingSettings") is None:
            missing.append(f"write capacity of the index {table.get(f'{path}.IndexName')}")
    reads = "ReadProvisionedThroughputSettings.ReadCapacityAutoScalingSettings"
    for path, _ in table.each("Replicas[*]"):
        region = table.get(f"{path}.Region")
        if table.get(f"{path}.{reads}") is None:
            missing.append(f"read capacity of the replica in {region}")
        for index, _ in table.each(f"{path}.GlobalSecondaryIndexes[*]"):
            if table.get(f"{index}.{reads}") is None:
                missing.append(f"read capacity of the index {table.get(f'{index}.IndexName')} in {region}")
    return missing


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def kinesis_stream(rule: Rule, stream: Resource) -> Verdicts:
    """A stream scales by itself, or somebody is told when its shards are too few."""
    del rule
    if stream.get("StreamModeDetails.StreamMode", "PROVISIONED") == "ON_DEMAND":
        return PASS
    if has_alarm(stream, "AWS/Kinesis", "WriteProvisionedThroughputExceeded"):
        return PASS
    return fail("StreamModeDetails.StreamMode")


# Inference -----------------------------------------------------------------------------------------------------------


def sagemaker_endpoint(rule: Rule, config: Resource) -> Verdicts:
    """Every variant with instances starts with two or more, and their number follows the load."""
    del rule
    found: list[Outcome] = []
    doubt: Undecided | None = None
    paths = [path for path, _ in config.each("ProductionVariants[*]")]
    served = [path for path in paths if config.get(f"{path}.ServerlessConfig") is None]
    if paths and not served:
        return NOT_APPLICABLE
    for path in served:
        name = config.get(f"{path}.VariantName")
        try:
            problem = _variant_problem(config, path, name)
        except Undecided as undecided:
            doubt = doubt or undecided
            continue
        if problem is not None:
            found.append(fail(f"{path}.InitialInstanceCount", detail=str(name), variant=name, reason=problem))
    return found or (unknown(doubt.reason) if doubt is not None else PASS)


def _variant_problem(config: Resource, path: str, name: str | None) -> str | None:
    managed = config.get(f"{path}.ManagedInstanceScaling.Status") == "ENABLED"
    fewest = "ManagedInstanceScaling.MinInstanceCount" if managed else "InitialInstanceCount"
    count = config.number(f"{path}.{fewest}")
    if count is not None and count < 2:
        return f"runs on one instance ({fewest} is {count})"
    if managed:
        return None
    endpoints = config.referrers("AWS::SageMaker::Endpoint", path="EndpointConfigName")
    if not endpoints:
        raise Undecided(f"the endpoint that uses {config.logical_id} is not in this app")
    for endpoint in endpoints:
        literal = endpoint.get("EndpointName")
        own = literal if isinstance(literal, str) else None
        dimension = "sagemaker:variant:DesiredInstanceCount"
        targets = scalable_targets(endpoint, dimension, own, suffix=f"/variant/{name}")
        missed = nearest_miss(targets, _target_problem)
        if missed is not None:
            return missed or "is named by no scalable target"
    return None


# Functions -----------------------------------------------------------------------------------------------------------


def concurrency_limits(rule: Rule, function: Resource) -> Verdicts:
    """Reserved concurrency lets the function run, and covers what its event sources may start at a time."""
    if function.managed_by_cdk:
        return NOT_APPLICABLE
    path = "ReservedConcurrentExecutions"
    reserved = function.number(path)
    if reserved is None:
        if not rule["require_reserved_concurrency"]:
            return PASS
        return fail(path, detail="absent", reason=f"reserves no concurrency ({path} is not set)")
    if reserved == 0:
        return fail(path, detail="zero", reason=f"can never run ({path} is 0)")
    found: list[Outcome] = []
    for mapping in _mappings(function):
        most = mapping.number("ScalingConfig.MaximumConcurrency")
        if most is not None and most > reserved:
            reason = (
                f"reserves {reserved} executions, yet event source {mapping.logical_id} may start {most} at a time "
                "and loses what is throttled to its dead letter queue"
            )
            found.append(fail(path, detail=mapping.logical_id, reason=reason))
    return found or PASS


def _mappings(function: Resource) -> list[Resource]:
    invoked = [function, *function.referrers("AWS::Lambda::Alias", "AWS::Lambda::Version", path="FunctionName")]
    found = [one.referrers("AWS::Lambda::EventSourceMapping", path="FunctionName") for one in invoked]
    return list(dict.fromkeys(mapping for mappings in found for mapping in mappings))


# Ahead of the load ---------------------------------------------------------------------------------------------------


def ahead_of_load(rule: Rule, resource: Resource) -> Verdicts:
    """A predictive policy or a schedule moves capacity before the load comes."""
    del rule
    if resource.type == "AWS::AutoScaling::AutoScalingGroup":
        if _is_scaled_by_others(resource):
            return NOT_APPLICABLE
        return unless_tagged(resource, _FLAT, lambda: _group_ahead(resource))
    if resource.get("ServiceNamespace") == "kafka":
        return NOT_APPLICABLE  # storage of brokers only ever grows
    return unless_tagged(resource, _FLAT, lambda: _target_ahead(resource))


def _group_ahead(group: Resource) -> Verdicts:
    if group.referrers("AWS::AutoScaling::ScheduledAction", path="AutoScalingGroupName"):
        return PASS
    return _predictive(
        group.referrers(_GROUP_POLICY, path="AutoScalingGroupName"), "PredictiveScalingConfiguration.Mode"
    )


def _target_ahead(target: Resource) -> Verdicts:
    if target.each("ScheduledActions[*]"):
        return PASS
    return _predictive(scaling_policies(target), "PredictiveScalingPolicyConfiguration.Mode")


def _predictive(policies: list[Resource], mode: str) -> Verdicts:
    def problem(policy: Resource) -> str | None:
        if policy.get("PolicyType") != "PredictiveScaling":
            return ""
        if policy.get(mode, "ForecastOnly") == "ForecastOnly":
            return f"policy {policy.logical_id} only forecasts (its Mode is ForecastOnly)"
        return None

    missed = nearest_miss(policies, problem)
    return (
        PASS if missed is None else fail(reason=missed or "neither a predictive policy nor a scheduled action names it")
    )
