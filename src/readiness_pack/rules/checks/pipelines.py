"""Checks on pipelines: they start by themselves, build and test before they deploy, and ask before production."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from readiness_pack.rules.checks.credentials import shape_of
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.checks.known import known_text
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.views.partial import holds_for_any

# The order of things -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Action:
    """One action of a pipeline, in the order in which actions run."""

    stage: str
    path: str
    category: str
    provider: str


def _actions(pipeline: Resource) -> list[_Action]:
    """The actions of a pipeline in their order: by stage, within it by ``RunOrder``."""
    found: list[tuple[int, float, _Action]] = []
    for number, (path, _) in enumerate(pipeline.each("Stages[*]")):
        stage = known_text(pipeline.get(f"{path}.Name"))
        for action, _ in pipeline.each(f"{path}.Actions[*]"):
            category = known_text(pipeline.get(f"{action}.ActionTypeId.Category"))
            provider = known_text(pipeline.get(f"{action}.ActionTypeId.Provider"))
            order = pipeline.number(f"{action}.RunOrder", default=1) or 1
            found.append((number, order, _Action(stage, action, category, provider)))
    found.sort(key=lambda entry: entry[:2])
    return [action for _, _, action in found]


def _first_in_production(rule: Rule, actions: list[_Action]) -> int | None:
    """Where production begins: its first action that is not an approval; ``None`` where no stage is called so."""
    pattern = re.compile(rule["production_stage_pattern"])
    places = [
        place
        for place, action in enumerate(actions)
        if pattern.search(action.stage) and action.category not in ("Approval", "Source")
    ]
    deploying = [place for place in places if actions[place].category == "Deploy"]
    return next(iter(deploying or places), None)


# Automation ----------------------------------------------------------------------------------------------------------

_VERIFIES = ("Build", "Test", "Compute")
# Providers of sources that CodePipeline watches by itself, and the key of their configuration that says so.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/PollForSourceChanges-defaults.html
# https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
_WATCHED = {
    "CodeCommit": "PollForSourceChanges",
    "CodeStarSourceConnection": "DetectChanges",
    "GitHub": "PollForSourceChanges",
    "S3": "PollForSourceChanges",
}
_STARTERS = (
    ("AWS::Events::Rule", "Targets[*].Arn"),
    ("AWS::Scheduler::Schedule", "Target.Arn"),
    ("AWS::CodePipeline::Webhook", "TargetPipeline"),
)


def automated_end_to_end(rule: Rule, pipeline: Resource) -> Verdicts:
    """A change starts the pipeline, and something builds or tests it before it reaches production."""
    questions: tuple[Callable[[], Outcome | None], ...] = (
        lambda: _verification(rule, pipeline),
        lambda: _start(pipeline),
    )
    return judged(questions, lambda question: question()) or PASS


def _verification(rule: Rule, pipeline: Resource) -> Outcome | None:
    actions = _actions(pipeline)
    place = _first_in_production(rule, actions)
    if place is None:
        deploying = [number for number, action in enumerate(actions) if action.category == "Deploy"]
        place = deploying[-1] if deploying else None
    if place is None or any(action.category in _VERIFIES for action in actions[:place]):
        return None
    stage = actions[place].stage
    return fail("Stages", detail="verification", reason=f"nothing builds or tests what stage {stage} deploys")


def _start(pipeline: Resource) -> Outcome | None:
    if any(pipeline.referrers(type_, path=path) for type_, path in _STARTERS):
        return None
    triggers = pipeline.get("Triggers")
    if triggers is not None and pipeline.list("Triggers"):
        return None
    sources = [path for path, _ in pipeline.each("Stages[*].Actions[*]")]
    if holds_for_any(sources, lambda path: _is_watched(pipeline, path)):
        return None
    return fail("Triggers", detail="start", reason="no trigger, event rule or schedule starts it")


def _is_watched(pipeline: Resource, action: str) -> bool:
    if known_text(pipeline.get(f"{action}.ActionTypeId.Category")) != "Source":
        return False
    key = _WATCHED.get(known_text(pipeline.get(f"{action}.ActionTypeId.Provider")))
    return key is not None and pipeline.flag(f"{action}.Configuration.{key}", default=True) is True


# Approval ------------------------------------------------------------------------------------------------------------


def approval_before_production(rule: Rule, pipeline: Resource) -> Verdicts:
    """Somebody, or a condition, lets a change into production."""
    actions = _actions(pipeline)
    place = _first_in_production(rule, actions)
    if place is None:
        return NOT_APPLICABLE
    stage = actions[place].stage
    entry = re.match(r"Stages\[\d+\]", actions[place].path)
    if entry is not None and pipeline.list(f"{entry[0]}.BeforeEntry.Conditions"):
        return PASS
    approvals = [number for number, action in enumerate(actions[:place]) if action.category == "Approval"]
    if not approvals:
        return fail("Stages", detail=stage, stage=stage, reason="nobody approves it and no entry condition guards it")
    earlier = [
        number for number, action in enumerate(actions[:place]) if action.category == "Deploy" and action.stage != stage
    ]
    if earlier and approvals[-1] < earlier[-1]:
        before = actions[earlier[-1]].stage
        reason = f"the only approval comes before stage {before}, so nobody looks at what came of that"
        return fail("Stages", detail=stage, stage=stage, reason=reason)
    return PASS


# Sources of builds ---------------------------------------------------------------------------------------------------

_USER_INFO = re.compile(r"^[a-z][a-z0-9+.-]*://([^/@]*)@", re.IGNORECASE)


def source_credentials(rule: Rule, project: Resource) -> Verdicts:
    """No address of a source of a build holds a credential."""
    paths = ["Source.Location", *(path for path, _ in project.each("SecondarySources[*].Location"))]
    given = [path for path in paths if project.get(path) is not None]
    if not given:
        return NOT_APPLICABLE
    return judged(given, lambda path: _location(rule, project, path)) or PASS


def _location(rule: Rule, project: Resource, path: str) -> Outcome | None:
    problem = _embedded(rule, project, path, project.get(path))
    return None if problem is None else fail(path, detail=path.partition("[")[0], source=path, reason=problem)


def _embedded(rule: Rule, project: Resource, path: str, location: Value) -> str | None:
    if isinstance(location, Unknown):
        location.undecided()
    if not isinstance(location, str | Text):
        return None
    spelled = str(location)
    match = _USER_INFO.match(spelled)
    if match is None:
        shape = shape_of(spelled, rule["min_entropy"])
        return None if shape is None else f"holds {shape}"
    if "${" in match[1] and "resolve:" not in match[1]:
        raise Undecided(f"what stands before the @ of {path} is only known after deployment")
    if ":" in re.sub(r"\$\{[^}]*\}", "", match[1]):
        return "holds a user name with a password"
    # Bitbucket puts the user's name, which is no secret, before the address that it shows.
    kind = known_text(project.get(f"{path.rpartition('.')[0]}.Type"))
    return None if kind == "BITBUCKET" else "holds a token"
