"""Spreads the assemblies over the workers of a Dask cluster.

A task judges some assemblies and writes their rows itself: nothing large travels, and when a worker dies, Dask gives
its tasks to others, which write the same files. An assembly that kills every worker that takes it (it may be too large
for the memory of one) is found by judging those that were with it one by one, and becomes a row of errors.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from distributed import Client, as_completed
from distributed.scheduler import KilledWorker

from fleet import tables
from fleet.rows import Rows, add_failure, find_assemblies, judge

ASSEMBLIES_A_PART = 20
"""How many assemblies a task judges: some seconds of work, so that a lost worker loses little."""


@dataclass(frozen=True)
class Part:
    """A part of the work.

    Args:
        name: of its files.
        folder: where the assemblies are.
        assemblies: relative to ``folder``.
        out: the folder of the tables.
        today: the day on which is judged.
    """

    name: str
    folder: Path
    assemblies: tuple[str, ...]
    out: Path
    today: datetime.date

    def one_by_one(self) -> list[Part]:
        """The same work, an assembly a part."""
        return [
            Part(f"{self.name}-{number:03}", self.folder, (assembly,), self.out, self.today)
            for number, assembly in enumerate(self.assemblies)
        ]


def work(part: Part) -> None:
    """Judge the assemblies of ``part`` and write their rows; this is what runs on the workers."""
    rows = Rows()
    for assembly in part.assemblies:
        judge(part.folder / assembly, assembly, part.today, rows)
    tables.write_part(rows, part.out, part.name)


def spread(
    client: Client, folder: Path, out: Path, today: datetime.date, assemblies_a_part: int = ASSEMBLIES_A_PART
) -> int:
    """Judge every assembly below ``folder`` and write the tables below ``out``.

    Args:
        client: of any Dask cluster whose workers see both folders.
        folder: where the ``cdk.out`` folders are, at any depth.
        out: a folder that is not there yet, or is empty.
        today: the day on which is judged.
        assemblies_a_part: how many a task judges.

    Returns:
        How many assemblies were judged.

    Raises:
        ValueError: there is no assembly, or ``out`` holds something.
    """
    folder, out = folder.resolve(), out.resolve()
    names = [path.relative_to(folder).as_posix() for path in find_assemblies(folder)]
    if not names:
        raise ValueError(f"{folder} holds no cdk.out")
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out} is not empty: its tables would be mixed with others")
    parts = [
        Part(f"part-{number:05}", folder, tuple(names[start : start + assemblies_a_part]), out, today)
        for number, start in enumerate(range(0, len(names), assemblies_a_part))
    ]
    for part in _lost(client, parts):
        for single in part.one_by_one():  # nothing else runs meanwhile: who dies now, dies of this assembly
            if _lost(client, [single]):
                _give_up(single)
    tables.tidy(out)
    return len(names)


def _lost(client: Client, parts: list[Part]) -> list[Part]:
    """Have ``parts`` done; those whose workers died again and again are left over, in order."""
    by_key = {f"{part.name}-{part.today}": part for part in parts}
    futures = [client.submit(work, part, key=key, pure=False) for key, part in by_key.items()]
    lost = []
    for future in as_completed(futures):
        error = future.exception()
        if isinstance(error, KilledWorker):
            lost.append(by_key[future.key])
        elif error is not None:
            raise error
    return sorted(lost, key=lambda part: part.name)


def _give_up(part: Part) -> None:
    rows = Rows()
    for assembly in part.assemblies:
        add_failure(assembly, "every worker that judged it died; it may need more memory than one has", rows)
    tables.write_part(rows, part.out, part.name)
