"""The ``readiness`` command: one module per sub-command, imported when it is called."""

from .main import main

__all__ = ["main"]
