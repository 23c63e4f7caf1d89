"""Virtual environments that releases and versions are tried in, apart from the one of this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# What an environment of this machine may add to where Python looks for packages; an empty one must not see it.
_HIDDEN = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV"}


class CommandError(Exception):
    """A command ended with another exit code than it should have; the text holds what it printed."""


def run(
    command: Sequence[str | Path], *, cwd: Path, extra: Mapping[str, str] | None = None, codes: Sequence[int] = (0,)
) -> str:
    """Run ``command`` in ``cwd``; what it printed, standard error included.

    Args:
        command: program and arguments.
        cwd: the folder to run it in.
        extra: variables to add to the environment.
        codes: the exit codes that are all right.

    Raises:
        CommandError: it ended with another exit code.
    """
    variables = {name: value for name, value in os.environ.items() if name not in _HIDDEN}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**variables, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", **(extra or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode not in codes:
        said = done.stdout.strip().splitlines()[-40:]
        raise CommandError("\n".join([f"{' '.join(map(str, command))}\nended with {done.returncode}:", *said]))
    return done.stdout


class Environment:
    """A virtual environment without pip: it holds what is installed into it, and nothing else.

    Args:
        folder: where it is; what is there is replaced.
        python: the interpreter that it is made of.
        keep: whether what is there is taken as it is instead.
    """

    def __init__(self, folder: Path, python: str | Path = sys.executable, *, keep: bool = False) -> None:
        self.folder = folder.resolve()
        if keep:
            return
        folder.parent.mkdir(parents=True, exist_ok=True)
        run([python, "-m", "venv", "--clear", "--without-pip", self.folder], cwd=self.folder.parent)

    @property
    def scripts(self) -> Path:
        """The folder of its programs."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.scripts / "python"

    @property
    def packages(self) -> Path:
        """The folder of what is installed."""
        code = "import sysconfig; print(sysconfig.get_path('purelib'))"
        return Path(run([self.python, "-c", code], cwd=self.folder).strip())

    def install(self, *arguments: str | Path, cwd: Path | None = None) -> None:
        """``pip install`` with ``arguments``, by the pip of the environment that runs this."""
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", self.python, "--quiet", "install"]
        run([*pip, *arguments], cwd=cwd or self.folder)

    def check(self) -> None:
        """Have pip say whether what is installed fits together.

        Raises:
            CommandError: a package misses another, or has it in a version that it does not want.
        """
        run([sys.executable, "-m", "pip", "--python", self.python, "check"], cwd=self.folder)

    def run(
        self,
        *command: str | Path,
        cwd: Path,
        extra: Mapping[str, str] | None = None,
        codes: Sequence[int] = (0,),
    ) -> str:
        """Run ``command``, its programs found in this environment first; see :func:`run`."""
        path = os.pathsep.join([str(self.scripts), os.environ.get("PATH", os.defpath)])
        found = self.scripts / str(command[0])
        program: str | Path = found if found.exists() else command[0]
        return run([program, *command[1:]], cwd=cwd, extra={"PATH": path, **(extra or {})}, codes=codes)
