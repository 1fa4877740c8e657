"""The command `ledgerport`: who is plugged into whom, and how a failure ends."""

import sys

import typer
from rich.text import Text

from cli import (
    doctor,
    exports,
    feeds,
    import_commands,
    keys,
    load,
    proving,
    record_commands,
    reviews,
    templates,
)
from cli.failures import CommandFailure
from cli.output import Output

_HELP = """Import and export of debt-collection records: checked, provable ledger entries.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 not allowed, 5 conflict,
6 completed with rejected rows.
"""


def build_app() -> typer.Typer:
    """The whole command tree."""
    app = typer.Typer(
        name="ledgerport",
        help=_HELP,
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
    )
    for module in (
        import_commands,
        record_commands,
        exports,
        feeds,
        reviews,
        templates,
        keys,
        load,
    ):
        app.add_typer(module.build_group())
    proving.add_to(app)
    doctor.add_to(app)
    return app


def main() -> None:
    try:
        build_app()(prog_name="ledgerport")
    except CommandFailure as failure:
        report_failure(failure)
        sys.exit(failure.exit_code)


def report_failure(failure: CommandFailure) -> None:
    """The sentence and the way on, on stderr."""
    console = Output().progress_console
    console.print(Text.assemble(("error: ", "bold red"), failure.sentence))
    if failure.way_on:
        console.print(Text(f"  {failure.way_on}"))
