"""The one public class of the CDK doors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import jsii
from aws_cdk import (
    IAspect,
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    IPolicyValidationPluginBeta1,
    PolicyValidationPluginReport,
)
from constructs import IConstruct

from readiness_pack import __version__
from readiness_pack.integrations.cdk import plugin
from readiness_pack.integrations.cdk.aspect import Visitor
from readiness_pack.integrations.cdk.packs import Packs
from readiness_pack.integrations.cdk.report_file import remove_stale
from readiness_pack.integrations.cdk.settings import Settings
from readiness_pack.integrations.cdk.warming import WARMING
from readiness_pack.rules.sources import RuleSource

if TYPE_CHECKING:
    from cdk_nag import NagPack


# What implements a jsii interface gives its attributes as properties: class attributes are undefined in JavaScript.
@jsii.implements(IPolicyValidationPlugin, IPolicyValidationPluginBeta1, IAspect)
class ReadinessChecks:
    """Judges a CDK app by the production readiness checklist while it is synthesized.

    As a plugin it judges the whole app from the folder that CDK has just written, as ``readiness check cdk.out`` does,
    and its findings fail ``cdk synth`` and ``python app.py``.

    As an Aspect it judges the resources below the construct that it is added to, after all other Aspects have run, and
    annotates the constructs. Annotations fail ``cdk synth`` for the stacks that are selected. ``python app.py`` alone
    ends with 0, because CDK leaves annotations to its CLI, unless the feature flag
    ``@aws-cdk/core:annotationsInValidationReport`` is on; ``app.synth(skip_validation=True)`` skips the Aspect. CDK
    does not let it cross into a Stage: add one to each Stage, too. A Stage that was left out is an error. In a Stage,
    only resources of that Stage count as partners (an alarm, a dead letter queue); the plugin sees those of all Stages.

    Both write all findings to ``readiness-report.json`` in ``cdk.out``.

    Args:
        rules: further rules: :class:`~readiness_pack.rules.Rule` classes, modules that hold some, folders of rule
            files, installed packages by the name of their entry point.
        config: the configuration file; otherwise ``readiness.yaml`` of the working directory, or beside ``cdk.out``.
        cdk_nag: packs of cdk-nag that judge the app in the same run: names such as ``AwsSolutions`` or
            ``HIPAA.Security``, or packs, such as one of yours. What both find is reported once.
        evidence: an environment of readiness.yaml, such as ``prod``: an app with a stack of it must have the records
            that the checklist asks for; those that are missing or have ended are errors at the app. Off by default,
            and asked only where the whole app is judged: by the plugin, or by an Aspect on the App.

    Raises:
        TypeError: an element of ``rules`` or ``cdk_nag`` is none of these, or ``evidence`` is no name.
        InputError: the installed cdk-nag has no pack of that name.

    Example:
        >>> import aws_cdk as cdk
        >>> from readiness_pack import ReadinessChecks
        >>> app = cdk.App()
        >>> cdk.Validations.of(app).add_plugins(ReadinessChecks())
    """

    def __init__(
        self,
        *,
        rules: Sequence[RuleSource] | None = None,
        config: str | os.PathLike[str] | None = None,
        cdk_nag: Sequence[str | NagPack] | None = None,
        evidence: str | None = None,
    ) -> None:
        self._settings = Settings.of(rules or (), config, Packs.of(cdk_nag), evidence)
        self._visitor = Visitor(self._settings)
        remove_stale()
        WARMING.begin()

    @property
    def name(self) -> str:
        """The plugin's name in CDK's report, and the prefix of rule ids: ``Readiness::KmsKeyRotationEnabled``."""
        return plugin.NAME

    @property
    def version(self) -> str:
        """The version of readiness-pack."""
        return __version__

    @property
    def rule_ids(self) -> list[str] | None:
        """Not told: CDK would write all of them into the ``CDKMetadata`` resource of every stack, and to AWS."""
        return None

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Called by CDK when the app has been written. Judges it and says what fails.

        Args:
            context: the app and where its templates are.
        """
        return plugin.validate(self._settings, context)

    def annotate(self, scope: IConstruct) -> None:
        """Judge ``scope`` and the Stages below it, and annotate their constructs: what an Aspect does, for large apps.

        To each Aspect written in Python, CDK shows every construct, which costs more than judging it. This costs
        nothing a construct, and needs no call for each Stage. A Stage made afterwards is found, but synthesized twice:
        call this last, before ``app.synth()``.

        Args:
            scope: the App, a Stage, a Stack, or any construct in one.

        Example:
            >>> import aws_cdk as cdk
            >>> from readiness_pack import ReadinessChecks
            >>> app = cdk.App()
            >>> stack = cdk.Stack(app, "Shop")
            >>> ReadinessChecks().annotate(app)
        """
        self._visitor.annotate(scope)

    def visit(self, node: IConstruct) -> None:
        """Called by CDK for every construct below the one that this Aspect was added to.

        Args:
            node: the construct.
        """
        self._visitor.visit(node)
