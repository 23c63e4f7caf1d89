"""Loads our rules and their checks while Node works, so that they are there when the app is to be judged.

Python waits for Node most of the time in which an app is built and synthesized. What is loaded here are our own files
and nothing of the user's; what goes wrong goes wrong again, and is told, where the rules are needed.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from threading import Event, Lock, Thread

from readiness_pack.checklist import load
from readiness_pack.rules import built_in

_CHECKS = "readiness_pack.rules.checks"


class Warming:
    """Loading that is begun once in a process, and waited for before rules are asked."""

    def __init__(self) -> None:
        self._thread: Thread | None = None
        self._enough = Event()
        self._lock = Lock()

    def begin(self) -> None:
        """Start, unless that was done before. A system without another thread to give does without."""
        with self._lock, suppress(RuntimeError):
            if self._thread is None:
                # No daemon: Python would end in the middle of an import. It takes a fraction of a second.
                self._thread = thread = Thread(target=self._load, name="readiness-warming")
                thread.start()

    def wait(self) -> None:
        """Return once it has come to an end; what was not begun yet is left to those who need it."""
        self._enough.set()
        if self._thread is not None and self._thread.ident is not None:
            self._thread.join()

    def _load(self) -> None:
        with suppress(Exception):
            built_in()
            names = [rule.check for item in load().items for rule in item.rules if rule.check]
            for module in dict.fromkeys(name.partition(".")[0] for name in names):
                if self._enough.is_set():
                    return
                import_module(f"{_CHECKS}.{module}")


WARMING = Warming()
"""The one of this process."""
