"""Is this AWS CDK system ready for production? The production readiness checklist as rules for synthesized apps.

Example:
    >>> from readiness_pack import Assembly, evaluate
    >>> report = evaluate(Assembly.from_template({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}}))
    >>> report.exit_code
    1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from readiness_pack.at_path import evaluate_path
    from readiness_pack.config import Config
    from readiness_pack.engine import evaluate
    from readiness_pack.errors import InputError, ReadinessError
    from readiness_pack.findings import Decision, Finding, Report
    from readiness_pack.integrations.cdk import ReadinessChecks as ReadinessChecks
    from readiness_pack.integrations.cdk import waive as waive
    from readiness_pack.integrations.cdk.fixes import ReadinessFixes as ReadinessFixes
    from readiness_pack.rules import Rule
    from readiness_pack.template import Assembly

# Names are imported on first use: the command line starts without the engine, and only ReadinessChecks needs aws_cdk.
_HOMES = {
    "Assembly": ".template",
    "Config": ".config",
    "Decision": ".findings",
    "Finding": ".findings",
    "InputError": ".errors",
    "ReadinessChecks": ".integrations.cdk",
    "ReadinessError": ".errors",
    "ReadinessFixes": ".integrations.cdk.fixes",
    "Report": ".findings",
    "Rule": ".rules",
    "evaluate": ".engine",
    "evaluate_path": ".at_path",
    "waive": ".integrations.cdk",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(home, __name__), name)
    globals()[name] = found
    return found


__all__ = [
    "Assembly",
    "Config",
    "Decision",
    "Finding",
    "InputError",
    "ReadinessChecks",
    "ReadinessError",
    "ReadinessFixes",
    "Report",
    "Rule",
    "__version__",
    "evaluate",
    "evaluate_path",
    "waive",
]
