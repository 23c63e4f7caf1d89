"""The class behind every rule. Subclass it, or a generated rule, to write one in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from readiness_pack.checklist import Frameworks, ParameterSpec, Severity
from readiness_pack.rules.answers import Maybe, Miss, Question
from readiness_pack.rules.matchers import any_condition, condition
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail, unknown
from readiness_pack.template import Assembly, Resource

APP = "app"
"""As a resource type: the rule judges the app as a whole."""
ANY = "*"
"""As a resource type: the rule judges every resource."""

Verdicts = Outcome | Iterable[Outcome] | None


class Rule:
    """One control of the checklist.

    Class attributes are what a rule file says, under the same names; ``check`` decides. A rule is a pure function of a
    resource and of the app that it belongs to: no state, no I/O. Subclass a rule of ours for a variant that is asked
    beside it; with ``overrides`` it is asked instead of it, under its name.

    Attributes:
        name: that of the class where not given; what holds when the rule passes.
        item: id of the checklist item that it belongs to.
        severity: what a violation is worth: ``error``, ``warning`` or ``info``.
        core: whether an error stays one in the standard profile.
        resource_types: the types that it judges; :data:`APP` for the app as a whole, :data:`ANY` for every resource.
        message: what is wrong; ``{logical_id}``, parameters and fields of :func:`fail` are filled in.
        fix: the CDK Python to write.
        why: why it matters.
        sources: pages that state the facts it rests on.
        parameter_specs: its parameters with default and meaning; ``self["name"]`` is the value in force.
        unless: when the rule does not apply, in the words of rule files.
        require: what must hold before ``check`` is asked, in the words of rule files.
        peers: rules of other tools for the same control.
        frameworks: control ids by framework.
        examples: as in rule files; ``readiness test-rules`` runs them.
        overrides: name of the rule that it replaces.
        aliases: names that it had before, which go on to count.

    Args:
        parameters: values that replace defaults, by name.
        facts: what the user says about the account, by fact name (``facts:`` in readiness.yaml).
        today: the day on which is judged.

    Example:
        >>> from readiness_pack.rules import Rule, fail
        >>> class QueueNamesAreShort(Rule):
        ...     item = "OPS-DEP-01"
        ...     resource_types = ("AWS::SQS::Queue",)
        ...     message = "The name of {logical_id} is longer than {limit} characters."
        ...     parameter_specs = {"limit": ParameterSpec(40, "longest name, in characters")}
        ...     def check(self, resource):
        ...         name = resource.get("QueueName")
        ...         if name is not None and len(name) > self["limit"]:
        ...             return fail("QueueName")
        >>> QueueNamesAreShort.name
        'QueueNamesAreShort'
    """

    name: ClassVar[str] = ""
    item: ClassVar[str] = ""
    severity: ClassVar[Severity] = "error"
    core: ClassVar[bool] = True
    resource_types: ClassVar[tuple[str, ...]] = ()
    message: ClassVar[str] = ""
    fix: ClassVar[str | None] = None
    why: ClassVar[str | None] = None
    sources: ClassVar[tuple[str, ...]] = ()
    account_facts: ClassVar[tuple[str, ...]] = ()  # names of facts that only this rule knows
    parameter_specs: ClassVar[Mapping[str, ParameterSpec]] = {}
    peers: ClassVar[Mapping[str, list[str]]] = {}
    frameworks: ClassVar[Frameworks] = {}
    unless: ClassVar[Any] = None
    require: ClassVar[Any] = None
    examples: ClassVar[Sequence[Mapping[str, Any]]] = ()
    overrides: ClassVar[str | None] = None
    aliases: ClassVar[tuple[str, ...]] = ()
    _one_severity: ClassVar[bool] = False  # whether that of the rule is that of all its findings, as an override says

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = cls.__dict__
        cls.overrides = own.get("overrides")  # a variant of a rule that overrides another is no override itself
        cls.aliases = own.get("aliases", cls.aliases if cls.overrides else ())  # old names of a variant's original
        if "name" not in own:
            cls.name = cls.overrides or cls.__name__

    def __init__(
        self,
        parameters: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
        today: date | None = None,
    ) -> None:
        self.parameters = {name: spec.default for name, spec in self.parameter_specs.items()}
        self.parameters.update((name, value) for name, value in (parameters or {}).items() if name in self.parameters)
        self.facts: Mapping[str, Any] = facts or {}
        self.today = today or date.today()

    def __getitem__(self, parameter: str) -> Any:
        """The value of a parameter."""
        return self.parameters[parameter]

    def __repr__(self) -> str:
        return f"<rule {self.name}>"

    @cached_property
    def _unless(self) -> Question | None:
        return None if self.unless is None else any_condition(self.unless, self.parameters)

    @cached_property
    def _require(self) -> Question | None:
        return None if self.require is None else condition(self.require, self.parameters)

    def check(self, resource: Any) -> Verdicts:  # noqa: ARG002  subclasses look at it
        """Decide about ``resource``; to be overridden.

        Args:
            resource: the resource, or the :class:`~readiness_pack.template.Assembly` for a rule about the whole app.

        Returns:
            ``None`` or :data:`PASS`, :data:`NOT_APPLICABLE`, or one or several of :func:`fail` and :func:`unknown`.

        Raises:
            Undecided: what it looked at is not known; the verdict is then ``unknown``.
        """
        return PASS

    def judge(self, resource: Resource | Assembly) -> list[Outcome]:
        """Everything the rule says of ``resource``: ``unless``, then ``require``, then ``check``."""
        doubt: Maybe | None = None
        if self._unless is not None:
            answer = self._unless(resource)
            if answer is True:
                return [NOT_APPLICABLE]
            if isinstance(answer, Maybe):
                doubt = answer
        outcomes = self._required(resource)
        if outcomes is None:
            outcomes = _outcomes(self.check(resource))
        if doubt is not None and any(outcome.verdict == "fail" for outcome in outcomes):
            return [unknown(doubt.reason, doubt.path)]
        return outcomes

    def _required(self, resource: Any) -> list[Outcome] | None:
        if self._require is None:
            return None
        answer = self._require(resource)
        if isinstance(answer, Miss):
            return [fail(answer.path, value=answer.value)]
        return [unknown(answer.reason, answer.path)] if isinstance(answer, Maybe) else None


def _outcomes(said: Any) -> list[Outcome]:
    """What a check gave, which may be anything, as a list."""
    if said is None or isinstance(said, Outcome):
        return [said or PASS]
    outcomes = list(said) if isinstance(said, Iterable) and not isinstance(said, str) else [said]
    strange = next((one for one in outcomes if not isinstance(one, Outcome)), None)
    if strange is not None:
        raise TypeError(f"check gave {strange!r}, which is none of PASS, NOT_APPLICABLE, fail(...) and unknown(...)")
    return outcomes or [PASS]
