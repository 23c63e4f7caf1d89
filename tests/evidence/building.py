"""A small checklist and a project folder for the tests of evidence."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from readiness_pack.checklist import Checklist, load
from readiness_pack.config import Config
from readiness_pack.config import load as load_config
from readiness_pack.evidence.records import Evidence, read

TODAY = datetime.date(2026, 11, 25)
CHECKLIST: Checklist = load()

RESTORED: dict[str, Any] = {
    "item": "REL-DRC-04",
    "statement": "Restored the orders database into staging in 43 minutes.",
    "owner": "Operations",
    "date": "2026-10-02",
}


def record(item: str | None = "REL-DRC-04", **other: Any) -> dict[str, Any]:
    """A good record, with other keys; ``None`` takes one out."""
    return {key: value for key, value in {**RESTORED, "item": item, **other}.items() if value is not None}


def fact(name: str, **other: Any) -> dict[str, Any]:
    """A good fact."""
    return {"fact": name, "owner": "Security", "date": "2026-10-01", "valid_until": "2027-10-01", **other}


@dataclass
class Project:
    """A folder with readiness.yaml and evidence."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)

    def write(self, *records: dict[str, Any], name: str = "records.yaml", **other: Any) -> Path:
        """An evidence file."""
        return self.text(yaml.safe_dump({"records": list(records), **other}, sort_keys=False), name)

    def text(self, text: str, name: str = "records.yaml") -> Path:
        """An evidence file as it is."""
        path = self.folder / "evidence" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def file(self, name: str, content: bytes = b"%PDF") -> dict[str, str]:
        """A file beside the records, and the entry of ``files`` for it."""
        path = self.folder / "evidence" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return {"path": name, "sha256": hashlib.sha256(content).hexdigest()}

    def set(self, **settings: Any) -> None:
        """Settings of readiness.yaml."""
        self.settings |= settings

    @property
    def config(self) -> Config:
        """The settings as they are read."""
        path = self.folder / "readiness.yaml"
        path.write_text(yaml.safe_dump({"profile": "standard", **self.settings}), encoding="utf-8")
        return load_config(path)

    def read(self, today: datetime.date = TODAY) -> Evidence:
        """The evidence."""
        return read(self.config, CHECKLIST, today)
