"""Parquet files: a folder a table, a file a part of the work, each there as a whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fleet.rows import Rows

_NAME = pa.dictionary(pa.int32(), pa.string())  # the same few texts again and again

SCHEMAS = {
    "assemblies": pa.schema(
        [("assembly", pa.string()), ("exit_code", pa.int8()), ("stacks", pa.int32()), ("resources", pa.int32())]
    ),
    "findings": pa.schema(
        [
            ("assembly", _NAME),
            ("rule", _NAME),
            ("item", _NAME),
            ("severity", _NAME),
            ("verdict", _NAME),
            ("counts", pa.bool_()),
            ("environment", _NAME),
            ("stack", _NAME),
            ("logical_id", pa.string()),
            ("construct_path", pa.string()),
            ("message", pa.string()),
            ("fingerprint", pa.string()),
            ("decision", _NAME),
            ("owner", _NAME),
            ("expires", pa.string()),
        ]
    ),
    "items": pa.schema(
        [
            ("assembly", _NAME),
            ("item", _NAME),
            ("section", _NAME),
            ("status", _NAME),
            ("why", pa.string()),
            ("fail", pa.int32()),
            ("unknown", pa.int32()),
            ("passed", pa.int32()),
            ("waived", pa.int32()),
        ]
    ),
    "errors": pa.schema(
        [("assembly", pa.string()), ("problem", pa.string()), ("rule", pa.string()), ("logical_id", pa.string())]
    ),
}
"""The columns of each table; what an assembly lacks is null."""


def write_part(rows: Rows, out: Path, part: str) -> None:
    """Write the rows of a part of the work; whoever does that part again writes the same files again.

    Args:
        rows: what was found.
        out: the folder of the tables.
        part: names the files, ``part-00007``.
    """
    for table, schema in SCHEMAS.items():
        folder = out / table
        folder.mkdir(parents=True, exist_ok=True)
        # Readers of Parquet folders pass over names with a dot; a worker that is killed here leaves nothing else.
        unfinished = folder / f".{part}-{os.getpid()}"
        pq.write_table(pa.Table.from_pylist(getattr(rows, table), schema), unfinished, compression="zstd")
        unfinished.replace(folder / f"{part}.parquet")


def read(out: Path, table: str) -> pa.Table:
    """All parts of a table, in the order of the work."""
    parts = sorted((out / table).glob("part-*.parquet"))
    return pa.concat_tables([pq.read_table(part, schema=SCHEMAS[table]) for part in parts])


def tidy(out: Path) -> None:
    """Remove what killed workers left."""
    for table in SCHEMAS:
        for unfinished in (out / table).glob(".part-*"):
            unfinished.unlink(missing_ok=True)
