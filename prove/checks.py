"""The checks of a proof, put into a report: what was added up against what is shown and told."""

from collections import Counter
from collections.abc import Iterable
from typing import cast

from contracts.topics import LEDGER_CHANGED, RECORDS_SETTLED
from prove.access import Json
from prove.amounts import in_major_units
from prove.books import Balances
from prove.buckets import BUCKETS
from prove.changes import Changes
from prove.report import Report
from prove.row_sums import RowSums
from prove.settlements import Settlements

NO_BROKER = "The events were not looked at: the connection does not say where the broker is."


def report_rows(report: Report, view: Json, sums: RowSums) -> None:
    """`view` is the import or the feed as the API shows it."""
    counted = sum(sums.counts[bucket] for bucket in BUCKETS)
    source = "file" if report.kind == "import" else "feed"
    report.rows = sums.file_rows
    report.compare(
        f"rows of the {source} = rows in the seven buckets",
        f"{sums.file_rows:,}",
        f"{counted:,}",
        sums.breaks.where("rows"),
    )
    shown = cast(dict[str, int], view["counts"])
    report.compare(
        "counts as shown",
        _words({name: sums.counts[name] for name in BUCKETS}),
        _words({name: shown.get(name, 0) for name in BUCKETS}),
    )


def report_amounts(report: Report, view: Json, sums: RowSums) -> None:
    shown = cast(dict[str, dict[str, int]], view["amounts"])
    source = "file" if report.kind == "import" else "feed"
    for currency in sorted(sums.amounts.keys() | shown.keys()):
        of_currency = sums.amounts.get(currency, Counter[str]())
        report.compare(
            f"{currency} of the {source} = {currency} in the seven buckets",
            in_major_units(sums.file_amounts[currency], currency),
            in_major_units(sum(of_currency.values()), currency),
            sums.breaks.where("amounts"),
        )
        report.compare(
            f"{currency} as shown",
            _words({name: of_currency.get(name, 0) for name in BUCKETS}),
            _words({name: shown.get(currency, {}).get(name, 0) for name in BUCKETS}),
        )
    if sums.unknown_rows:
        report.remarks.append(
            f"{sums.unknown_rows:,} corrected rows were taken as the ledger has them: "
            "the API does not show their corrected cells."
        )


def report_postings(report: Report, view: Json, sums: RowSums, *, completed: bool) -> None:
    where = sums.breaks.where("postings")
    shown = cast(dict[str, dict[str, int]], view["amounts"])
    for currency in sorted(sums.planned.keys() | sums.posted.keys() | sums.reversed.keys()):
        left = sums.posted[currency] + sums.reversed[currency]
        report.posted[currency] = left
        report.compare(
            f"{currency} planned of applied rows = {currency} posted",
            in_major_units(sums.planned[currency], currency),
            in_major_units(sums.posted[currency], currency),
            where,
        )
        if completed:
            report.compare(
                f"{currency} left of its postings, as shown",
                in_major_units(left, currency),
                in_major_units(shown.get(currency, {}).get("posted", 0), currency),
            )
    if not (sums.planned or sums.posted or sums.reversed):
        report.compare("nothing applied = nothing posted", 0, 0, where)


def report_reverts(
    report: Report, sums: RowSums, not_withdrawn: tuple[int, int | None] | None
) -> None:
    """Also of what was not reverted, if it has counter-postings; else only of what was."""
    where = sums.breaks.where("reverts")
    if not_withdrawn is None and not where:
        return
    for currency in sorted(sums.to_reverse.keys() | sums.reversed.keys()):
        report.compare(
            f"{currency} to reverse = {currency} counter-posted",
            in_major_units(sums.to_reverse[currency], currency),
            in_major_units(sums.reversed[currency], currency),
            where,
        )
    if not (sums.to_reverse or sums.reversed):
        report.compare("nothing reversed = nothing counter-posted", 0, 0, where)
    if not_withdrawn is not None:
        wrong, first = not_withdrawn
        report.compare(
            "each reversed record is back where it was",
            f"{len(sums.undone):,}",
            f"{len(sums.undone) - wrong:,}",
            f"row {first}: its record is not withdrawn or restored" if wrong else "",
        )


def report_balances(report: Report, found: Iterable[Balances]) -> None:
    """Over all touched accounts, in total and one by one."""
    for item in found:
        where = f"account {item.first_account} (row {item.first_row})"
        more = f", and {item.broken - 1:,} more" if item.broken > 1 else ""
        report.compare(
            f"{item.currency} balances of {item.accounts:,} touched accounts"
            " = sums of their postings",
            in_major_units(item.posted, item.currency),
            in_major_units(item.balance, item.currency),
            f"{where}{more}" if item.broken else "",
        )


def report_changes(report: Report, changes: Changes | None, sums: RowSums) -> None:
    """None: the topic no longer holds them."""
    if changes is None:
        _remark_expired(report, LEDGER_CHANGED.name)
        return
    odd = [f"row {row}: {sentence}" for row, sentence in sorted(changes.odd.items())]
    kinds = [("applied", changes.applied, sums.applied)]
    if sums.undone or changes.undone:
        kinds.append(("reversed", changes.undone, sums.undone))
    for name, told, done in kinds:
        row = done.find_difference(told)
        where = next(iter(odd), "")
        if row is not None:
            found, wanted = told[row] or "no event", done[row] or "an event without a change"
            where = f"row {row}: {wanted}, {found}" if done[row] else f"row {row}: {wanted}"
        report.compare(
            f"one ledger-changed event per {name} row", f"{len(done):,}", f"{len(told):,}", where
        )


def report_settlements(report: Report, settlements: Settlements | None, rows: int) -> None:
    if settlements is None:
        _remark_expired(report, RECORDS_SETTLED.name)
        return
    report.compare(
        "each submission was answered with its outcome",
        f"{rows:,}",
        f"{rows - len(settlements.open):,}",
        settlements.where(),
    )


def _remark_expired(report: Report, topic: str) -> None:
    report.remarks.append(
        f"The events of {topic} were not compared: it no longer holds all of that time."
    )


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items() if count) or "none"
