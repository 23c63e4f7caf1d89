"""The one public class of the CDK doors."""

from __future__ import annotations

import os
from collections.abc import Sequence

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
from readiness_pack.integrations.cdk.report_file import remove_stale
from readiness_pack.integrations.cdk.settings import RuleSource, Settings


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
        rules: further rules: :class:`~readiness_pack.rules.Rule` classes, or folders of rule files.
        config: the configuration file; otherwise ``readiness.yaml`` of the working directory, or beside ``cdk.out``.

    Raises:
        TypeError: an element of ``rules`` is neither a rule class nor a path.

    Example:
        >>> import aws_cdk as cdk
        >>> from readiness_pack import ReadinessChecks
        >>> app = cdk.App()
        >>> cdk.Validations.of(app).add_plugins(ReadinessChecks())
    """

    def __init__(
        self, *, rules: Sequence[RuleSource] | None = None, config: str | os.PathLike[str] | None = None
    ) -> None:
        self._settings = Settings.of(rules or (), config)
        self._visitor = Visitor(self._settings)
        remove_stale()

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

    def visit(self, node: IConstruct) -> None:
        """Called by CDK for every construct below the one that this Aspect was added to.

        Args:
            node: the construct.
        """
        self._visitor.visit(node)
