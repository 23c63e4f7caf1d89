"""What a unit test asks about, read; without the CDK where it is not asked about the CDK's objects."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readiness_pack.errors import InputError
from readiness_pack.template import Assembly, Resource


@dataclass(frozen=True)
class Subject:
    """A part of an app.

    Args:
        assembly: the app, as far as it is known.
        name: how messages call the part.
        stacks: identities of the stacks that are judged, ``None`` for all; the others count as partners.
        whole_app: whether rules about an app as a whole can be answered.
    """

    assembly: Assembly
    name: str
    stacks: frozenset[int] | None = None
    whole_app: bool = False

    def holds(self, resource: Resource) -> bool:
        """Whether ``resource`` is judged."""
        return self.stacks is None or id(resource.stack) in self.stacks


def read(thing: Any) -> Subject:
    """What of an app is judged for ``thing``: a CDK object, or a template as data.

    Raises:
        TypeError: it is neither.
        InputError: the template is none.
    """
    if isinstance(thing, Mapping):
        return of_template(thing)
    from readiness_pack.integrations.cdk.subjects import read as read_cdk

    return read_cdk(thing)


def of_template(template: Mapping[str, Any]) -> Subject:
    """A template given as data, judged alone: read as a file of it would be, transforms included.

    Raises:
        TypeError: it holds something that JSON cannot hold.
        InputError: it is no template.
    """
    data = json.dumps(dict(template)).encode()
    with tempfile.TemporaryDirectory(prefix="readiness-") as folder:
        file = Path(folder, "template.json")
        file.write_bytes(data)
        try:
            assembly = Assembly.load(file)
        except InputError as error:
            raise InputError(error.problem) from error
    for stack in assembly.stacks:
        stack.source = None  # there is no file to point into
    return Subject(assembly, "the template")
