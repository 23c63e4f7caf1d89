"""Reading templates that people write: one file, or a folder of them that together are one app."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from readiness_pack.errors import InputError
from readiness_pack.reading import MAX_RECORDED, MAX_TEMPLATE
from readiness_pack.template.assembly import Assembly
from readiness_pack.template.cloud_assembly import is_cloud_assembly, last_text
from readiness_pack.template.resource import Resource
from readiness_pack.template.shape import checked
from readiness_pack.template.source import Source
from readiness_pack.template.stack import Stack

SUFFIXES = frozenset((".json", ".yaml", ".yml", ".template"))

_SKIPPED_FOLDERS = frozenset(("node_modules", "__pycache__", "venv", "site-packages"))
_RESOURCES = re.compile(rb"""(?:^|[\s{,])["']?Resources["']?\s*:""")


def read_template(path: Path, assembly: Assembly) -> None:
    """Add the stack of one template; its name is the file name up to the first dot.

    Raises:
        InputError: ``path`` is not there, or is no template.
    """
    source = Source(path)
    template = checked(source.decode(), source)
    name = path.name.split(".")[0] or path.name
    assembly.add(Stack(name, template, assembly, template_file=path.name, source=source))


def read_folder(folder: Path, assembly: Assembly) -> None:
    """Add the stacks of all templates in ``folder`` and below; what is no template is noted in ``assembly.skipped``.

    Raises:
        InputError: there is no template, or one that cannot be read.
    """
    templates: dict[str, tuple[Source, dict[str, Any]]] = {}
    for path in _files(folder, assembly):
        name = path.relative_to(folder).as_posix()
        try:
            found = _template(path)
        except _NotATemplate as reason:
            assembly.skipped.append((name, str(reason)))
        else:
            templates[name] = found
    if not templates:
        looked = f" ({len(assembly.skipped)} other files)" if assembly.skipped else ""
        raise InputError(f"holds neither a cdk.out nor a template{looked}", file=folder)
    _Nesting(templates, assembly).read()


class _NotATemplate(Exception):
    """The file is clearly something else."""


def _files(folder: Path, assembly: Assembly) -> Iterator[Path]:
    root = folder.resolve()
    for place, folders, files in os.walk(folder, onerror=_unreadable):
        here = Path(place)
        folders[:] = [name for name in sorted(folders) if _is_entered(folder, here / name, assembly)]
        for name in sorted(files):
            path = here / name
            if path.suffix.lower() in SUFFIXES and not name.startswith(".") and _is_ours(path, folder, root, assembly):
                yield path


def _unreadable(error: OSError) -> None:
    """What :func:`os.walk` would pass over in silence may hold templates."""
    raise InputError(f"cannot be read: {error.strerror or error}", file=error.filename) from error


def _is_entered(folder: Path, path: Path, assembly: Assembly) -> bool:
    if path.name.startswith((".", "asset.")) or path.name in _SKIPPED_FOLDERS:
        return False
    if path.is_symlink():
        assembly.skipped.append((path.relative_to(folder).as_posix(), "a link to a folder"))
        return False
    if is_cloud_assembly(path):
        assembly.skipped.append((path.relative_to(folder).as_posix(), "a cdk.out folder of its own"))
        return False
    return True


def _is_ours(path: Path, folder: Path, root: Path, assembly: Assembly) -> bool:
    """Whether ``path`` is a file; a link has to stay in the folder, lest a report quote what lies elsewhere."""
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            raise InputError(f"is a link that leads out of {folder}", file=path)
        if path.is_symlink() and not path.exists():
            raise InputError("is a link to a file that is not there", file=path)
    except (OSError, RuntimeError) as error:
        raise InputError("is a link that leads nowhere", file=path) from error
    if not os.path.lexists(path):
        raise InputError("has gone while its folder was read", file=path)
    if not path.is_file():
        assembly.skipped.append((path.relative_to(folder).as_posix(), "no file but a pipe, a device or a socket"))
        return False
    return True


def _template(path: Path) -> tuple[Source, dict[str, Any]]:
    source = Source(path, limit=MAX_RECORDED)  # a folder may hold large files that are no templates
    may_be_one = _RESOURCES.search(source.data) is not None or _is_named_one(path, source.data)
    try:
        if len(source.data) > MAX_TEMPLATE:
            raise source.error(f"is larger than {MAX_TEMPLATE >> 20} MB")
        value = source.decode()
    except InputError as error:
        if may_be_one:
            raise
        raise _NotATemplate(error.problem) from None
    if not isinstance(value, dict) or "Resources" not in value:
        raise _NotATemplate("it has no Resources")
    return source, checked(value, source)


def _is_named_one(path: Path, data: bytes) -> bool:
    """Whether a file calls itself a template: where it cannot be read, it was cut off before its resources."""
    return ".template" in [suffix.lower() for suffix in path.suffixes] or b"AWSTemplateFormatVersion" in data


class _Nesting:
    """Makes the stacks of a folder: nested ones from the resources whose ``TemplateURL`` names a file of the folder."""

    def __init__(self, templates: dict[str, tuple[Source, dict[str, Any]]], assembly: Assembly) -> None:
        self.templates = templates
        self.assembly = assembly
        self.by_name: dict[str, list[str]] = {}
        for file in templates:
            self.by_name.setdefault(PurePosixPath(file).name, []).append(file)
        self.names = _stack_names(list(templates))
        self.uses = Counter(
            below
            for file, (_, template) in templates.items()
            for raw in template["Resources"].values()
            if (below := self._below(file, raw)) is not None and below != file
        )

    def read(self) -> None:
        """Add the stacks: first those that nobody nests; then what only nests itself."""
        done: set[str] = set()
        for file in self.templates:
            if not self.uses[file]:
                self._add(file, None, (), done)
        for file in self.templates:
            if file not in done:
                self._add(file, None, (), done)

    def _add(self, file: str, parent: Resource | None, above: tuple[str, ...], done: set[str]) -> None:
        done.add(file)
        source, template = self.templates[file]
        name = self.names[file]
        if parent is not None and self.uses[file] > 1:  # one template, several stacks
            name = f"{parent.stack.name}/{parent.logical_id}"
        stack = Stack(name, template, self.assembly, template_file=file, source=source, parent=parent)
        self.assembly.add(stack)
        for resource in stack.resources.values():
            below = self._below(file, resource.raw)
            if below is not None and below not in (*above, file):
                self._add(below, resource, (*above, file), done)

    def _below(self, file: str, raw: Any) -> str | None:
        """The file of the folder that a resource deploys as a nested stack."""
        type_ = raw.get("Type") if isinstance(raw, dict) else None
        if not isinstance(type_, str) or type_ not in _NESTING:
            return None
        properties = raw.get("Properties")
        url = last_text(properties.get(_NESTING[type_])) if isinstance(properties, dict) else None
        if not url:
            return None
        if "://" not in url and "$" not in url:
            beside = os.path.normpath(PurePosixPath(file).parent / url).replace(os.sep, "/")
            if beside in self.templates:
                return beside
        # Uploaded templates keep their file names: .../network.yaml is network.yaml, if there is just one.
        candidates = self.by_name.get(url.split("?")[0].rsplit("/", 1)[-1], [])
        return candidates[0] if len(candidates) == 1 else None


_NESTING = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}


def _stack_names(files: list[str]) -> dict[str, str]:
    """A name for each template: its file name up to the first dot; with folder or ending where that is not unique."""
    for spell in (_stem, _stem_in_folder, str):
        names = {file: spell(file) for file in files}
        taken = Counter(names.values())
        if all(count == 1 for count in taken.values()):
            return names
    return {file: file for file in files}


def _stem(file: str) -> str:
    return PurePosixPath(file).name.split(".")[0]


def _stem_in_folder(file: str) -> str:
    return (PurePosixPath(file).parent / _stem(file)).as_posix()
