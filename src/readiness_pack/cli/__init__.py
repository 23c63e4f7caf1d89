"""The ``readiness`` command: one module per sub-command, imported when it is called."""

from readiness_pack.cli.main import main

__all__ = ["main"]
