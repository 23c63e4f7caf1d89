"""``python -m tools.load``: what judging hundreds of templates takes, for docs/scale.md.

Makes templates of 450 resources as tools.bench synthesizes them, one app that is nearly ready and one where almost
everything is wrong, and judges: one; 500 of them as so many apps, by one process and by two; 500 stacks as one app; and
one by 100 processes at the same time, which start without a cache of compiled rules. The example in examples/fleet
judges the same apps with Dask. The exit code is 1 where outputs differ that must be the same, byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
READINESS = (sys.executable, "-c", "from readiness_pack.cli import main; main()")
KINDS = {"clean": "nearly ready", "dirty": "almost everything wrong"}
_NAME = "Bench0"  # how tools.bench.app calls its one stack


@dataclass(frozen=True)
class Taken:
    """What a command took.

    Args:
        code: its exit code.
        seconds: by the clock on the wall.
        processor: seconds of processor time, that of its children included.
        megabytes: peak resident memory of the largest of its processes.
        size: bytes that it wrote to stdout.
        digest: SHA-256 of these.
    """

    code: int
    seconds: float
    processor: float
    megabytes: float
    size: int
    digest: str

    def row(self, what: str, kind: str, apps: int) -> str:
        """A row of the table; ``apps`` is how many assemblies were judged."""
        each = f"{self.processor / apps * 1000:,.0f} ms"
        megabytes = f"{self.megabytes:,.0f} MB"
        return f"| {what} | {kind} | {self.seconds:,.1f} s | {each} | {megabytes} | {self.size / 1e6:,.1f} MB |"


HEADING = (
    "| what | app | time | processor time per assembly or stack | peak memory of the largest process | output |\n"
    "|---|---|---|---|---|---|"
)


def environment(**more: str) -> dict[str, str]:
    """The environment of measured processes: modules are compiled once, as in any installation."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "COLUMNS": "120", **more}


def take(command: tuple[str, ...], cwd: Path, output: Path) -> Taken:
    """Run a command, its stdout into ``output``."""
    begun = time.perf_counter()
    with output.open("wb") as file:
        process = subprocess.Popen(command, cwd=cwd, stdout=file, env=environment())
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    spent = time.perf_counter() - begun
    processor = used.ru_utime + used.ru_stime
    return Taken(process.returncode, spent, processor, used.ru_maxrss / 1024, output.stat().st_size, digest(output))


def digest(file: Path) -> str:
    """SHA-256 of a file of any size."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# Apps --------------------------------------------------------------------------------------------------------------


def synthesize(kind: str, resources: int, out: Path) -> None:
    """One stack of ``resources`` resources in ``out``, a ``cdk.out`` folder."""
    size = ("--resources", str(resources), "--stacks", "1", "--kind", kind)
    command = (sys.executable, "-m", "tools.bench.app", *size, "--door", "none", "--out", str(out))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"tools.bench.app: {done.stdout}{done.stderr}")


def multiply(source: Path, number: int, out: Path) -> None:
    """``number`` copies of the stack in ``source`` as one app in ``out``; each has names of its own."""
    out.mkdir()
    manifest = json.loads((source / "manifest.json").read_text(encoding="utf-8"))
    files = [(file.name, file.read_text(encoding="utf-8")) for file in source.glob(f"{_NAME}.*")]
    artifacts: dict[str, Any] = {}
    for copy in range(number):
        name = f"Bench{copy:03}x"
        for file, text in files:
            (out / file.replace(_NAME, name)).write_text(text.replace(_NAME, name), encoding="utf-8")
        for key, artifact in manifest["artifacts"].items():
            if key.startswith(_NAME):
                artifacts[key.replace(_NAME, name)] = json.loads(json.dumps(artifact).replace(_NAME, name))
    (out / "manifest.json").write_text(json.dumps({**manifest, "artifacts": artifacts}), encoding="utf-8")
    (out / "cdk.out").write_bytes((source / "cdk.out").read_bytes())


def fleet_of(source: Path, number: int, out: Path) -> None:
    """``number`` assemblies with one stack each, in folders of their own."""
    for copy in range(number):
        (out / f"team{copy:03}").mkdir(parents=True)
        multiply(source, 1, out / f"team{copy:03}" / "cdk.out")


# Measurements ------------------------------------------------------------------------------------------------------


class Load:
    """The measurements, in a folder for what they need."""

    def __init__(self, folder: Path, number: int, concurrent: int) -> None:
        self.folder = folder
        self.number = number
        self.concurrent = concurrent
        self.differences: list[str] = []

    def rows(self, kind: str, resources: int) -> Iterator[str]:
        """The rows of the table about apps of ``kind``."""
        about = KINDS[kind]
        one, many = self.folder / f"{kind}-one", self.folder / f"{kind}-many"
        synthesize(kind, resources, one)
        multiply(one, self.number, many)
        templates = tuple(sorted(file.name for file in many.glob("*.template.json")))
        yield self._check(one, f"{_NAME}.template.json").row("1 template", about, 1)
        alone = self._check(many, *templates)
        yield alone.row(f"{self.number} templates", about, self.number)
        both = self._check(many, *templates, "--jobs", "2")
        yield both.row(f"{self.number} templates, `--jobs 2`", about, self.number)
        self._same(f"--jobs 2, {kind}", {alone.digest, both.digest})
        for format_ in ("csv", "sarif", "console"):
            taken = self._check(many, *templates, format_=format_)
            yield taken.row(f"{self.number} templates, {format_}", about, self.number)
        whole = self._check(many, ".")
        yield whole.row(f"1 app of {self.number} stacks", about, self.number)
        yield self._fleet(one, about)

    def _check(self, cwd: Path, *arguments: str, format_: str = "json") -> Taken:
        command = (*READINESS, "check", *arguments, "--format", format_)
        taken = take(command, cwd, self.folder / "output")
        if taken.code not in (0, 1):
            self.differences.append(f"exit code {taken.code}: check {arguments[0]} ... --format {format_}")
        return taken

    def _fleet(self, one: Path, about: str) -> str:
        fleet, out = self.folder / f"{one.name}-fleet", self.folder / f"{one.name}-tables"
        fleet_of(one, self.number, fleet)
        command = (sys.executable, "app.py", str(fleet), str(out), "--workers", "2")
        taken = take(command, ROOT / "examples" / "fleet", self.folder / "output")
        size = sum(file.stat().st_size for file in out.rglob("*.parquet"))
        what = f"examples/fleet, {self.number} assemblies, 2 workers, Parquet"
        parquet = Taken(taken.code, taken.seconds, taken.processor, taken.megabytes, size, "")
        return parquet.row(what, about, self.number)

    def at_the_same_time(self, kind: str) -> str:
        """The same check by many processes at once; rules are compiled by all of them, for the cache is empty."""
        one, cache = self.folder / f"{kind}-one", self.folder / "cache"
        command = (*READINESS, "check", f"{_NAME}.template.json", "--format", "json")
        begun = time.perf_counter()
        running = []
        for number in range(self.concurrent):
            with (self.folder / f"concurrent-{number}").open("wb") as file:
                running.append(
                    subprocess.Popen(command, cwd=one, stdout=file, env=environment(XDG_CACHE_HOME=str(cache)))
                )
        codes = {process.wait() for process in running}
        spent = time.perf_counter() - begun
        found = {digest(self.folder / f"concurrent-{number}") for number in range(self.concurrent)}
        self._same(f"{self.concurrent} at the same time", found)
        self._same("their exit codes", set(map(str, codes)))
        return f"| {self.concurrent} processes at the same time, no cache | {KINDS[kind]} | {spent:,.1f} s | | | |"

    def _same(self, what: str, found: set[str]) -> None:
        if len(found) != 1:
            self.differences.append(f"{what}: {len(found)} different outputs")


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True)
        yield given.resolve()
        return
    with TemporaryDirectory(prefix="readiness-load-") as name:
        yield Path(name)


def main() -> int:
    """Measure and print the table; returns 1 where outputs differ that must be the same."""
    parser = argparse.ArgumentParser(prog="tools.load", description="Measures hundreds of templates.")
    parser.add_argument("--number", type=int, default=500, help="how many templates, stacks or assemblies")
    parser.add_argument("--resources", type=int, default=450, help="in each")
    parser.add_argument("--concurrent", type=int, default=100, help="processes at the same time")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--folder", type=Path, help="keep everything in this new folder")
    given = parser.parse_args()
    load = f"{os.getloadavg()[0]:.1f}"
    print(f"{date.today()}, Python {platform.python_version()}, {os.cpu_count()} cores, load before: {load}.\n")
    print(f"{given.resources} resources a template.\n\n{HEADING}", flush=True)
    with _folder(given.folder) as folder:
        measured = Load(folder, given.number, given.concurrent)
        for kind in given.kinds:
            for row in measured.rows(kind, given.resources):
                print(row, flush=True)
        print(measured.at_the_same_time(given.kinds[0]), flush=True)
    print(*measured.differences, sep="\n", file=sys.stderr, end="\n" if measured.differences else "")
    return 1 if measured.differences else 0


if __name__ == "__main__":
    sys.exit(main())
