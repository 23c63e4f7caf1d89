"""Judging alone against decoding the same JSON, in this process; prints seconds of processor time as JSON.

Neither waits for anything, so processor time is what they take, and what else runs on the machine counts less.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from pathlib import Path
from typing import Any

import msgspec

from readiness_pack import Assembly, evaluate

_TIMES = 10


def decoded(data: bytes) -> float:
    """Seconds that msgspec takes for ``data``: several times, since once is near to what the clock can tell."""
    gc.collect()
    started = time.process_time()
    for _ in range(_TIMES):
        msgspec.json.decode(data)
    return (time.process_time() - started) / _TIMES


def judged(path: Path) -> tuple[float, float, int]:
    """Seconds of reading the template and of judging it by all rules, and its resources."""
    gc.collect()
    started = time.process_time()
    assembly = Assembly.load(path)
    read = time.process_time()
    report = evaluate(assembly)
    return read - started, time.process_time() - read, report.resources


def measured(path: Path, runs: int) -> dict[str, Any]:
    """``runs`` repetitions in turns, after one that is not counted: it loads modules and compiles the rules."""
    data = path.read_bytes()
    judged(path)
    decoding, reading, judging, resources = [], [], [], 0
    for _ in range(runs):
        decoding.append(decoded(data))
        read, took, resources = judged(path)
        reading.append(read)
        judging.append(took)
    return {"decode": decoding, "read": reading, "judge": judging, "resources": resources}


def main() -> None:
    """Measure a template."""
    parser = argparse.ArgumentParser()
    parser.add_argument("template", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print(json.dumps(measured(options.template, options.runs)))


if __name__ == "__main__":
    main()
