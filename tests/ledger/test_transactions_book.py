"""How transactions are planned and applied: identity, direction, reversals, waiting."""

import pytest

from services.ledger.handlers.unparking import unpark_next
from tests.ledger.conftest import Books, Cells

ACCOUNT: Cells = {"AccountNumber": "A-1", "AccountName": "Acme", "Balance": "100.00"}
PAYMENT: Cells = {
    "TransactionReference": "P-1",
    "AccountNumber": "A-1",
    "Type": "payment",
    "Amount": "30.00",
    "TransactionDate": "2026-02-01",
}


def with_cells(cells: Cells, **changes: str | None) -> Cells:
    return cells | changes


@pytest.fixture
async def paid_books(books: Books) -> Books:
    await books.book("accounts", [ACCOUNT])
    return books


@pytest.mark.parametrize(
    ("kind", "amount", "balance"),
    [
        ("payment", "30.00", 7000),
        ("fee", "5.00", 10500),
        ("adjustment", "-20.00", 8000),
        ("adjustment", "20.00", 12000),
    ],
)
async def test_the_type_gives_the_direction(
    paid_books: Books, kind: str, amount: str, balance: int
) -> None:
    await paid_books.book("transactions", [with_cells(PAYMENT, Type=kind, Amount=amount)])
    assert await paid_books.balance("A-1") == balance
    await paid_books.assert_sound()


async def test_a_known_reference_is_unchanged_or_rejected_in_every_mode(paid_books: Books) -> None:
    await paid_books.book("transactions", [PAYMENT])
    rows = [PAYMENT]
    for mode in ("upsert", "create_new", "skip_duplicates", "update_existing"):
        again = await paid_books.book("transactions", rows, config={"mode": mode})
        assert await paid_books.actions(again) == [("unchanged", None)]
    other = await paid_books.book("transactions", [with_cells(PAYMENT, Amount="31.00")])
    assert await paid_books.actions(other) == [("reject", "reference_reused")]
    notes = await paid_books.book("transactions", [with_cells(PAYMENT, Notes="hello")])
    assert await paid_books.actions(notes) == [("unchanged", "details_differ")]
    assert await paid_books.balance("A-1") == 7000


async def test_conflicting_references_in_one_file_are_all_rejected(paid_books: Books) -> None:
    rows = [
        PAYMENT,
        with_cells(PAYMENT, Amount="31.00"),
        with_cells(PAYMENT, TransactionReference="P-2"),
    ]
    import_id = await paid_books.book("transactions", rows)
    assert await paid_books.actions(import_id) == [
        ("reject", "reference_reused"),
        ("reject", "reference_reused"),
        ("create", None),
    ]


async def test_equal_references_in_one_file_are_booked_once(paid_books: Books) -> None:
    import_id = await paid_books.book("transactions", [PAYMENT, PAYMENT])
    assert await paid_books.actions(import_id) == [("skip", "repeated_key"), ("create", None)]
    assert await paid_books.balance("A-1") == 7000


async def test_rows_without_a_reference_get_a_derived_one(paid_books: Books) -> None:
    rows = [with_cells(PAYMENT, TransactionReference=None)] * 2
    import_id = await paid_books.book("transactions", rows, sha256="one")
    assert await paid_books.actions(import_id) == [("create", None)] * 2
    assert await paid_books.balance("A-1") == 4000
    same_bytes = await paid_books.book("transactions", rows, sha256="one")
    assert await paid_books.actions(same_bytes) == [("unchanged", None)] * 2
    elsewhere = await paid_books.book("transactions", rows[:1], sha256="other")
    assert await paid_books.actions(elsewhere) == [("hold", "possible_duplicate")]
    exported = await paid_books.rows(
        "select transaction_reference from ledger_v1.transactions order by id"
    )
    round_trip = [with_cells(PAYMENT, TransactionReference=row[0]) for row in exported]
    again = await paid_books.book("transactions", round_trip, sha256="export")
    assert await paid_books.actions(again) == [("unchanged", None)] * 2
    assert await paid_books.balance("A-1") == 4000
    await paid_books.assert_sound()


async def test_a_reversal_is_whole_and_happens_once(paid_books: Books) -> None:
    await paid_books.book("transactions", [PAYMENT])
    reversal = with_cells(
        PAYMENT, Type="payment_reversal", TransactionReference="R-1", ReversesReference="P-1"
    )
    rows = [
        with_cells(reversal, TransactionReference="R-0", Amount="10.00"),
        reversal,
        with_cells(reversal, TransactionReference="R-2"),
        with_cells(reversal, TransactionReference="R-3", ReversesReference="P-9"),
    ]
    import_id = await paid_books.book("transactions", rows)
    assert await paid_books.actions(import_id) == [
        ("reject", "reversal_differs"),
        ("create", None),
        ("reject", "already_reversed"),
        ("park", "reversed_unknown"),
    ]
    assert await paid_books.balance("A-1") == 10000
    again = await paid_books.book(
        "transactions", [with_cells(reversal, TransactionReference="R-5")]
    )
    assert await paid_books.actions(again) == [("reject", "already_reversed")]
    await paid_books.assert_sound()


async def test_a_reversal_may_stand_before_its_payment_in_one_file(paid_books: Books) -> None:
    rows = [
        with_cells(
            PAYMENT, Type="payment_reversal", TransactionReference="R-1", ReversesReference="P-1"
        ),
        PAYMENT,
    ]
    import_id = await paid_books.book("transactions", rows)
    assert await paid_books.actions(import_id) == [("create", None)] * 2
    assert await paid_books.balance("A-1") == 10000
    linked = await paid_books.value(
        "select reverses_reference from ledger_v1.transactions where transaction_reference = 'R-1'"
    )
    assert linked == "P-1"


async def test_a_payment_without_its_account_waits(paid_books: Books) -> None:
    rows = [
        with_cells(PAYMENT, AccountNumber="A-9"),
        with_cells(PAYMENT, AccountNumber=None, AccountName="Nobody", TransactionReference="P-2"),
    ]
    import_id = await paid_books.book("transactions", rows)
    assert await paid_books.actions(import_id) == [("park", "account_unknown")] * 2


async def test_an_account_is_found_by_its_name_when_that_is_unique(paid_books: Books) -> None:
    await paid_books.book(
        "accounts",
        [
            with_cells(ACCOUNT, AccountNumber="A-2", AccountName="Twin"),
            with_cells(ACCOUNT, AccountNumber="A-3", AccountName="TWIN"),
        ],
    )
    rows = [
        with_cells(PAYMENT, AccountNumber=None, AccountName="ACME"),
        with_cells(PAYMENT, AccountNumber=None, AccountName="twin", TransactionReference="P-2"),
    ]
    import_id = await paid_books.book("transactions", rows)
    assert await paid_books.actions(import_id) == [("create", None), ("reject", "ambiguous_name")]


async def test_closed_accounts_take_payments_with_a_warning(paid_books: Books) -> None:
    await paid_books.book("accounts", [with_cells(ACCOUNT, Status="Closed")])
    import_id = await paid_books.book("transactions", [PAYMENT])
    assert await paid_books.actions(import_id) == [("create", "closed_account")]
    assert (
        await paid_books.value(
            "select warnings from ledger_v1.imports where import_id = $1", import_id
        )
        == 1
    )


async def test_a_payment_that_came_in_since_the_review_is_held(paid_books: Books) -> None:
    reviewed = await paid_books.review(
        "transactions", [PAYMENT, with_cells(PAYMENT, TransactionReference="P-2")]
    )
    await paid_books.book("transactions", [PAYMENT])
    await paid_books.complete(reviewed)
    assert await paid_books.actions(reviewed) == [("hold", "moved"), ("create", None)]
    assert await paid_books.balance("A-1") == 4000
    await paid_books.assert_sound()


async def test_two_reviewed_payments_of_one_account_do_not_hold_each_other(
    paid_books: Books,
) -> None:
    first = await paid_books.review("transactions", [PAYMENT])
    second = await paid_books.review(
        "transactions", [with_cells(PAYMENT, TransactionReference="P-2")]
    )
    await paid_books.complete(second)
    await paid_books.complete(first)
    assert await paid_books.actions(first) == [("create", None)]
    assert await paid_books.balance("A-1") == 4000


async def test_parked_rows_post_by_themselves_when_what_they_wait_for_has_come(
    books: Books,
) -> None:
    reversal = with_cells(
        PAYMENT,
        Type="payment_reversal",
        TransactionReference="R-1",
        ReversesReference="P-1",
    )
    early = await books.book("transactions", [reversal, PAYMENT | {"AccountNumber": "A-8"}])
    assert await books.actions(early) == [("park", "account_unknown")] * 2
    await books.book("accounts", [ACCOUNT])
    await unpark_next(books.pool)
    assert (await books.actions(early))[0] == ("park", "account_unknown")
    await books.book("transactions", [PAYMENT])
    await unpark_next(books.pool)
    await unpark_next(books.pool)
    assert await books.actions(early) == [("create", None), ("park", "account_unknown")]
    assert await books.balance("A-1") == 10000
    shown = await books.rows(
        "select counts, as_completed from ledger_v1.imports where import_id = $1", early
    )
    assert (shown[0]["counts"]["created"], shown[0]["counts"]["parked"]) == (1, 1)
    assert shown[0]["as_completed"]["counts"]["parked"] == 2
    await books.assert_sound()


async def test_a_payment_is_not_held_because_somebody_else_paid(paid_books: Books) -> None:
    reviewed = await paid_books.review("transactions", [PAYMENT])
    other = with_cells(PAYMENT, TransactionReference="P-2", Amount="5.00")
    await paid_books.book("transactions", [other])
    await paid_books.complete(reviewed)
    assert await paid_books.actions(reviewed) == [("create", None)]
    assert await paid_books.balance("A-1") == 6500
