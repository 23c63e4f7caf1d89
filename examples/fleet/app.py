"""``python app.py FOLDER OUT``: judges every ``cdk.out`` below a folder with Dask on this machine, writes Parquet."""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path

import pyarrow.compute as pc
from distributed import Client, LocalCluster

from fleet import tables
from fleet.spreading import ASSEMBLIES_A_PART, spread


def main() -> int:
    """Run; returns 1 where an assembly is not ready or could not be judged."""
    parser = argparse.ArgumentParser(description="Judges every cdk.out below a folder and writes Parquet tables.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path, help="a new folder")
    parser.add_argument("--workers", type=int, default=2, help="processes, one for each core")
    parser.add_argument("--memory", default="1GiB", help="most memory of a worker")
    parser.add_argument("--date", type=datetime.date.fromisoformat, default=datetime.date.today())
    parser.add_argument("--part", type=int, default=ASSEMBLIES_A_PART, help="assemblies a task")
    given = parser.parse_args()
    with (
        LocalCluster(
            n_workers=given.workers, threads_per_worker=1, memory_limit=given.memory, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        try:
            number = spread(client, given.folder, given.out, given.date, given.part)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 2
    failing = tables.read(given.out, "assemblies").filter(pc.field("exit_code") != 0).num_rows
    print(f"{number:,} assemblies, {failing:,} of them not ready or not judged")
    print_worst(given.out)
    return 1 if failing else 0


def print_worst(out: Path, most: int = 10) -> None:
    """Print the rules with the most violations that count."""
    findings = tables.read(out, "findings").filter(pc.field("counts"))
    by_rule = pc.value_counts(findings["rule"].combine_chunks().dictionary_decode()).to_pylist()
    for entry in sorted(by_rule, key=lambda entry: (-entry["counts"], entry["values"]))[:most]:
        print(f"{entry['counts']:>8,}  {entry['values']}")


if __name__ == "__main__":
    sys.exit(main())
