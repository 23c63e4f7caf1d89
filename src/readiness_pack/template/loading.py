"""From a path to an :class:`Assembly`: a ``cdk.out`` folder, a folder of templates, or one template."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path

from readiness_pack.errors import InputError
from readiness_pack.template.assembly import Assembly, Assume
from readiness_pack.template.cloud_assembly import is_cloud_assembly, read_cloud_assembly
from readiness_pack.template.folder import read_folder, read_template


def load(path: str | PathLike[str], assume: Assume | None = None) -> Assembly:
    """Read what is at ``path``.

    Args:
        path: a ``cdk.out`` folder, a folder of templates (together one app), or a template.
        assume: parameters and conditions that are taken as given.

    Raises:
        InputError: it is not there, or is not what CloudFormation accepts; names the file and, if it can, the line.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = (Path(folder) / "queue.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue}}")
        ...     [stack.name for stack in load(folder).stacks]
        ['queue']
    """
    assembly = Assembly(assume)
    assembly.path = fspath(path)
    place = Path(path)
    try:
        is_folder = place.is_dir()
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", file=path) from error
    with _collection_paused():
        if is_folder and is_cloud_assembly(place):
            read_cloud_assembly(place, assembly)
        elif is_folder:
            read_folder(place, assembly)
        else:
            read_template(place, assembly)
        return assembly.completed()


@contextmanager
def _collection_paused() -> Iterator[None]:
    """No garbage collection meanwhile: what is read stays, and looking it over takes longer than decoding it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
