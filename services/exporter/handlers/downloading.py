"""A finished file as it is downloaded."""

from collections.abc import AsyncIterator

from services.chassis.clock import utc_now
from services.chassis.object_store import ObjectMissingError, ObjectStore, StoreUnavailableError
from services.chassis.problems import Problem
from services.exporter.domain.exports import ExportRecord
from services.exporter.domain.files import name_object


def check_ready(export: ExportRecord) -> None:
    """Raises Problem 410 when the file is over, 409 when it is not there yet or never will be."""
    if export.is_over(utc_now()):
        raise Problem(410, "expired", "The file has expired.", way_on="Ask for the export again.")
    if export.state != "ready":
        raise Problem(
            409,
            "not_ready",
            f"There is no file: the export is {export.state}.",
            way_on="Wait until it is ready, or ask again.",
            state=export.state,
        )


async def open_file(store: ObjectStore, export: ExportRecord) -> AsyncIterator[bytes]:
    """The bytes of the file; that they can be read at all is known before the first is given.

    Raises Problem 503 when the store does not answer, 410 when it has lost the file.
    """
    pieces = store.open(name_object(export.id, export.attempts))
    try:
        first = await anext(pieces, b"")
    except ObjectMissingError:
        raise Problem(410, "file_missing", "The file is not kept any more.") from None
    except StoreUnavailableError:
        raise Problem(
            503,
            "store_unavailable",
            "The file cannot be read just now.",
            way_on="Try again in a moment.",
            headers={"Retry-After": "5"},
        ) from None
    return _chain(first, pieces)


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
