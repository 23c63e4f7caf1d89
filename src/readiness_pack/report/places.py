"""Where a finding is in the repository: what code scanning and annotations on a pull request need."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from readiness_pack.findings import Finding


class Places:
    """Finds the file and line of findings.

    Args:
        paths: what was judged, as the user named it.
        folder: where the user named it; the working directory where not given.
    """

    def __init__(self, paths: tuple[str, ...] = (), folder: Path | None = None) -> None:
        self._folder = folder or Path.cwd()
        self._paths = [self._folder / path for path in paths]
        self._root = _repository(self._folder)
        self._relative = cache(self._found)

    def of(self, finding: Finding) -> tuple[str, int] | None:
        """File and line of the finding, the file relative to the repository with ``/``, absolute outside of it.

        A finding on the app as a whole is at its cdk.json, else at what was judged; ``None`` where neither is known.
        """
        if finding.location is not None:
            return self._relative(finding.location.file), max(1, finding.location.line)
        for path in self._paths:
            for candidate in (path.parent / "cdk.json", path / "cdk.json", path / "manifest.json", path):
                if candidate.is_file():
                    return self._spelled(candidate), 1
        return (self._spelled(self._paths[0]), 1) if self._paths else None

    def _found(self, file: str) -> str:
        """CDK records the user's files as Python knows them: absolute, or relative to the app's folder."""
        return next((self._spelled(path) for path in self._candidates(file) if path.is_file()), Path(file).as_posix())

    def _candidates(self, file: str) -> Iterator[Path]:
        yield self._folder / file
        for path in self._paths:
            yield path.parent / file

    def _spelled(self, path: Path) -> str:
        whole = Path(os.path.normpath(path))
        return (whole.relative_to(self._root) if whole.is_relative_to(self._root) else whole).as_posix()


def _repository(folder: Path) -> Path:
    """The folder that holds ``.git``, else ``folder``: paths in reports start there."""
    return next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), folder)
