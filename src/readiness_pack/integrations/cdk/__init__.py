"""The CDK doors: :class:`ReadinessChecks` is a validation plugin and an Aspect.

=======================  =====================================  ===========================================
..                       plugin                                 Aspect
=======================  =====================================  ===========================================
added with               ``Validations.of(app).add_plugins()``  ``Aspects.of(scope).add()``
judges                   the whole app, Stages included         what is below the scope, up to the Stages
shows                    CDK's validation report                annotations on the constructs
fails ``cdk synth``      yes                                    yes, for the stacks that are selected
fails ``python app.py``  yes                                    no: CDK leaves annotations to its CLI
=======================  =====================================  ===========================================

Both write everything they found to ``readiness-report.json`` in ``cdk.out``, in the shape of
``readiness check cdk.out --format json``.
"""

from readiness_pack.integrations.cdk.checks import ReadinessChecks
from readiness_pack.integrations.cdk.waivers import waive

__all__ = ["ReadinessChecks", "waive"]
