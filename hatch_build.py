"""Puts the compiled form of the rules into the wheel."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledRules(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles rules/ when a wheel is built; an editable install reads the files themselves."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatch before it builds."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        try:
            from readiness_pack.checklist import compiled, loading
        finally:
            sys.path.pop(0)
        folder = root / "rules"
        contents = loading.contents_of(folder)
        data = compiled.encoded(compiled.key_of(contents), loading.read_files(folder, contents))
        target = root / "build" / compiled.FILE_NAME
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
        build_data["force_include"][str(target)] = f"readiness_pack/_rules/{compiled.FILE_NAME}"
