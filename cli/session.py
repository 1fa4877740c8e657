"""What every command gets: the connection, the API, the output; and the options that all share."""

import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, cast, get_type_hints

import typer

from cli.api import Api
from cli.connection import Connection, find_connection
from cli.failures import CommandFailure
from cli.output import Output

P = ParamSpec("P")
Command = Callable[Concatenate["Session", P], int | None]

_PANEL = "Shared options"


def _shared_option(name: str, *, default: Any, kind: Any, words: str) -> inspect.Parameter:
    declared = name if name.startswith("--") else f"--{name}"
    option = typer.Option(*declared.split("/"), help=words, rich_help_panel=_PANEL)
    return inspect.Parameter(
        declared.split("/")[0].strip("-").replace("-", "_"),
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, option],
    )


_SHARED = (
    _shared_option(
        "--connection",
        default=None,
        kind=Path | None,
        words="Connection file; else LEDGERPORT_URL and LEDGERPORT_API_KEY, else "
        ".local/connection.json.",
    ),
    _shared_option("--json", default=False, kind=bool, words="Print JSON."),
    _shared_option("--no-input", default=False, kind=bool, words="Never ask anything."),
    _shared_option("--yes/-y", default=False, kind=bool, words="Answer questions with yes."),
)


class Session:
    """One command's run. Connection and API are opened when they are first needed."""

    def __init__(
        self,
        *,
        connection: Path | None = None,
        json: bool = False,
        no_input: bool = False,
        yes: bool = False,
    ) -> None:
        self._chosen = connection
        self._asks = not (no_input or yes) and sys.stdin.isatty() and sys.stderr.isatty()
        self.output = Output(as_json=json)

    @cached_property
    def connection(self) -> Connection:
        return find_connection(self._chosen)

    @cached_property
    def api(self) -> Api:
        return Api(self.connection)

    def confirm(self, question: str) -> None:
        """Ask a person at a terminal; elsewhere, and with --yes, the command is answer enough."""
        if self._asks and not typer.confirm(question, err=True):
            raise CommandFailure("Nothing was done.")

    def close(self) -> None:
        if "api" in self.__dict__:
            self.api.close()


def add_command(
    group: typer.Typer, name: str, **settings: Any
) -> Callable[[Command[P]], Command[P]]:
    """Register `function(session, …)` as a command that has the shared options as well.

    A parameter whose type is a dataclass becomes one option per field of it.
    """

    def register(function: Command[P]) -> Command[P]:
        own = _own_parameters(function)
        expanded = [option for item in own for option in _expand(item)]

        def run(**given: Any) -> None:
            session = Session(**{item.name: given.pop(item.name) for item in _SHARED})
            arguments = {item.name: _collect(item, given) for item in own}
            try:
                exit_code = function(session, **arguments)  # pyright: ignore[reportCallIssue]
            finally:
                session.close()
            raise typer.Exit(exit_code or 0)

        parameters = [*expanded, *_SHARED]
        run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess]
        run.__annotations__ = {item.name: item.annotation for item in parameters}
        run.__doc__ = function.__doc__
        group.command(name, **settings)(run)
        return function

    return register


def _own_parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return [
        item.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[item.name])
        for item in parameters
    ]


def _expand(parameter: inspect.Parameter) -> Iterator[inspect.Parameter]:
    if not is_dataclass(parameter.annotation):
        yield parameter
        return
    hints = get_type_hints(parameter.annotation, include_extras=True)
    for item in fields(parameter.annotation):
        yield inspect.Parameter(
            item.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if item.default is MISSING else item.default,
            annotation=hints[item.name],
        )


def _collect(parameter: inspect.Parameter, given: dict[str, Any]) -> Any:
    if not is_dataclass(parameter.annotation):
        return given[parameter.name]
    values = {item.name: given[item.name] for item in fields(parameter.annotation)}
    build = cast(Callable[..., Any], parameter.annotation)
    return build(**values)
