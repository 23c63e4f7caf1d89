"""Fuzzes one target under atheris: ``python -m tools.fuzz.one TARGET FOLDER SECONDS``; started by ``tools.fuzz``.

A finding does not end the run: it is written down, one for each place that raised, and the fuzzer goes on. Only an
input that hangs or fills the memory ends the process; libFuzzer then leaves that input in the folder of findings.
"""

from __future__ import annotations

import hashlib
import json
import pkgutil
import sys
import traceback
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tools.fuzz.mutate import mutated, mutated_bytes

LONGEST = 8_000
"""Inputs in bytes: bugs in how parts combine need no long input, and short ones run faster."""


class Findings:
    """The folder that findings are kept in, one for each place in the code that raised.

    Args:
        folder: where they are written: the input, and beside it the trace as ``.txt``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, data: bytes, error: BaseException) -> None:
        """Write ``data`` down if nothing raised at this place before."""
        frames = traceback.extract_tb(error.__traceback__)
        ours = [f"{Path(frame.filename).name}:{frame.name}" for frame in frames if "readiness_pack" in frame.filename]
        key = hashlib.sha256(" ".join([type(error).__name__, *ours[-2:]]).encode()).hexdigest()[:12]
        file = self.folder / key
        if not file.exists():
            file.write_bytes(data)
            file.with_suffix(".txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")
            print(f"FINDING {file}: {type(error).__name__}: {str(error)[:300]}", flush=True)


def main() -> None:
    """Run until the time is over."""
    target, folder, seconds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    atheris = import_module("atheris")  # not among the packages of a checkout: `make fuzz` installs it
    with atheris.instrument_imports(include=["readiness_pack"], enable_loader_override=False):
        targets = import_module("tools.fuzz.targets")
        _import_checks()
    findings = Findings(folder / "findings" / target)

    def one_input(data: bytes) -> None:
        try:
            targets.run(target, data)
        except Exception as error:
            findings.keep(data, error)

    corpus = folder / "corpus" / target
    _plant(target, corpus)
    mutator = _Mutator(target)
    options = [
        f"-max_total_time={seconds}",
        "-timeout=20",
        "-rss_limit_mb=2048",
        f"-max_len={LONGEST}",
        "-print_final_stats=1",
    ]
    artifacts = f"-artifact_prefix={findings.folder}/"
    atheris.Setup([sys.argv[0], *options, artifacts, str(corpus)], one_input, custom_mutator=mutator.mutate)
    atheris.Fuzz()


def _import_checks() -> None:
    """Checks are otherwise imported when a rule is first asked, which is too late to be instrumented."""
    package = import_module("readiness_pack.rules.checks")
    for module in pkgutil.iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")


def _plant(target: str, corpus: Path) -> None:
    seeds = import_module("tools.fuzz.seeds").seeds
    corpus.mkdir(parents=True, exist_ok=True)
    for data in seeds(target):
        if len(data) <= LONGEST:
            (corpus / hashlib.sha256(data).hexdigest()).write_bytes(data)


class _Mutator:
    """Mutates the tree in an input where there is one, and now and then its bytes.

    Args:
        target: decides how an input holds a tree.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.others: list[Any] = []
        """Trees that were met: parts of them are put into others."""

    def mutate(self, data: bytes, max_size: int, seed: int) -> bytes:
        """A mutation of ``data``; the signature is atheris's."""
        random = Random(seed)  # noqa: S311  no secret
        prefix = data[:1] if self.target == "template" else b""
        tree = self._tree(data[len(prefix) :])
        if tree is None or random.random() < (0.5 if self.target == "template" else 0.15):
            return mutated_bytes(data, random)[:max_size]
        self._remember(tree, random)
        try:
            made = self._written(mutated(tree, random, self.others), prefix, random)
        except (RecursionError, yaml.YAMLError, TypeError, ValueError, ArithmeticError):
            return data
        return made if len(made) <= max_size else data

    def _remember(self, tree: Any, random: Random) -> None:
        if len(self.others) < 500:
            self.others.append(tree)
        elif random.random() < 0.02:
            self.others[random.randrange(500)] = tree

    def _tree(self, data: bytes) -> Any:
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            pass
        try:
            return yaml.load(data, Loader=yaml.CSafeLoader) if self.target in _YAML else None
        except Exception:  # PyYAML itself stumbles over more than it says
            return None

    def _written(self, tree: Any, prefix: bytes, random: Random) -> bytes:
        if self.target in _YAML and random.random() < 0.5:
            return prefix + yaml.dump(tree, Dumper=yaml.CSafeDumper, allow_unicode=True).encode("utf-8", "replace")
        return prefix + json.dumps(tree, default=str).encode()


_YAML = frozenset({"template", "configuration", "rule_files"})

if __name__ == "__main__":
    main()
