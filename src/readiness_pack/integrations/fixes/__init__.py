"""Which rules can be made to pass by setting a property, and why the others cannot. Knows nothing of the CDK.

``table`` has an entry a rule that can, ``reasons`` a sentence for each that cannot, ``planning`` works out what to set
on one resource of a template. ``readiness fixes`` lists them, and ``ReadinessFixes`` of ``integrations.cdk.fixes``
applies them to constructs.
"""

from readiness_pack.integrations.fixes.model import Change, Fix, Option, Subject
from readiness_pack.integrations.fixes.planning import Plan, plan
from readiness_pack.integrations.fixes.reasons import reason_for
from readiness_pack.integrations.fixes.selecting import selected
from readiness_pack.integrations.fixes.table import FIXES

__all__ = ["FIXES", "Change", "Fix", "Option", "Plan", "Subject", "plan", "reason_for", "selected"]
