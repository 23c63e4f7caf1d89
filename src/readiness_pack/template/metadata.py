"""What CDK records about constructs: logical ids, where the user's code creates them, acknowledged rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from readiness_pack.template import records

_NULL = msgspec.Raw(b"null")

# Their traces say where somebody annotated the construct (our own Aspect, too), not where it is created.
_MADE_LATER = frozenset(
    {"aws:cdk:acknowledged-rules", "aws:cdk:error", "aws:cdk:warning", "aws:cdk:info", records.WAIVER}
)

_NESTED = re.compile(r"(?P<scope>.*/)?(?P<id>[^/]+)\.NestedStack/(?P=id)\.NestedStackResource")

# In Python: __init__ (/app/shop/stack.py:17), in TypeScript: new Shop (/app/shop/stack.ts:17:5), or the place alone.
_FRAME = re.compile(r"(?:[^()]*\()?(?P<file>(?:[A-Za-z]:[\\/])?[^:]+?):(?P<line>\d+)(?::\d+)?\)?\s*\Z")
_LIBRARY = re.compile(r"(?:^|[\\/])(?:node_modules|site-packages|dist-packages|jsii-\w+|lib[\\/]python3[^\\/]*)[\\/]")


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One piece of metadata of a construct; ``data`` stays encoded until it is asked for."""

    type: str
    data: msgspec.Raw = _NULL
    trace: msgspec.Raw = _NULL


class ConstructMetadata:
    """The metadata of a stack and the stacks nested in it.

    Args:
        entries: construct path with a leading ``/`` -> its entries, as in manifest.json and ``<Stack>.metadata.json``.
    """

    def __init__(self, entries: Mapping[str, list[Entry]]) -> None:
        self._entries = entries
        self.logical_ids: list[tuple[str, str]] = []
        """(construct path, logical id) of everything that has one: resources, parameters, outputs."""
        self.template_files: dict[str, str] = {}
        """Construct path of a stack -> the file of its template."""
        self.acknowledgements: list[tuple[str, dict[str, str]]] = []
        """(construct path, {rule id: reason}) for each construct on which rules are acknowledged."""
        self.waivers: list[tuple[str, dict[str, Any]]] = []
        """(construct path, what ``waive`` recorded), once for each waiver."""
        for path, found in entries.items():
            for entry in found:
                self._file(path.removeprefix("/"), entry)
        self._by_stack: dict[str | None, dict[str, str]] | None = None

    def _file(self, path: str, entry: Entry) -> None:
        match entry.type:
            case "aws:cdk:logicalId":
                self.logical_ids.append((path, _text(entry.data)))
            case "aws:cdk:templateFile":
                self.template_files[path] = _text(entry.data)
            case "aws:cdk:acknowledged-rules":
                acknowledged = _decoded(entry.data)
                if isinstance(acknowledged, dict):
                    self.acknowledgements.append((path, {str(rule): str(why) for rule, why in acknowledged.items()}))
            case records.WAIVER:
                waiver = _decoded(entry.data)
                if isinstance(waiver, dict):
                    self.waivers.append((path, waiver))
            case _:
                pass

    def stack_path(self, template_file: str) -> str | None:
        """The construct path of the stack whose template is ``template_file``, where CDK recorded it."""
        return next((path for path, file in self.template_files.items() if file == template_file), None)

    def construct_paths(self, nested_stack: str | None) -> dict[str, str]:
        """Logical id -> construct path of everything in the stack, or in the nested stack with that construct path."""
        if self._by_stack is None:
            self._by_stack = self._divided()
        return self._by_stack.get(nested_stack, {})

    def _divided(self) -> dict[str | None, dict[str, str]]:
        nested = {below for path, _ in self.logical_ids if (below := nested_stack_path(path)) is not None}
        found: dict[str | None, dict[str, str]] = {None: {}}
        owners: dict[str, str | None] = {"": None}

        def owner(scope: str) -> str | None:
            if scope not in owners:
                owners[scope] = scope if scope in nested else owner(scope.rpartition("/")[0])
            return owners[scope]

        for path, logical_id in self.logical_ids:
            stack = owner(path.rpartition("/")[0]) if nested else None
            found.setdefault(stack, {})[logical_id] = path
        return found

    def user_line(self, construct_path: str) -> tuple[str, int] | None:
        """File and line of the user's code that creates a construct; ``None`` where CDK recorded none.

        The file is relative to the working directory where it lies beneath it. CDK records Python lines with
        ``JSII_HOST_STACK_TRACES=1`` or ``cdk synth --debug``.
        """
        for entry in self._entries.get(f"/{construct_path}", ()):
            frames = entry.data if entry.type == "aws:cdk:creationStack" else entry.trace
            if frames is _NULL or entry.type in _MADE_LATER:
                continue
            decoded = _decoded(frames)
            for frame in decoded if isinstance(decoded, list) else ():
                place = user_frame(frame) if isinstance(frame, str) else None
                if place is not None:
                    return place
        return None


def nested_stack_path(resource_path: str) -> str | None:
    """The construct path of the nested stack that a resource makes, without the two constructs CDK puts between.

    Example:
        >>> nested_stack_path("Shop/Outer.NestedStack/Outer.NestedStackResource")
        'Shop/Outer'
    """
    match = _NESTED.fullmatch(resource_path)
    return None if match is None else f"{match['scope'] or ''}{match['id']}"


def user_frame(frame: str) -> tuple[str, int] | None:
    """File and line of a stack frame in the user's own code, ``None`` for any other line of a trace.

    Example:
        >>> user_frame("__init__ (/elsewhere/shop/stack.py:17)")
        ('/elsewhere/shop/stack.py', 17)
        >>> user_frame("new Bucket (/app/node_modules/aws-cdk-lib/aws-s3/lib/bucket.js:1:2)")
    """
    match = _FRAME.match(frame.strip())
    if match is None:
        return None
    file = match["file"].strip()
    if file.startswith(("node:", "internal/", "<")) or _LIBRARY.search(file) or "/" not in file.replace("\\", "/"):
        return None
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        file = path.relative_to(Path.cwd()).as_posix()
    return file, int(match["line"])


def _text(raw: msgspec.Raw) -> str:
    data = bytes(raw)
    if data[:1] == b'"' and b"\\" not in data:  # nearly all of them: not worth a call of the decoder
        return data[1:-1].decode()
    decoded = _decoded(raw)
    return decoded if isinstance(decoded, str) else ""


def _decoded(raw: msgspec.Raw) -> object:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        return None
