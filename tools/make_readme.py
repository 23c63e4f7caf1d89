"""Puts the output of a real ``make demo`` into README.md: ``python -m tools.make_readme``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
START, END = "<!-- demo -->", "<!-- /demo -->"

SHOWN = 3
"""How many findings the README shows; the demo prints them all."""


def shortened(output: str) -> str:
    """The demo's output with all findings but the first few left out."""
    blocks = output.strip().split("\n\n")
    errors = [number for number, block in enumerate(blocks) if block.startswith("ERROR ") or "\nERROR " in block]
    if len(errors) > SHOWN:
        left_out = len(errors) - SHOWN
        blocks[errors[SHOWN] : errors[-1] + 1] = [f"... {left_out} more findings, each with its place and fix ..."]
    text = "\n\n".join(blocks).replace(f"{ROOT}/", "")
    return "\n".join(line.rstrip() for line in text.splitlines())


def main() -> int:
    """Run the demo and write the README."""
    command = [sys.executable, "-m", "tools.demo"]
    # CDK reports on stderr; a reader of the terminal sees both.
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        print(done.stdout)
        return 1
    head, _, rest = README.read_text("utf-8").partition(START)
    _, _, tail = rest.partition(END)
    block = f"{START}\n```text\n{shortened(done.stdout)}\n```\n{END}"
    README.write_text(head + block + tail, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
