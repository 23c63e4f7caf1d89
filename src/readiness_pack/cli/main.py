"""Entry point: finds the sub-command, and turns errors of ours into one line and exit code 2."""

from __future__ import annotations

import sys
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from readiness_pack import __version__
from readiness_pack.cli import ending
from readiness_pack.errors import ReadinessError

_COMMANDS = {
    "verify": "Say whether a certificate still holds.",
    "sign": "Sign for a team what is judged.",
    "certify": "Write the certificate, or list what is missing for it.",
    "baseline": "Record today's findings, so that only new ones fail.",
    "check": "Judge a cdk.out folder, a folder of templates or a template.",
    "decisions": "List who accepted what, why and until when.",
    "diff": "Compare the findings of two assemblies.",
    "evidence": "Start and check the records of what no template shows.",
    "fixes": "List which rules ReadinessFixes makes pass, and why not the others.",
    "init": "Write a commented readiness.yaml with its JSON Schema.",
    "new-rule": "Write a rule to start from, with examples.",
    "test-rules": "Run the examples of rules.",
    "matrix": "Say for each control of a framework what supports it and what is lacking.",
    "migrate": "Write suppressions of another tool as waivers.",
    "explain": "Explain a rule or a checklist item.",
    "import": "Turn a checklist in Markdown into items, and find the rules that fit.",
    "report": "Say whether the system is ready: items, records, sign-offs, levels.",
    "rules": "List the rules.",
}


class _Commands(click.Group):
    """Sub-commands are imported when they are called: ``readiness --version`` loads none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = cmd_name.replace("-", "_") + "_" * iskeyword(cmd_name)
        command: click.Command = import_module(f".{module}", __package__).command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in _COMMANDS:
            from readiness_pack.typed_yaml import nearest

            raise click.UsageError(f"no such command '{args[0]}'.{nearest(args[0], list(_COMMANDS))}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


_EPILOG = """\b
Examples:
  readiness check cdk.out
  readiness explain KmsKeyRotationEnabled
  readiness COMMAND --help

\b
Completion of commands, options and names in your shell:
  bash   eval "$(_READINESS_COMPLETE=bash_source readiness)"    in ~/.bashrc
  zsh    eval "$(_READINESS_COMPLETE=zsh_source readiness)"     in ~/.zshrc
  fish   _READINESS_COMPLETE=fish_source readiness | source     in ~/.config/fish/completions/readiness.fish
"""


@click.command(cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="readiness-pack")
def cli() -> None:
    """Is this AWS CDK system ready for production?"""


def main() -> None:
    """Run the command line and exit: 0 nothing found, 1 findings, 2 bad usage or input, 3 the tool failed."""
    ending.prepare_streams()
    sys.exit(_run())


def _run() -> int:
    stdout = sys.stdout
    try:
        code = cli(standalone_mode=False)
        sys.stdout.flush()  # what cannot be written is told now, not by the interpreter when it ends
    except SystemExit as ended:
        if sys.stdout is not stdout or isinstance(ended.__context__, BrokenPipeError):
            # click has seen a broken pipe first: it replaces the stream, and may well end with 0.
            return _closed()
        raise
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        return _complain(error.format_message(), 2)
    except ReadinessError as error:
        return _complain(str(error), 2)
    except BrokenPipeError:
        return _closed()
    except Exception as error:
        if isinstance(error, FileNotFoundError) and ending.without_folder():
            return _complain("the working directory does not exist any more", 2)
        ending.silence(sys.stdout)
        return _complain(ending.unforeseen(error), 3)
    return code if isinstance(code, int) else 0


def _closed() -> int:
    """The reader went away (readiness rules | head); nothing of ours failed, yet nobody has the whole answer."""
    ending.silence(sys.stdout)
    return ending.CLOSED


def _complain(text: str, code: int) -> int:
    """Say in one line what is wrong; what it quotes of a file cannot move the terminal's cursor."""
    from readiness_pack.report.text import clean

    try:
        click.echo(f"readiness: {clean(text)}", err=True)
    except OSError:  # the exit code says it all the same
        ending.silence(sys.stderr)
    return code
