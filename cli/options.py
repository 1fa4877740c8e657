"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ImportId = Annotated[str, typer.Argument(metavar="IMPORT", help="The import's id.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]
Watch = Annotated[bool, typer.Option("--watch", help="Wait, with progress.")]
Target = Annotated[
    Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")
]
