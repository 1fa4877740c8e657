"""What one row's postings must be: its own, and after a revert the exact opposite of it."""

from collections.abc import AsyncIterator, Sequence

from prove.books import BookRow, Posting

_SUBTRACTS = ("payment", "fee_reversal", "adjustment_reversal")
_REVERT = "revert"


def find_wrong_posting(book: BookRow, own: Sequence[Posting]) -> str:
    """What is wrong with an applied row's own postings; empty if nothing is."""
    planned, found = book.delta or 0, sum(posting.minor for posting in own)
    wanted = 0 if book.delta is None else 1
    if found != planned or any(posting.currency != book.currency for posting in own):
        return f"planned {planned}, posted {found}"
    if len(own) != wanted:
        return f"{len(own)} postings instead of {wanted}"
    if not _follows_from_amount(book, own):
        return f"posted {found} does not follow from its amount"
    misplaced = next((item for item in own if item.account_id != _account_of(book, item)), None)
    if misplaced is not None:
        return f"posted to account id {misplaced.account_id}, which is not its own"
    return ""


def _account_of(book: BookRow, posting: Posting) -> int | None:
    """Where the posting belongs: to its transaction's account, or to the account of the row."""
    return book.record_id if posting.owner is None else posting.owner


def _follows_from_amount(book: BookRow, own: Sequence[Posting]) -> bool:
    """A new record posts its whole amount: an account as it is, a transaction by its type."""
    if book.bucket != "created" or book.amount is None:
        return True
    sign = -1 if {posting.kind for posting in own} & set(_SUBTRACTS) else 1
    return sum(posting.minor for posting in own) == sign * book.amount


def find_wrong_counter(book: BookRow, own: Sequence[Posting], counters: Sequence[Posting]) -> str:
    """What is wrong with the counter-postings of a row; empty if nothing is."""
    if book.reverted != "reversed":
        state = "was kept by the revert" if book.reverted else "was not reverted"
        return f"it {state}, but has a counter-posting" if counters else ""
    if [_opposite_of(posting) for posting in own] == list(counters):
        return ""
    wanted = -sum(posting.minor for posting in own)
    found = sum(posting.minor for posting in counters)
    if len(counters) == len(own) and wanted == found:
        return "its counter-posting is not the opposite of its posting"
    return f"it was reversed: counter-posted {found} instead of {wanted}"


def _opposite_of(posting: Posting) -> Posting:
    return posting._replace(
        kind=_REVERT,
        minor=-posting.minor,
        entry=posting.entry + 1,
        reverses_entry=posting.entry,
    )


class PostingsByRow:
    """Postings in row order, handed out row by row."""

    def __init__(self, postings: AsyncIterator[Posting]) -> None:
        self._postings = postings
        self._next: Posting | None = None
        self._started = False

    async def _peek(self) -> Posting | None:
        if not self._started:
            self._started = True
            self._next = await anext(self._postings, None)
        return self._next

    async def of(self, row: int) -> list[Posting]:
        taken: list[Posting] = []
        while (posting := await self._peek()) is not None and posting.row == row:
            taken.append(posting)
            self._next = await anext(self._postings, None)
        return taken

    async def before(self, row: int | None) -> list[tuple[int, list[Posting]]]:
        """Postings of rows that do not exist."""
        stray: list[tuple[int, list[Posting]]] = []
        while (posting := await self._peek()) is not None and (row is None or posting.row < row):
            stray.append((posting.row, await self.of(posting.row)))
        return stray
