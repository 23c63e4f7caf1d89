"""``readiness-report.json``: everything that a door found, in the root of ``cdk.out``."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from readiness_pack import files
from readiness_pack.findings import Report
from readiness_pack.report.json_report import render

FILE_NAME = "readiness-report.json"


def write(report: Report, outdir: Path) -> None:
    """Write ``report``: a reader sees the old file or the new one, never a part.

    A file that says the same is left alone: CDK may take a plugin that replaces what an Aspect wrote for an intruder.

    Raises:
        InputError: the folder cannot be written to.
    """
    data = render(report)
    target = outdir / FILE_NAME
    # Not there yet, not readable, or no report: then it is replaced.
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        if _says_the_same(target.read_bytes(), data):
            return
    files.write(target, data)


def _says_the_same(old: bytes, new: bytes) -> bool:
    """Whether two reports differ in nothing, or in the order of findings: Aspects of Stages add theirs in turn."""
    if old == new:
        return True
    if len(old) != len(new):
        return False
    documents = [json.loads(text) for text in (old, new)]
    for document in documents:
        document["findings"].sort(key=json.dumps)
    return bool(documents[0] == documents[1])


def remove_stale() -> None:
    """Remove the report of an earlier run from the folder that the CDK CLI told us to write to.

    It must not outlive a synthesis that breaks. Besides, an App with ``confirm_validation_plugins_do_not_mutate``, and
    before aws-cdk-lib 2.275 every App, takes a plugin that replaces a file of ``cdk.out`` for an intruder, while a new
    file is fine.
    """
    outdir = os.environ.get("CDK_OUTDIR")
    if outdir:
        remove(Path(outdir))


def remove(outdir: Path) -> None:
    """Remove the report of an earlier run, which says nothing about an app that could not be judged."""
    with suppress(OSError):
        (outdir / FILE_NAME).unlink()


def shown(outdir: Path) -> str:
    """How messages name the file: relative to the working directory where it lies beneath it."""
    return str(near(outdir) / FILE_NAME)


def near(folder: Path) -> Path:
    """``folder``, relative to the working directory where it lies beneath it."""
    absolute = folder.absolute()
    return absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else absolute
