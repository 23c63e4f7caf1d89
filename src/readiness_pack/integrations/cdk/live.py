"""Reads the stacks of a Stage from the construct tree, before CDK has written them."""

from __future__ import annotations

import posixpath
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import jsii
from aws_cdk import BootstraplessSynthesizer, ISynthesisSession, NestedStack, Stack, Stage
from aws_cdk.cx_api import CloudAssemblyBuilder
from constructs import IConstruct

from readiness_pack.integrations.cdk.report_file import near
from readiness_pack.template import Assembly, Assume
from readiness_pack.template import Stack as Template
from readiness_pack.template.cloud_assembly import read_cloud_assembly


@dataclass(frozen=True)
class Live:
    """What a Stage holds.

    Args:
        assembly: its stacks, and those of the Stages inside it as partners.
        own: the stacks that CDK has not written yet; the others were written, and judged, before.
    """

    assembly: Assembly
    own: tuple[Template, ...]


def read(stage: Stage, constructs: Iterable[IConstruct], app_outdir: Path, assume: Assume) -> Live:
    """Write the stacks of ``stage`` to a folder of our own, as CDK would, and read it like any cloud assembly.

    That costs a few calls into JavaScript a stack; asking each resource for its properties costs several a resource.

    Args:
        stage: the App or Stage.
        constructs: everything below it.
        app_outdir: the ``cdk.out`` folder.
        assume: parameters and conditions that are taken as given.
    """
    found = list(constructs)
    stacks = [item for item in found if isinstance(item, Stack) and Stage.of(item) is stage]
    inner = [item for item in found if isinstance(item, Stage) and item is not stage and item.parent_stage is stage]
    folder = Path(stage.outdir)
    assembly = Assembly(assume)
    assembly.in_synthesis = True
    if stacks:
        with tempfile.TemporaryDirectory(prefix="readiness-") as written:
            _write(stacks, written)
            read_cloud_assembly(Path(written), assembly)
    own = tuple(assembly.stacks)
    _place(own, folder, app_outdir, stage.node.path)
    for below in inner:
        outdir = Path(below.outdir)
        if (outdir / "manifest.json").exists():
            read_cloud_assembly(outdir, assembly)
    return Live(assembly.completed(), own)


def _write(stacks: list[Stack], folder: str) -> None:
    """Synthesize ``stacks`` into ``folder``: templates, metadata with the construct path of every logical id, manifest.

    The stacks' own synthesizers are left alone: they would register the templates as assets a second time, and may be
    classes of the user's.
    """
    builder = CloudAssemblyBuilder(folder)
    session = cast("ISynthesisSession", Session(builder, folder))
    # Nested stacks first: the metadata of the outer ones names their templates. The rest in the order of the app.
    for stack in sorted(stacks, key=lambda stack: not isinstance(stack, NestedStack)):
        synthesizer = BootstraplessSynthesizer()
        synthesizer.bind(stack)
        if isinstance(stack, NestedStack):
            synthesizer._synthesize_template(session)
        else:
            synthesizer.synthesize(session)
    builder.build_assembly()


@jsii.implements(ISynthesisSession)
class Session:
    """Where a synthesizer writes to."""

    def __init__(self, assembly: CloudAssemblyBuilder, outdir: str) -> None:
        self._assembly = assembly
        self._outdir = outdir

    @property
    def assembly(self) -> CloudAssemblyBuilder:
        """What the stacks are added to."""
        return self._assembly

    @property
    def outdir(self) -> str:
        """The folder that is written to."""
        return self._outdir

    @property
    def validate_on_synth(self) -> bool:
        """Never: it is done when CDK itself writes the app."""
        return False


def _place(stacks: tuple[Template, ...], folder: Path, app_outdir: Path, stage: str) -> None:
    """Name the templates as they will be called in ``cdk.out``."""
    prefix = folder.relative_to(app_outdir).as_posix() if folder.is_relative_to(app_outdir) else folder.as_posix()
    for stack in stacks:
        stack.stage = stage
        if stack.template_file is not None:
            stack.template_file = posixpath.normpath(posixpath.join(prefix, stack.template_file))
            if stack.source is not None:
                stack.source.display = str(near(app_outdir) / stack.template_file)
