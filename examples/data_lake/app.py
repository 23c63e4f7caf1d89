"""A data lake, ready for production: `cdk synth` in this folder passes.

The plugin judges the synthesized stacks by the strict profile; readiness.yaml beside this file says what no template
shows.
"""

from __future__ import annotations

import aws_cdk as cdk

from lake.system import build
from readiness_pack.integrations.cdk import ReadinessChecks

if __name__ == "__main__":
    app = cdk.App()
    build(app)
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    app.synth()
