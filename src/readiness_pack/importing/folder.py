"""The folder of an imported checklist: what an earlier import and people wrote there, and how it is written again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from readiness_pack import files, typed_yaml
from readiness_pack.checklist import ItemSpec
from readiness_pack.checklist.loading import contents_of, read_files
from readiness_pack.checklist.spec import GroupSpec
from readiness_pack.errors import InputError
from readiness_pack.importing import blocks
from readiness_pack.importing.ids import Place

GONE = ".gone.yaml"
"""Holds what the checklist no longer asks for. Its name begins with a dot, so no command loads it as rules."""

HEAD = """\
# Written by `readiness import`. Edit what you like: the next import brings title, statement, section, group and
# checklist_line up to date and leaves the rest alone. Lines that begin with "# proposed" are written anew.
items:
"""
GONE_HEAD = """\
# What the checklist no longer asks for, as it was. An item that comes back gets its id and its edits back.
items:
"""


@dataclass(frozen=True)
class Kept:
    """An item of an earlier import.

    Args:
        item: the item.
        block: its text.
        file: where it stands.
        gone: whether the checklist did not ask for it any more.
    """

    item: ItemSpec
    block: str
    file: Path
    gone: bool = False


@dataclass
class Folder:
    """What is in the folder.

    Args:
        path: the folder.
        kept: the items of earlier imports.
        others: texts of items that people added to files of an import, by file.
        heads: what stands before the items, by file.
        taken: ids that are in use, by whatever file.
    """

    path: Path
    kept: list[Kept] = field(default_factory=list)
    others: dict[Path, list[str]] = field(default_factory=dict)
    heads: dict[Path, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    @property
    def active(self) -> list[Kept]:
        """The items that the checklist asked for when it was imported last."""
        return [kept for kept in self.kept if not kept.gone]

    def files_of_groups(self) -> dict[Place, Path]:
        """The file in which most items of a group are."""
        counts: dict[Place, Counter[Path]] = {}
        for kept in self.active:
            counts.setdefault((kept.item.section, kept.item.group), Counter())[kept.file] += 1
        return {place: min(found, key=lambda file: (-found[file], file)) for place, found in counts.items()}


def read(path: Path | None) -> Folder:
    """Read the folder of an import; one that is not there is empty.

    Raises:
        InputError: a file in it is no rule file, or two items have the same id.
    """
    if path is None or not path.exists():
        return Folder(path or Path())
    if not path.is_dir():
        raise InputError("is no folder", file=path)
    folder = Folder(path)
    contents = contents_of(path)
    by_file: dict[str, list[ItemSpec]] = {}
    for name, item in read_files(path, contents).items:
        by_file.setdefault(name, []).append(item)
        folder.taken.add(item.id)
    for name, items in by_file.items():
        _add(folder, path / name, items, contents[name].decode("utf-8-sig"))
    gone = path / GONE
    if gone.exists():
        _add(folder, gone, typed_yaml.read(gone, GroupSpec).items, gone.read_text(encoding="utf-8-sig"), gone=True)
    return folder


def _add(folder: Folder, file: Path, items: list[ItemSpec], text: str, *, gone: bool = False) -> None:
    text = text.replace("\r\n", "\n")
    if not blocks.is_group(text):
        return  # a file of one item is a person's own
    found = blocks.split(text)
    if found is None or len(found[1]) != len(items):
        found = (GONE_HEAD if gone else HEAD, [blocks.written(item) for item in blocks.items_of(text)])
    folder.heads[file] = found[0]
    for item, block in zip(items, found[1], strict=True):
        folder.taken.add(item.id)
        if gone or item.checklist_line > 0:
            folder.kept.append(Kept(item, block, file, gone))
        else:  # no checklist has it: somebody's own
            folder.others.setdefault(file, []).append(block)


def write(folder: Folder, texts: Mapping[Path, list[str]], gone: Iterable[str]) -> list[Path]:
    """Write the items, and remove files of earlier imports that hold none any more.

    Args:
        folder: what was there.
        texts: file -> the texts of its items.
        gone: the texts of items that the checklist no longer asks for.

    Returns:
        The files that changed.

    Raises:
        InputError: the folder cannot be written to.
    """
    wanted = {file: (folder.heads.get(file, HEAD), [*of_file]) for file, of_file in texts.items()}
    for file, own in folder.others.items():
        wanted.setdefault(file, (folder.heads[file], []))[1].extend(own)
    gone_texts = list(gone)
    if gone_texts:
        file = folder.path / GONE
        wanted[file] = (folder.heads.get(file, GONE_HEAD), gone_texts)
    changed: list[Path] = []
    for file, (head, of_file) in wanted.items():
        data = blocks.joined(head, of_file).encode()
        if not file.exists() or file.read_bytes() != data:
            files.write(file, data)
            changed.append(file)
    for file in folder.heads.keys() - wanted.keys():
        file.unlink(missing_ok=True)
        changed.append(file)
    return sorted(changed)
