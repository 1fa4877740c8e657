"""The proof of a whole UTC day: every import completed or reverted on it, and its feeds."""

from collections.abc import AsyncGenerator
from datetime import date

from prove.access import Access, ProofImpossible, UnknownImport
from prove.books import open_books
from prove.proof import prove_feed, prove_import
from prove.report import DayReport, Report


async def prove_day(access: Access, day: date) -> AsyncGenerator[tuple[DayReport, Report | None]]:
    """The day's report as it grows, with what was proven last; None where nothing could be.

    Raises ProofImpossible when the views cannot be read at all.
    """
    async with open_books(access.postgres_dsn) as books:
        found = await books.list_of_day(day)
    whole = DayReport(day.isoformat())
    for identifier, kind in found:
        try:
            report = await (prove_feed if kind == "feed" else prove_import)(access, identifier)
        except ProofImpossible as error:
            whole.impossible[identifier] = error.sentence
            yield whole, None
        except UnknownImport as error:
            whole.impossible[identifier] = str(error)
            yield whole, None
        else:
            whole.reports.append(report)
            yield whole, report
    if not found:
        yield whole, None
