"""Reading a ``cdk.out`` folder: its manifest, the nested assemblies of Stages, nested stacks and construct paths.

The shape of the files is that of the cloud assembly schema,
https://docs.aws.amazon.com/cdk/api/v2/docs/@aws-cdk_cloud-assembly-schema.ArtifactManifest.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from readiness_pack import reading
from readiness_pack.errors import InputError
from readiness_pack.template import records
from readiness_pack.template.assembly import Assembly
from readiness_pack.template.metadata import ConstructMetadata, Entry, nested_stack_path
from readiness_pack.template.resource import Resource
from readiness_pack.template.shape import checked
from readiness_pack.template.source import Source
from readiness_pack.template.stack import Stack

T = TypeVar("T")

MANIFEST = "manifest.json"
# What CDK, the doors of this package and cdk-nag (before its version 3) leave beside the manifest.
_REPORTS = (
    "validation-report.json",
    "policy-validation-report.json",
    records.REPORT,
    "*-NagReport.csv",
    "*-NagReport.json",
)

MAX_VALUES = 1_500_000
"""How many objects and lists a manifest, or a file that it names, may hold: each takes far more memory than text."""

_MAX_NESTING = 32
"""How deep Stages and nested stacks may be nested; a folder that goes deeper refers to itself."""


class _Properties(msgspec.Struct, frozen=True):
    templateFile: str | None = None  # noqa: N815
    stackName: str | None = None  # noqa: N815
    directoryName: str | None = None  # noqa: N815
    displayName: str | None = None  # noqa: N815
    file: str | None = None
    terminationProtection: bool | None = None  # noqa: N815
    tags: dict[str, Any] | None = None


class _Artifact(msgspec.Struct, frozen=True):
    type: str = ""
    environment: str | None = None
    properties: _Properties | None = None
    displayName: str | None = None  # noqa: N815
    metadata: dict[str, list[Entry]] | None = None
    additionalMetadataFile: str | None = None  # noqa: N815


class _Manifest(msgspec.Struct, frozen=True):
    version: str
    artifacts: dict[str, _Artifact] = {}


class _AssetSource(msgspec.Struct, frozen=True):
    path: str | None = None


class _Destination(msgspec.Struct, frozen=True):
    objectKey: str = ""  # noqa: N815


class _FileAsset(msgspec.Struct, frozen=True):
    source: _AssetSource | None = None
    destinations: dict[str, _Destination] = {}


class _Assets(msgspec.Struct, frozen=True):
    files: dict[str, _FileAsset] = {}


def is_cloud_assembly(folder: Path) -> bool:
    """Whether ``folder`` is the output of ``cdk synth``: its manifest.json has a version and artifacts.

    A manifest that cannot be read, or is not there, makes it one where CDK left its mark, the file ``cdk.out``: a run
    that was killed in the middle of writing must not pass for a folder of templates.
    """
    manifest_file, is_marked = folder / MANIFEST, (folder / "cdk.out").is_file()
    if not manifest_file.is_file():
        return is_marked
    try:
        data = reading.read(manifest_file, reading.MAX_RECORDED)
        manifest = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (InputError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return is_marked
    return "version" in manifest and ("artifacts" in manifest or is_marked)


def read_cloud_assembly(folder: Path, assembly: Assembly) -> None:
    """Add every stack of the ``cdk.out`` folder to ``assembly``.

    Raises:
        InputError: a file is missing, lies outside of ``folder``, or is not what CDK writes; there is no stack.
    """
    reader = _Reader(folder, assembly)
    reader.read(folder, stage="", depth=0)
    assembly.record_above(records.read(folder))
    if not assembly.stacks:
        raise InputError("holds no stack", file=folder / MANIFEST)


class _Reader:
    """Reads the folder that was given, with all assemblies below it."""

    def __init__(self, root: Path, assembly: Assembly) -> None:
        self.root = root
        self.real_root = root.resolve()
        self.assembly = assembly
        self.folders: set[Path] = set()

    def read(self, folder: Path, stage: str, depth: int) -> None:
        """Read the assembly in ``folder``, which belongs to the Stage with construct path ``stage``."""
        manifest_file = folder / MANIFEST
        if depth > _MAX_NESTING:
            raise InputError("assemblies are nested too deep", file=manifest_file)
        if (real := folder.resolve()) in self.folders:
            raise InputError("is named as the assembly of more than one Stage", file=manifest_file)
        self.folders.add(real)
        manifest = self.decode(self.inside(folder, MANIFEST, manifest_file), _Manifest)
        self._note(manifest_file)
        for artifact_id, artifact in manifest.artifacts.items():
            properties = artifact.properties or _Properties()
            if artifact.type == "aws:cloudformation:stack":
                _StackReader(self, folder, manifest, stage, artifact).read(artifact_id, properties)
            elif artifact.type == "cdk:cloud-assembly" and properties.directoryName:
                below = self.inside(folder, properties.directoryName, manifest_file, is_wanted=Path.is_dir)
                self.read(below, properties.displayName or artifact_id.removeprefix("assembly-"), depth + 1)
            elif artifact.type == "cdk:tree" and properties.file:
                self._note(folder / properties.file)
        for pattern in _REPORTS:
            for file in sorted(folder.glob(pattern)):
                self._note(file)

    def _note(self, file: Path) -> None:
        try:
            if file.is_file() and file.resolve().is_relative_to(self.real_root):
                self.assembly.files[self.relative(file)] = file
        except (OSError, RuntimeError, ValueError):
            return  # rules find that it is not there

    def relative(self, file: Path) -> str:
        """How ``file`` is called in the folder that was given."""
        if file.is_relative_to(self.root):
            return file.relative_to(self.root).as_posix()
        return file.resolve().relative_to(self.real_root).as_posix()

    def inside(
        self, folder: Path, name: str, named_by: Path, *, is_wanted: Callable[[Path], bool] = Path.is_file
    ) -> Path:
        """``folder/name``, if it is there and lies in the folder that was given, also after following links.

        On Windows, CDK writes names as that system does, and the folder may be judged on another one.
        """
        path = folder / (name.replace("\\", "/") if "\\" in name and not (folder / name).exists() else name)
        try:
            real = path.resolve()
            found = is_wanted(real)
        except (OSError, RuntimeError, ValueError) as error:
            raise InputError(f"names {name!r}, which cannot be read", file=named_by) from error
        if not real.is_relative_to(self.real_root):
            raise InputError(f"names {name!r}, which lies outside of {self.root}", file=named_by)
        if not found:
            raise InputError(f"names {name!r}, which is not there", file=named_by)
        return path

    def decode(self, file: Path, type_: type[T]) -> T:
        """What is in ``file``, one of those that CDK writes."""
        source = Source(file, limit=reading.MAX_RECORDED)
        if source.data.count(b"{") + source.data.count(b"[") > MAX_VALUES:
            raise source.error(f"holds more than {MAX_VALUES:,} objects and lists")
        try:
            return msgspec.json.decode(source.data, type=type_)
        except msgspec.ValidationError as error:
            raise source.error(f"is not what CDK writes: {error}") from error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            if len(source.data) <= reading.MAX_TEMPLATE:
                source.decode()  # says what is wrong, and where
            raise source.error(f"is not what CDK writes: {error}") from None


class _StackReader:
    """Reads one stack of an assembly and the stacks nested in it."""

    def __init__(self, reader: _Reader, folder: Path, manifest: _Manifest, stage: str, artifact: _Artifact) -> None:
        self.reader = reader
        self.folder = folder
        self.manifest = manifest
        self.stage = stage
        self.artifact = artifact
        self.metadata = self._read_metadata()
        self.account, self.region = _environment(artifact.environment)

    @property
    def manifest_file(self) -> Path:
        return self.folder / MANIFEST

    def read(self, artifact_id: str, properties: _Properties) -> None:
        """Add the stack of the artifact."""
        if not properties.templateFile:
            raise InputError(f"artifacts.{artifact_id} names no templateFile", file=self.manifest_file)
        self.reader.assembly.acknowledgements += self.metadata.acknowledgements
        self.reader.assembly.waivers += self.metadata.waivers
        name = self.artifact.displayName or self.metadata.stack_path(properties.templateFile) or artifact_id
        stack = self._add(properties.templateFile, name, None, properties.stackName or artifact_id, 0)
        # CDK leaves the key out where it is false.
        stack.termination_protection = bool(properties.terminationProtection)
        stack.tags = {key: str(value) for key, value in (properties.tags or {}).items()}

    def _read_metadata(self) -> ConstructMetadata:
        entries = dict(self.artifact.metadata or {})
        if self.artifact.additionalMetadataFile:
            file = self.reader.inside(self.folder, self.artifact.additionalMetadataFile, self.manifest_file)
            for path, found in self.reader.decode(file, dict[str, list[Entry]]).items():
                entries[path] = [*entries.get(path, ()), *found]
        return ConstructMetadata(entries)

    def _add(self, template_file: str, name: str, parent: Resource | None, stack_name: str | None, depth: int) -> Stack:
        file = self.reader.inside(self.folder, template_file, self.manifest_file)
        source = Source(file)
        stack = Stack(
            name,
            checked(source.decode(machine_made=True), source, resources_required=False),
            self.reader.assembly,
            template_file=self.reader.relative(file),
            source=source,
            stack_name=stack_name,
            account=self.account,
            region=self.region,
            construct_paths=self.metadata.construct_paths(name if parent else None),
            parent=parent,
            stage=self.stage,
            metadata=self.metadata,
        )
        self.reader.assembly.add(stack)
        if depth > _MAX_NESTING:
            raise InputError(f"nested stacks are more than {_MAX_NESTING} deep in each other", file=file)
        for resource in stack.resources.values():
            if resource.type == "AWS::CloudFormation::Stack":
                path = nested_stack_path(resource.construct_path or "")
                below = self._template_of(resource, path)
                if below is not None:
                    self._add(below, path or f"{name}/{resource.logical_id}", resource, None, depth + 1)
        return stack

    def _template_of(self, resource: Resource, path: str | None) -> str | None:
        """The file of the template that ``resource`` deploys; ``None`` where it is not part of the assembly."""
        asset = resource.raw_at("@Metadata.aws:asset:path")
        if isinstance(asset, str):
            return asset
        if path is not None and path in self.metadata.template_files:
            return self.metadata.template_files[path]
        url = last_text(resource.raw_at("TemplateURL"))
        return self._template_assets.get(url.rsplit("/", 1)[-1]) if url else None

    @cached_property
    def _template_assets(self) -> dict[str, str]:
        """Templates among the file assets: the name under which they are uploaded -> their name here."""
        found: dict[str, str] = {}
        for artifact in self.manifest.artifacts.values():
            file = artifact.properties.file if artifact.properties else None
            if artifact.type != "cdk:asset-manifest" or not file:
                continue
            path = self.reader.inside(self.folder, file, self.manifest_file)
            for asset_id, asset in self.reader.decode(path, _Assets).files.items():
                template = asset.source.path if asset.source else None
                if template and template.endswith(".template.json"):
                    found[f"{asset_id}.json"] = template
                    for destination in asset.destinations.values():
                        found[destination.objectKey.rsplit("/", 1)[-1]] = template
        return found


def _environment(environment: str | None) -> tuple[str | None, str | None]:
    """Account and region of ``aws://111111111111/eu-west-1``, each ``None`` where CDK does not know it.

    Example:
        >>> _environment("aws://unknown-account/eu-west-1")
        (None, 'eu-west-1')
    """
    account, _, region = (environment or "").removeprefix("aws://").partition("/")
    return (
        account if account and account != "unknown-account" else None,
        region if region and region != "unknown-region" else None,
    )


def last_text(value: Any) -> str | None:
    """The end of a text that may be joined from pieces, as far as it is written there."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and len(value) == 1:
        ((name, argument),) = value.items()
        if name == "Fn::Join" and isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list):
            return last_text(argument[1][-1]) if argument[1] else None
        if name == "Fn::Sub":
            return last_text(argument[0] if isinstance(argument, list) and argument else argument)
    return None
