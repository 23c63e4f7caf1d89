"""Writes one table: JSON that a diff can be read of, one entry a line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "src" / "readiness_pack" / "data"


@dataclass(frozen=True)
class Table:
    """A table before it is written.

    Args:
        name: of the file, without ``.json``.
        about: what the table says and how far it can be trusted.
        source: the package and version, or the pages, that the entries were taken from.
        as_of: the day up to which the source knows the facts.
        entries: the facts by their key.
        extra: further keys of the file beside the entries.
    """

    name: str
    about: str
    source: str
    as_of: date
    entries: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)

    def text(self, made: date) -> str:
        """The file's text; two runs on the same day over the same source give the same text."""
        head = {"made": made, "as_of": self.as_of, "source": self.source, "about": " ".join(self.about.split())}
        lines = [f"{_json(key)}: {_json(value)}," for key, value in (head | dict(self.extra)).items()]
        entries = ",\n".join(f"{_json(key)}: {_json(self.entries[key])}" for key in sorted(self.entries))
        return "{\n" + "\n".join(lines) + '\n"entries": {\n' + entries + "\n}\n}\n"

    def write(self, made: date, folder: Path = FOLDER) -> Path:
        """Write the table into ``folder`` and return the file."""
        path = folder / f"{self.name}.json"
        path.write_text(self.text(made), encoding="utf-8")
        return path


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=date.isoformat)
