"""Rows that wait for a record or a person: released, dismissed, overdue, corrected."""

from contracts.events.import_lifecycle import RowsCorrected
from services.ledger.handlers.deciding import hold_overdue
from services.ledger.handlers.engine import MANY_ROWS
from services.ledger.handlers.planning import plan_next
from services.ledger.handlers.staging import JudgedRow, stage_batch
from services.ledger.handlers.unparking import unpark_next
from tests.ledger.conftest import Books, judge
from tests.ledger.test_feeds import payment as submitted
from tests.ledger.test_reverts import account, payment


async def test_exactly_the_rows_whose_target_moved_are_held_and_can_be_released(
    books: Books,
) -> None:
    await books.book("accounts", [account(number) for number in range(1, 21)])
    rows = [account(number, Status="On Hold") for number in range(1, 21)]
    reviewed = await books.review("accounts", rows)
    moved = [account(number, Debtor="D-1") for number in range(1, 6)]
    await books.book("accounts", moved)
    await books.complete(reviewed)
    actions = await books.actions(reviewed)
    assert actions == [("hold", "moved")] * 5 + [("update", None)] * 15
    await books.release(reviewed, 1, 2)
    assert (await books.actions(reviewed))[:3] == [("update", None)] * 2 + [("hold", "moved")]
    [first] = await books.rows("select * from ledger_v1.accounts where account_number = 'A-1'")
    assert (first["status"], first["debtor"]) == ("On Hold", "D-1")


async def test_a_balance_held_for_a_word_is_adjusted_when_it_is_given(books: Books) -> None:
    await books.book("accounts", [account(1)])
    held = await books.book("accounts", [account(1, Balance="90.00")])
    assert await books.actions(held) == [("hold", "balance_differs")]
    await books.release(held, 1)
    assert await books.actions(held) == [("update", None)]
    assert await books.balance("A-1") == 9000
    await books.assert_sound()


async def test_a_possible_duplicate_is_booked_or_dismissed_by_a_person(books: Books) -> None:
    await books.book("accounts", [account(1)])
    rows = [payment(1, 1, TransactionReference=None)]
    await books.book("transactions", rows, sha256="a")
    other = await books.book("transactions", rows, sha256="b")
    third = await books.book("transactions", rows, sha256="c")
    assert await books.actions(other) == [("hold", "possible_duplicate")]
    await books.release(other, 1)
    await books.dismiss(third, 1)
    assert await books.actions(other) == [("create", None)]
    assert await books.actions(third) == [("reject", "dismissed")]
    assert await books.balance("A-1") == 4000
    await books.release(third, 1)
    assert await books.balance("A-1") == 4000
    await books.assert_sound()


async def test_what_is_parked_too_long_waits_for_a_person(books: Books) -> None:
    parked = await books.book("transactions", [payment(1, 1)])
    assert not await hold_overdue(books.pool, 3600)
    assert await hold_overdue(books.pool, 0)
    assert await books.actions(parked) == [("hold", "waited_too_long")]
    await books.book("accounts", [account(1)])
    await books.release(parked, 1)
    assert await books.balance("A-1") == 7000


async def test_upstream_is_told_of_a_record_that_was_dismissed(books: Books) -> None:
    await books.submit(submitted("e-1", "x", "P-1"))
    feed = await books.value("select feed_id from ledger_v1.feeds")
    await books.dismiss(feed, 1)
    [answer] = await books.rows("select value from outbox where topic like '%settled%'")
    assert b'"rejected"' in answer["value"]
    assert b'"dismissed"' in answer["value"]


async def test_rows_with_errors_are_held_where_their_import_asks_for_review(books: Books) -> None:
    rows = [account(1), None, account(2, Currency="JPY", Balance="1.50")]
    reviewed = await books.book("accounts", rows, config={"on_error": "review"})
    assert await books.actions(reviewed) == [
        ("create", None),
        ("hold", "needs_review"),
        ("hold", "too_many_decimals"),
    ]
    waiting = await books.rows("select row, reason from ledger_v1.waiting_rows order by row")
    assert [tuple(row) for row in waiting] == [(2, "needs_review"), (3, "too_many_decimals")]


async def test_a_corrected_attempt_makes_the_next_plan(books: Books) -> None:
    import_id = await books.review("accounts", [account(1), None])
    corrected = RowsCorrected(
        import_id=import_id, revision=1, attempts=[(2, 2)], config_version=2, actor="tester"
    )
    await books.follow(corrected)
    assert not await plan_next(books.pool)
    judged = judge("accounts", 2, account(2))
    judged[2] = 2
    await stage_batch(books.pool, [JudgedRow(import_id, 1, judged, "9.9")])
    assert await plan_next(books.pool)
    assert await books.actions(import_id) == [("create", None)] * 2
    [facts] = await books.rows("select * from ledger_v1.imports")
    assert facts["config_version"] == 2
    assert facts["validators"] == ["9.9"]
    assert facts["findings"] == []
    assert facts["counts"]["rejected"] == 0


async def test_a_row_has_one_active_correction(books: Books) -> None:
    first = await books.book("accounts", [account(1), None])
    correction = account(2, _Row="2")
    one = await books.book("accounts", [correction], corrects=first)
    other = await books.book("accounts", [correction | {"Status": "Closed"}], corrects=first)
    assert await books.actions(one) == [("create", None)]
    assert await books.actions(other) == [("reject", "already_corrected")]
    already = await books.book("accounts", [account(1, _Row="1")], corrects=first)
    assert await books.actions(already) == [("reject", "already_corrected")]
    await books.revert(one)
    third = await books.book("accounts", [correction], corrects=first)
    assert await books.actions(third) == [("create", None)]


async def test_two_corrections_reviewed_at_once_are_not_both_booked(books: Books) -> None:
    first = await books.book("accounts", [account(1), None])
    one = await books.review("accounts", [account(2, _Row="2")], corrects=first)
    other = await books.review("accounts", [account(3, _Row="2")], corrects=first)
    await books.complete(one)
    await books.complete(other)
    assert await books.actions(other) == [("hold", "moved")]
    assert await books.balance("A-3") is None


async def test_rows_that_are_staged_again_still_say_what_they_correct(books: Books) -> None:
    """As after a transaction that was rolled back: the very same verdicts are staged once more."""
    first = await books.book("accounts", [account(1), None])
    correcting = await books.open("accounts", corrects=first)
    verdict = JudgedRow(correcting, 1, judge("accounts", 1, account(2, _Row="2")))
    await stage_batch(books.pool, [verdict])
    await books.rows("delete from import_rows where corrects_row is not null")
    await stage_batch(books.pool, [verdict])
    assert await books.value("select max(corrects_row) from import_rows") == 2


async def test_a_correction_is_held_when_its_row_was_booked_since_the_review(
    books: Books,
) -> None:
    await books.book("accounts", [account(1)])
    held = await books.book("accounts", [account(1, Balance="90.00")])
    correction = await books.review("accounts", [account(2, _Row="1")], corrects=held)
    await books.release(held, 1)
    await books.complete(correction)
    assert await books.actions(held) == [("update", None)]
    assert await books.actions(correction) == [("hold", "moved")]
    assert await books.balance("A-2") is None


async def test_what_is_rejected_as_corrected_stays_rejected_when_it_is_applied(
    books: Books,
) -> None:
    first = await books.book("accounts", [account(1), None, None])
    await books.book("accounts", [account(2, _Row="2")], corrects=first)
    rows = [account(3, _Row="2"), account(4, _Row="3")]
    again = await books.book("accounts", rows, corrects=first)
    assert await books.actions(again) == [("reject", "already_corrected"), ("create", None)]


async def test_a_held_row_that_was_corrected_waits_no_more(books: Books) -> None:
    first = await books.book("accounts", [account(1), None], config={"on_error": "review"})
    await books.book("accounts", [account(2, _Row="2")], corrects=first)
    assert await books.actions(first) == [("create", None), ("skip", "corrected")]
    [facts] = await books.rows("select * from ledger_v1.imports where import_id = $1", first)
    assert (facts["counts"]["held"], facts["counts"]["skipped"]) == (0, 1)
    assert facts["as_completed"]["counts"]["held"] == 1
    assert await books.rows("select * from ledger_v1.waiting_rows") == []


async def test_a_reverted_feed_is_closed_and_the_next_record_begins_another(books: Books) -> None:
    await books.book("accounts", [account(1)])
    await books.submit(submitted("e-1", "x", "P-1"))
    feed = await books.value("select feed_id from ledger_v1.feeds")
    await books.revert(feed)
    assert await books.balance("A-1") == 10000
    await books.submit(submitted("e-2", "y", "P-1"))
    assert await books.balance("A-1") == 7500
    assert await books.value("select count(*) from ledger_v1.feeds") == 2
    await books.assert_sound()


async def test_many_payments_post_when_their_accounts_come_by_number_or_by_name(
    books: Books,
) -> None:
    accounts = MANY_ROWS + 10
    by_number = [payment(number, number) for number in range(1, accounts + 1)]
    by_name = [
        payment(10_000 + number, 0, AccountNumber=None, AccountName=f"ACCOUNT {number}")
        for number in range(1, 4)
    ]
    strangers = [payment(20_000, 20_000), payment(20_001, 0, AccountNumber=None, AccountName="No")]
    parked = await books.book("transactions", [*by_number, *by_name, *strangers])
    await unpark_next(books.pool)
    assert {action for action, _ in await books.actions(parked)} == {"park"}
    await books.book("accounts", [account(number) for number in range(1, accounts + 1)])
    await unpark_next(books.pool)
    actions = await books.actions(parked)
    assert actions == [("create", None)] * (accounts + 3) + [("park", "account_unknown")] * 2
    assert await books.balance("A-3") == 4000
    assert await books.balance("A-4") == 7000
    await books.assert_sound()
