"""Upstream systems publish records; each one's outcome comes back, and feeds show them."""

from typing import Any

import pytest

from contracts.topics import LEDGER_CHANGED, RECORDS_SETTLED, RECORDS_SUBMITTED
from tests.flow.caller import Caller, wait_for
from tests.flow.topics import Heard, Submission, hear, submit
from tests.stack import Stack


def account(mark: str, event_id: str, **record: Any) -> Submission:
    number = f"{mark}-1"
    said = {"AccountNumber": number, "AccountName": "Ann", "Balance": "100.00", **record}
    return Submission(f"/upstream/{mark}", event_id, number, record=said)


def payment(mark: str, event_id: str, **record: Any) -> Submission:
    said = {
        "TransactionReference": f"{mark}-P",
        "AccountNumber": f"{mark}-1",
        "Type": "payment",
        "Amount": "40.00",
        "TransactionDate": "2026-01-02",
        **record,
    }
    return Submission(f"/upstream/{mark}", event_id, f"{mark}-1", "transactions", said)


class Upstream:
    """One upstream system and what it is told."""

    def __init__(self, stack: Stack, mark: str) -> None:
        self.bootstrap = stack.kafka_bootstrap
        self.source = f"/upstream/{mark}"

    def submit(self, *submissions: Submission) -> None:
        submit(self.bootstrap, *submissions)

    def settled(self, event_id: str) -> list[dict[str, Any]]:
        heard = [one.json for one in hear(self.bootstrap, RECORDS_SETTLED.name)]
        return [
            value
            for value in heard
            if value["ce_source"] == self.source and value["ce_id"] == event_id
        ]

    def await_outcome(self, event_id: str, *, answers: int = 1) -> dict[str, Any]:
        """The last answer once there are so many."""

        def enough() -> list[dict[str, Any]] | None:
            found = self.settled(event_id)
            return found if len(found) >= answers else None

        return wait_for(enough, f"answer {answers} to {event_id}")[-1]


@pytest.fixture
def upstream(stack: Stack, mark: str) -> Upstream:
    return Upstream(stack, mark)


def changes_of(upstream: Upstream, reference: str) -> list[Heard]:
    heard = hear(upstream.bootstrap, LEDGER_CHANGED.name)
    return [one for one in heard if one.json["reference"] == reference]


def test_a_submitted_account_is_booked_and_answered(
    upstream: Upstream, caller: Caller, mark: str
) -> None:
    upstream.submit(account(mark, "1"))
    settled = upstream.await_outcome("1")
    assert settled["outcome"] == "created"
    assert settled["findings"] == []
    assert settled["record_type"] == "accounts"
    assert settled["reference"] == f"{mark}-1"
    record = caller.get(f"/v1/accounts/{settled['record_id']}").json()
    assert record["account_number"] == f"{mark}-1"
    assert record["balance"] == {"minor": 10000, "currency": "USD"}
    assert record["import_id"] == settled["feed_id"]


def test_a_committed_change_is_announced_to_subscribers(upstream: Upstream, mark: str) -> None:
    upstream.submit(account(mark, "1"))
    settled = upstream.await_outcome("1")
    heard = wait_for(lambda: changes_of(upstream, f"{mark}-1"), "the change")
    change = heard[0].json
    assert change["change"] == "created"
    assert change["version"] == 1
    assert change["id"] == settled["record_id"]
    assert change["record_type"] == "accounts"
    assert change["import_id"] == settled["feed_id"]
    assert change["watermark"] > 0
    assert heard[0].headers["ce_type"] == LEDGER_CHANGED.name.encode()
    assert heard[0].headers["ce_specversion"] == b"1.0"


def test_the_same_event_again_changes_nothing(
    upstream: Upstream, caller: Caller, mark: str
) -> None:
    upstream.submit(account(mark, "1"), payment(mark, "2"))
    assert upstream.await_outcome("2")["outcome"] == "created"
    upstream.submit(payment(mark, "2"), payment(mark, "3", TransactionReference=f"{mark}-Q"))
    assert upstream.await_outcome("3")["outcome"] == "created"
    assert len(upstream.settled("2")) == 1
    (record,) = caller.list_all("/v1/accounts", account_number=f"{mark}-1")
    assert record["balance"]["minor"] == 2000
    assert len(caller.list_all("/v1/transactions", account_number=f"{mark}-1")) == 2


def test_an_event_id_with_other_content_is_refused(
    upstream: Upstream, caller: Caller, mark: str
) -> None:
    upstream.submit(account(mark, "1"))
    upstream.await_outcome("1")
    upstream.submit(account(mark, "1", Balance="999.00"))
    settled = upstream.await_outcome("1", answers=2)
    assert settled["outcome"] == "rejected"
    assert [finding["code"] for finding in settled["findings"]] == ["event_id_reused"]
    (record,) = caller.list_all("/v1/accounts", account_number=f"{mark}-1")
    assert record["balance"]["minor"] == 10000


def test_a_wrong_record_is_rejected_with_every_reason(upstream: Upstream, mark: str) -> None:
    upstream.submit(account(mark, "1", Balance="ten", DueDate="2024-02-30", Colour="red"))
    settled = upstream.await_outcome("1")
    assert settled["outcome"] == "rejected"
    assert settled["reference"] == f"{mark}-1"
    assert settled["record_id"] is None
    found = {(finding["code"], finding["field"]) for finding in settled["findings"]}
    assert found >= {
        ("not_a_number", "Balance"),
        ("no_such_date", "DueDate"),
        ("unknown_field", "Colour"),
    }
    assert all(finding["sentence"] for finding in settled["findings"])


def test_an_unknown_record_type_is_rejected_and_says_so(upstream: Upstream, mark: str) -> None:
    upstream.submit(Submission(upstream.source, "1", mark, "spaceships", {"Name": "x"}))
    settled = upstream.await_outcome("1")
    assert settled["outcome"] == "rejected"
    assert settled["record_type"] == "spaceships"
    assert [finding["code"] for finding in settled["findings"]] == ["unknown_record_type"]


def test_an_amount_that_went_through_a_float_is_rejected(upstream: Upstream, mark: str) -> None:
    upstream.submit(account(mark, "1", Balance=100.1))
    settled = upstream.await_outcome("1")
    assert settled["outcome"] == "rejected"
    assert "inexact_number" in [finding["code"] for finding in settled["findings"]]


def test_what_cannot_be_read_becomes_a_dead_letter_and_the_rest_goes_on(
    upstream: Upstream, mark: str
) -> None:
    upstream.submit(
        Submission(upstream.source, "broken", f"{mark}-1", value=b"{not json"),
        account(mark, "after"),
    )
    assert upstream.await_outcome("after")["outcome"] == "created"

    def letters() -> list[Heard]:
        heard = hear(upstream.bootstrap, RECORDS_SUBMITTED.dead_letters)
        return [one for one in heard if upstream.source.encode() in one.headers.values()]

    (letter,) = wait_for(letters, "the dead letter")
    assert letter.value == b"{not json"
    assert letter.headers["ce_id"] == b"broken"
    said = {name: value.decode() for name, value in letter.headers.items()}
    assert RECORDS_SUBMITTED.name in said.values()
    assert upstream.settled("broken") == []


def test_a_payment_before_its_account_waits_and_posts_by_itself(
    upstream: Upstream, caller: Caller, mark: str
) -> None:
    upstream.submit(payment(mark, "1"))
    parked = upstream.await_outcome("1")
    assert parked["outcome"] == "parked"
    assert [finding["code"] for finding in parked["findings"]] == ["account_unknown"]
    upstream.submit(account(mark, "2"))
    settled = upstream.await_outcome("1", answers=2)
    assert settled["outcome"] == "created"
    (record,) = caller.list_all("/v1/accounts", account_number=f"{mark}-1")
    assert record["balance"]["minor"] == 6000


def test_feeds_show_what_a_source_has_sent(upstream: Upstream, caller: Caller, mark: str) -> None:
    upstream.submit(account(mark, "1"), account(mark, "2", AccountNumber="", Balance="x"))
    feed_id = upstream.await_outcome("1")["feed_id"]
    assert upstream.await_outcome("2")["feed_id"] == feed_id
    (listed,) = caller.list_all("/v1/feeds", source=upstream.source)
    assert listed["id"] == feed_id
    feed = caller.get(f"/v1/feeds/{feed_id}").json()
    assert feed["source"] == upstream.source
    assert (feed["counts"]["rows"], feed["counts"]["created"], feed["counts"]["rejected"]) == (
        2,
        1,
        1,
    )
    assert feed["amounts"]["USD"]["created"] == 10000
    assert [finding["code"] for finding in feed["findings"]] == ["not_a_number"]
    rows = {row["ce_id"]: row for row in caller.list_all(f"/v1/feeds/{feed_id}/rows")}
    assert rows["1"]["outcome"] == "created"
    assert rows["1"]["record"]["AccountNumber"] == f"{mark}-1"
    assert rows["2"]["violations"][0]["value"] == "x"
    (bad,) = caller.list_all(f"/v1/feeds/{feed_id}/rows", outcome="rejected")
    assert bad["ce_id"] == "2"
