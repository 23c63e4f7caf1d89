"""Views over the app that many rules share: policies, alarms, networks, tags, dead letters and named relations.

They read values in the world at hand, one resource at a time, so that a conditional value elsewhere in the app is not
looked at. A list that the template does not wholly decide is a :class:`Partial`.
"""

from __future__ import annotations

from readiness_pack.template.views.actions import (
    SCOPING_KEYS,
    admits,
    admits_service,
    allows,
    covers_action,
    covers_resource,
    is_public,
    scoping_conditions,
)
from readiness_pack.template.views.alarm_actions import Action, alarm_actions, composites_of
from readiness_pack.template.views.alarm_metrics import MetricAlarm, metrics_of
from readiness_pack.template.views.alarms import alarms_on, concerns
from readiness_pack.template.views.dashboards import (
    DashboardMetric,
    dashboard_metrics,
    dashboard_widgets,
    shown_on,
)
from readiness_pack.template.views.dead_letters import (
    DEAD_LETTER_PATHS,
    DeadLetterUse,
    dead_letter_queue_of,
    dead_letter_targets,
    is_dead_letter_queue,
    redrive_allow_policy,
    redrive_policy,
    users_of_dead_letter_queue,
)
from readiness_pack.template.views.documents import json_document, substituted
from readiness_pack.template.views.keys import KeyUse, key_paths, key_use, key_users
from readiness_pack.template.views.metric_units import TimeUnit, time_unit
from readiness_pack.template.views.naming import arn_of, attached, mentions, named_resource, references_of
from readiness_pack.template.views.network import (
    SubnetKind,
    availability_zone,
    nat_gateways_of,
    route_table_of,
    routes_of,
    spans_zones,
    subnet_kind,
    subnets_in,
    subnets_of,
    vpc_of,
)
from readiness_pack.template.views.partial import Partial, holds_for_all, holds_for_any
from readiness_pack.template.views.patterns import covered_parts, covers, resource_covers
from readiness_pack.template.views.permissions import lambda_permissions, permission_statement
from readiness_pack.template.views.policies import (
    PolicySource,
    attached_managed_policy_names,
    aws_managed_policy_name,
    boundary_statements,
    groups_of,
    policy_statements,
    principal_policies,
    principal_statements,
    resource_policies,
    resource_statements,
    trust_statements,
)
from readiness_pack.template.views.relations import RELATIONS, related
from readiness_pack.template.views.security_groups import (
    GroupRule,
    egress_rules,
    has_default_egress,
    ingress_rules,
    is_world,
    prefix_length,
    rules_of,
    separate_rules,
    users_of_group,
)
from readiness_pack.template.views.state_machines import State, state_machine_definition, states_of
from readiness_pack.template.views.statements import Condition, Principal, Statement, service_name, statements_in
from readiness_pack.template.views.tags import TagView, tags

__all__ = [
    "DEAD_LETTER_PATHS",
    "RELATIONS",
    "SCOPING_KEYS",
    "Action",
    "Condition",
    "DashboardMetric",
    "DeadLetterUse",
    "GroupRule",
    "KeyUse",
    "MetricAlarm",
    "Partial",
    "PolicySource",
    "Principal",
    "State",
    "Statement",
    "SubnetKind",
    "TagView",
    "TimeUnit",
    "admits",
    "admits_service",
    "alarm_actions",
    "alarms_on",
    "allows",
    "arn_of",
    "attached",
    "attached_managed_policy_names",
    "availability_zone",
    "aws_managed_policy_name",
    "boundary_statements",
    "composites_of",
    "concerns",
    "covered_parts",
    "covers",
    "covers_action",
    "covers_resource",
    "dashboard_metrics",
    "dashboard_widgets",
    "dead_letter_queue_of",
    "dead_letter_targets",
    "egress_rules",
    "groups_of",
    "has_default_egress",
    "holds_for_all",
    "holds_for_any",
    "ingress_rules",
    "is_dead_letter_queue",
    "is_public",
    "is_world",
    "json_document",
    "key_paths",
    "key_use",
    "key_users",
    "lambda_permissions",
    "mentions",
    "metrics_of",
    "named_resource",
    "nat_gateways_of",
    "permission_statement",
    "policy_statements",
    "prefix_length",
    "principal_policies",
    "principal_statements",
    "redrive_allow_policy",
    "redrive_policy",
    "references_of",
    "related",
    "resource_covers",
    "resource_policies",
    "resource_statements",
    "route_table_of",
    "routes_of",
    "rules_of",
    "scoping_conditions",
    "separate_rules",
    "service_name",
    "shown_on",
    "spans_zones",
    "state_machine_definition",
    "statements_in",
    "states_of",
    "subnet_kind",
    "subnets_in",
    "subnets_of",
    "substituted",
    "tags",
    "time_unit",
    "trust_statements",
    "users_of_dead_letter_queue",
    "users_of_group",
    "vpc_of",
]
