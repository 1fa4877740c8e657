"""Where words go: data to stdout, all else to stderr; tables for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDTH_WITHOUT_TERMINAL = 200


class Output:
    """`data` and `tables` write to stdout, `note` and `progress_console` to stderr."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._data = _console(sys.stdout)
        self.progress_console = _console(sys.stderr)

    def note(self, sentence: str) -> None:
        """Something a person may want to know; never data."""
        self.progress_console.print(Text(sentence))

    def data(self, value: Any) -> None:
        """JSON on stdout."""
        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def line(self, text: str = "", style: str = "") -> None:
        self._data.print(Text(text, style=style), soft_wrap=True)

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, numeric: Iterable[str] = ()
    ) -> None:
        """A table; columns named in `numeric` are set to the right."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        right = set(numeric)
        for column in columns:
            table.add_column(
                column,
                justify="right" if column in right else "left",
                no_wrap=column in right or column in ("id", "row", "code"),
                overflow="fold",
            )
        for row in rows:
            table.add_row(*("" if cell is None else Text(str(cell)) for cell in row))
        self._data.print(table)

    def facts(self, pairs: Iterable[tuple[str, Any]]) -> None:
        """Names and values, one a line; empty values are left out."""
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in pairs:
            if value not in (None, ""):
                table.add_row(name, Text(str(value)))
        self._data.print(table)


def _console(stream: Any) -> Console:
    """Rich honours NO_COLOR by itself; without a terminal nothing is cut to 80 columns."""
    width = None if stream.isatty() else _WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, highlight=False)
