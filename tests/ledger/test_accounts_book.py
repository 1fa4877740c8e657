"""How accounts are planned and applied: each option against each kind of row."""

import pytest

from services.chassis.clock import uuid7
from services.ledger.handlers.planning import plan_next
from services.ledger.handlers.staging import JudgedRow, stage_batch
from tests.ledger.conftest import Books, Cells, judge

ACME: Cells = {"AccountNumber": "A-1", "AccountName": "Acme", "Balance": "100.00"}


def with_cells(cells: Cells, **changes: str | None) -> Cells:
    return cells | changes


async def test_new_accounts_are_created_with_an_opening_posting(books: Books) -> None:
    import_id = await books.book("accounts", [ACME, None, with_cells(ACME, AccountNumber="A-2")])
    assert await books.actions(import_id) == [("create", None), ("reject", None), ("create", None)]
    assert await books.balance("A-1") == 10000
    kinds = await books.rows("select kind, minor from ledger_v1.postings order by row")
    assert [tuple(row) for row in kinds] == [("opening", 10000), ("opening", 10000)]
    await books.assert_sound()


async def test_nothing_reaches_the_books_before_completion(books: Books) -> None:
    await books.review("accounts", [ACME])
    assert await books.value("select count(*) from accounts") == 0
    assert await books.value("select state from imports") == "ready"


@pytest.mark.parametrize(
    ("mode", "new", "known"),
    [
        ("upsert", ("create", None), ("update", None)),
        ("update_existing", ("skip", "no_match"), ("update", None)),
        ("create_new", ("create", None), ("reject", "already_exists")),
        ("skip_duplicates", ("create", None), ("skip", "already_exists")),
    ],
)
async def test_each_mode_has_one_outcome(
    books: Books, mode: str, new: tuple[str, str | None], known: tuple[str, str | None]
) -> None:
    await books.book("accounts", [ACME])
    rows = [with_cells(ACME, Status="Closed"), with_cells(ACME, AccountNumber="A-2")]
    import_id = await books.book("accounts", rows, config={"mode": mode})
    assert await books.actions(import_id) == [known, new]
    await books.assert_sound()


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("last", [("skip", "repeated_key"), ("create", None)]),
        ("first", [("create", None), ("skip", "repeated_key")]),
        ("reject_all", [("reject", "repeated_key_rejected")] * 2),
    ],
)
async def test_repeated_numbers_in_a_file(
    books: Books, option: str, expected: list[tuple[str, str | None]]
) -> None:
    rows = [ACME, with_cells(ACME, Balance="7.00")]
    import_id = await books.book("accounts", rows, config={"duplicates_in_file": option})
    assert await books.actions(import_id) == expected


async def test_the_same_file_again_changes_nothing(books: Books) -> None:
    rows = [with_cells(ACME, Agent="a@example.com", DueDate="2026-05-01", CustomParameter1="x")]
    await books.book("accounts", rows)
    again = await books.book("accounts", rows)
    assert await books.actions(again) == [("unchanged", None)]
    assert await books.value("select version from accounts") == 1


@pytest.mark.parametrize(
    ("option", "action", "balance"),
    [
        ("hold", ("hold", "balance_differs"), 10000),
        ("ignore", ("unchanged", None), 10000),
        ("adjust", ("update", None), 15000),
    ],
)
async def test_a_differing_balance_is_never_written_over(
    books: Books, option: str, action: tuple[str, str | None], balance: int
) -> None:
    await books.book("accounts", [ACME])
    again = await books.book(
        "accounts", [with_cells(ACME, Balance="150.00")], config={"balance_difference": option}
    )
    assert await books.actions(again) == [action]
    assert await books.balance("A-1") == balance
    await books.assert_sound()


async def test_names_alone_never_guess(books: Books) -> None:
    john: Cells = {"AccountName": "John Smith", "Balance": "1.00"}
    import_id = await books.book("accounts", [john, john, {"AccountName": "Jane", "Balance": "2"}])
    assert await books.actions(import_id) == [
        ("reject", "ambiguous_name"),
        ("reject", "ambiguous_name"),
        ("create", None),
    ]
    number = await books.value("select account_number from accounts")
    assert number == "AC-0000001"
    again = await books.book("accounts", [{"AccountName": "jane", "Balance": "2.00"}])
    assert await books.actions(again) == [("update", None)]


async def test_empty_text_clears_and_null_keeps(books: Books) -> None:
    full = with_cells(
        ACME, DueDate="2026-05-01", Debtor="D-1", CustomParameter1="x", CustomParameter2="y"
    )
    await books.book("accounts", [full])
    await books.book("accounts", [with_cells(ACME, DueDate="", Debtor=None, CustomParameter1="")])
    row = (await books.rows("select due_date, debtor, custom, version from ledger_v1.accounts"))[0]
    assert tuple(row) == (None, "D-1", {"CustomParameter2": "y"}, 2)


@pytest.mark.parametrize(
    ("balance", "currency", "reason"),
    [
        ("0.005", "USD", "too_many_decimals"),
        ("1.5", "JPY", "too_many_decimals"),
        ("99999999999999.00", "USD", "amount_too_large"),
    ],
)
async def test_amounts_that_cannot_be_booked_are_rejected(
    books: Books, balance: str, currency: str, reason: str
) -> None:
    rows = [with_cells(ACME, Balance=balance, Currency=currency)]
    assert await books.actions(await books.review("accounts", rows)) == [("reject", reason)]


async def test_currencies_keep_their_own_digits(books: Books) -> None:
    await books.book(
        "accounts",
        [
            with_cells(ACME, Balance="1500", Currency="JPY"),
            with_cells(ACME, AccountNumber="A-2", Balance="1.234", Currency="KWD"),
        ],
    )
    assert await books.balance("A-1") == 1500
    assert await books.balance("A-2") == 1234
    texts = await books.rows(
        "select ledger_v1.money_text(balance, currency) from ledger_v1.accounts order by id"
    )
    assert [row[0] for row in texts] == ["1500", "1.234"]


async def test_another_currency_than_the_accounts_is_rejected(books: Books) -> None:
    await books.book("accounts", [ACME])
    again = await books.review("accounts", [with_cells(ACME, Currency="EUR")])
    assert await books.actions(again) == [("reject", "currency_mismatch")]


@pytest.mark.parametrize(
    ("option", "action", "agent"),
    [
        ("create", ("create", None), "new@example.com"),
        ("unassigned", ("create", None), None),
        ("reject", ("reject", "unknown_agent"), None),
    ],
)
async def test_unknown_agents_are_treated_as_asked(
    books: Books, option: str, action: tuple[str, str | None], agent: str | None
) -> None:
    rows = [with_cells(ACME, Agent="New@example.com")]
    import_id = await books.book("accounts", rows, config={"unknown_agent": option})
    assert await books.actions(import_id) == [action]
    assert await books.value("select agent from ledger_v1.accounts") == agent


async def test_a_row_that_moved_since_the_review_is_held_and_nothing_else(books: Books) -> None:
    await books.book("accounts", [ACME, with_cells(ACME, AccountNumber="A-2")])
    reviewed = await books.review(
        "accounts",
        [
            with_cells(ACME, Status="Overdue"),
            with_cells(ACME, AccountNumber="A-2", Status="Overdue"),
            with_cells(ACME, AccountNumber="A-3"),
        ],
    )
    await books.book(
        "accounts", [with_cells(ACME, Status="Escalated"), with_cells(ACME, AccountNumber="A-3")]
    )
    await books.complete(reviewed)
    assert await books.actions(reviewed) == [("hold", "moved"), ("update", None), ("hold", "moved")]
    statuses = await books.rows("select status from ledger_v1.accounts order by account_number")
    assert [row[0] for row in statuses] == ["Escalated", "Overdue", "Active"]
    completed = await books.value(
        "select as_completed -> 'counts' from ledger_v1.imports where import_id = $1", reviewed
    )
    assert (completed["held"], completed["updated"], completed["rows"]) == (2, 1, 3)
    await books.assert_sound()


async def test_automatic_imports_plan_again_what_moved(books: Books) -> None:
    automatic = {"complete": "automatic", "balance_difference": "adjust"}
    rows = [
        with_cells(ACME, AccountNumber=f"A-{number}", Balance=f"{number}.00") for number in (1, 2)
    ]
    first = await books.review("accounts", rows, config=automatic)
    second = await books.review(
        "accounts", [with_cells(row, Balance="9.00") for row in rows], config=automatic
    )
    await books.apply()
    assert await books.actions(first) == [("create", None)] * 2
    assert await books.actions(second) == [("update", None)] * 2
    assert await books.balance("A-1") == 900
    states = await books.rows("select state from imports order by import_no")
    assert [row[0] for row in states] == ["completed", "completed"]
    await books.assert_sound()


async def test_the_last_attempt_of_a_row_counts(books: Books) -> None:
    import_id = await books.open("accounts")
    await books.stage(import_id, "accounts", [None, with_cells(ACME, AccountNumber="A-2")])
    corrected = judge("accounts", 1, ACME)
    corrected[2] = 2
    await stage_batch(books.pool, [JudgedRow(import_id, 1, corrected)])
    await books.read(import_id, 2)
    assert await plan_next(books.pool)
    await books.complete(import_id)
    assert await books.actions(import_id) == [("create", None)] * 2
    assert await books.balance("A-1") == 10000


async def test_rows_delivered_again_change_nothing(books: Books) -> None:
    import_id = await books.open("accounts")
    rows = [ACME, None, with_cells(ACME, AccountNumber="A-2")]
    for _ in range(3):
        await books.stage(import_id, "accounts", rows)
    await books.read(import_id, 3)
    assert await plan_next(books.pool)
    await books.complete(import_id)
    await books.stage(import_id, "accounts", rows)
    assert await books.value("select staged from revisions") == 3
    assert await books.value("select count(*) from postings") == 2


async def test_rows_may_come_before_their_import_is_known(books: Books) -> None:
    import_id = uuid7()
    await books.stage(import_id, "accounts", [ACME])
    await books.read(import_id, 1)
    assert not await plan_next(books.pool)
    await books.open("accounts", import_id=import_id)
    assert await plan_next(books.pool)
    await books.complete(import_id)
    assert await books.balance("A-1") == 10000
