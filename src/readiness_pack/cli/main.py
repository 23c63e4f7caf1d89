"""Entry point: finds the sub-command, and turns errors of ours into one line and exit code 2."""

from __future__ import annotations

import io
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from readiness_pack import __version__
from readiness_pack.errors import ReadinessError

_COMMANDS = {
    "baseline": "Record today's findings, so that only new ones fail.",
    "check": "Judge a cdk.out folder, a folder of templates or a template.",
    "decisions": "List who accepted what, why and until when.",
    "diff": "Compare the findings of two assemblies.",
    "init": "Write a commented readiness.yaml with its JSON Schema.",
    "migrate": "Write suppressions of another tool as waivers.",
    "explain": "Explain a rule or a checklist item.",
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
        command: click.Command = import_module(f".{cmd_name}", __package__).command
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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a character shows its escape
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        _complain(error.format_message())
    except ReadinessError as error:
        _complain(str(error))
    except BrokenPipeError:
        # The reader went away (readiness rules | head); nothing of ours failed.
        sys.stderr.close()
        sys.exit(0)


def _complain(text: str) -> NoReturn:
    """Say in one line what is wrong; what it quotes of a file cannot move the terminal's cursor."""
    from readiness_pack.report.text import clean

    click.echo(f"readiness: {clean(text)}", err=True)
    sys.exit(2)
