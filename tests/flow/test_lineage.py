"""Where each value of a record comes from, asked from outside: file, row, column, cell, and who."""

import hashlib
import uuid
from typing import Any

import pytest

from contracts.events.import_lifecycle import RevertRequested
from contracts.topics import IMPORT_LIFECYCLE
from tests.cli.conftest import Command, run_command
from tests.flow.caller import Caller, wait_for
from tests.flow.topics import Submission, publish, submit
from tests.stack import Stack

SCOPES = ["imports:read", "imports:write", "records:read"]
MAPPING = {
    "Acct": "AccountNumber",
    "Holder": "AccountName",
    "Owes": "Balance",
    "Nick": "CustomParameterNick",
    "Ignored": None,
}


@pytest.fixture
def ann(stack: Stack, caller: Caller) -> Caller:
    return named(stack, caller, "ann")


@pytest.fixture
def bob(stack: Stack, caller: Caller) -> Caller:
    return named(stack, caller, "bob")


def named(stack: Stack, caller: Caller, actor: str) -> Caller:
    """A caller whose calls are attributed to this actor."""
    body = {"name": actor, "actor": actor, "scopes": SCOPES}
    return Caller(stack.url, caller.client.post("/v1/keys", json=body).json()["key"])


def first_file(mark: str) -> str:
    return (
        "Acct,Holder,Owes,Nick,Ignored\n"
        f"{mark}-0,Other {mark},1.00,none,x\n"
        f'{mark}-1,"Acme, {mark}","$1,250.00", blue ,y\n'
    )


def second_file(mark: str) -> str:
    return f'AccountNumber,AccountName,Balance,Status\n{mark}-1,"Acme, {mark}",1250.00,past due\n'


def book_first(ann: Caller, mark: str) -> dict[str, Any]:
    return ann.book(
        first_file(mark), name="march.csv", mapping=MAPPING, constants={"Debtor": "D-7"}
    )


def find(caller: Caller, record_type: str, **filters: str) -> str:
    [record] = caller.get(f"/v1/{record_type}", **filters).json()["data"]
    return record["id"]


def lineage(caller: Caller, record_type: str, record_id: str) -> dict[str, dict[str, Any]]:
    """By field."""
    shown = caller.get(f"/v1/{record_type}/{record_id}/lineage").json()
    assert shown["record"]["id"] == record_id
    return {item["field"]: item for item in shown["fields"]}


def place(item: dict[str, Any]) -> tuple[Any, ...]:
    source = item["source"]
    return (source["import_id"], source["row"], source["column"], source["raw"], source["actor"])


def code(item: dict[str, Any]) -> str | None:
    return item["rule"] and item["rule"]["code"]


def test_a_value_leads_to_its_file_row_column_and_cell(ann: Caller, mark: str) -> None:
    imported = book_first(ann, mark)["id"]
    found = lineage(ann, "accounts", find(ann, "accounts", account_number=f"{mark}-1"))
    number = found["AccountNumber"]
    assert place(number) == (imported, 2, "Acct", f"{mark}-1", "ann")
    source = number["source"]
    assert source["file"] == {
        "name": "march.csv",
        "sha256": hashlib.sha256(first_file(mark).encode()).hexdigest(),
        "corrects": None,
    }
    assert (source["kind"], source["attempt"], source["revision"]) == ("file", 1, 1)
    assert source["validators"]
    assert number["rule"] is None
    assert place(found["AccountName"])[2:4] == ("Holder", f"Acme, {mark}")
    nick = found["CustomParameterNick"]
    assert (nick["value"], *place(nick)[2:4]) == ("blue", "Nick", " blue ")


def test_what_no_cell_says_is_said_to_be_derived(ann: Caller, mark: str) -> None:
    book_first(ann, mark)
    account_id = find(ann, "accounts", account_number=f"{mark}-1")
    found = lineage(ann, "accounts", account_id)
    assert (code(found["Balance"]), place(found["Balance"])[2:4]) == (
        "sum_of_postings",
        ("Owes", "$1,250.00"),
    )
    assert found["Balance"]["value"] == {"minor": 125000, "currency": "USD"}
    assert (code(found["Status"]), found["Status"]["source"]) == ("default_status", None)
    assert (code(found["Debtor"]), found["Debtor"]["source"]["raw"]) == ("constant", "D-7")
    assert code(found["Currency"]) in ("default_currency", "currency_of_amount")
    assert found["Agent"] == {
        "field": "Agent",
        "value": None,
        "judged": None,
        "source": None,
        "rule": None,
    }


def test_an_update_takes_over_what_it_says_and_its_revert_gives_it_back(
    stack: Stack, ann: Caller, bob: Caller, mark: str
) -> None:
    first = book_first(ann, mark)["id"]
    second = bob.book(second_file(mark), name="april.csv")["id"]
    account_id = find(bob, "accounts", account_number=f"{mark}-1")
    found = lineage(bob, "accounts", account_id)
    assert found["Status"]["value"] == "Overdue"
    assert place(found["Status"]) == (second, 1, "Status", "past due", "bob")
    assert found["Status"]["judged"] == "Overdue"
    assert found["Status"]["source"]["file"]["name"] == "april.csv"
    assert found["Status"]["source"]["version"] == 2
    assert place(found["CustomParameterNick"])[0] == first
    step = RevertRequested(import_id=uuid.UUID(second), actor="bob")
    publish(stack.kafka_bootstrap, IMPORT_LIFECYCLE.name, step.model_dump_json().encode(), {})
    bob.await_state(second, "reverted")
    found = lineage(bob, "accounts", account_id)
    assert (found["Status"]["value"], code(found["Status"])) == ("Active", "default_status")
    assert place(found["AccountName"]) == (first, 2, "Holder", f"Acme, {mark}", "ann")


def test_a_live_record_leads_to_its_event(
    stack: Stack, ann: Caller, caller: Caller, mark: str
) -> None:
    book_first(ann, mark)
    said = {
        "TransactionReference": f"{mark}-P",
        "AccountNumber": f"{mark}-1",
        "Type": "pmt",
        "Amount": "40.00",
        "TransactionDate": "2026-01-02",
    }
    source = f"/upstream/{mark}"
    submit(stack.kafka_bootstrap, Submission(source, "e-1", mark, "transactions", said))
    wait_for(
        lambda: ann.get("/v1/transactions", reference=f"{mark}-P").json()["data"], "the payment"
    )
    found = lineage(ann, "transactions", find(ann, "transactions", reference=f"{mark}-P"))
    kind = found["Type"]
    assert (kind["value"], kind["judged"]) == ("payment", "payment")
    told = kind["source"]
    assert (told["kind"], told["ce_source"], told["ce_id"]) == ("feed", source, "e-1")
    assert (told["row"], told["actor"]) == (1, source)
    assert told["received_at"].endswith("Z")
    [feed] = caller.get("/v1/feeds", source=source).json()["data"]
    assert told["import_id"] == feed["id"]
    assert found["Amount"]["value"] == {"minor": 4000, "currency": "USD"}
    assert found["Amount"]["judged"] == "40.00"
    assert code(found["AccountName"]) == "of_account"
    assert code(found["Currency"]) == "account_currency"


def test_a_record_that_is_not_there_has_no_lineage(ann: Caller) -> None:
    for path in ("accounts/999999999", "accounts/x", "transactions/999999999"):
        assert ann.client.get(f"/v1/{path}/lineage").status_code == 404


@pytest.fixture
def ledgerport(stack: Stack) -> Command:
    def run(*arguments: str) -> Any:
        return run_command(*arguments, "--connection", f"{stack.state_dir}/connection.json")

    return run


def test_the_command_line_shows_history_and_lineage(
    ledgerport: Command, ann: Caller, bob: Caller, mark: str
) -> None:
    first = book_first(ann, mark)["id"]
    bob.book(second_file(mark))
    account_id = find(ann, "accounts", account_number=f"{mark}-1")
    history = ledgerport("records", "history", "accounts", account_id)
    assert history.exit_code == 0, history.err
    assert "status: Active → Overdue" in history.out
    assert "1,250.00 USD" in history.out
    changes = ledgerport("records", "history", "accounts", account_id, "--json").json["changes"]
    assert [(item["version"], item["actor"]) for item in changes] == [(2, "bob"), (1, "ann")]
    assert changes[1]["import_id"] == first
    assert changes[0]["before"]["balance"] == {"minor": 125000, "currency": "USD"}
    shown = ledgerport("records", "lineage", "accounts", account_id)
    assert shown.exit_code == 0, shown.err
    assert "march.csv" in shown.out
    assert ledgerport("records", "lineage", "accounts", "999999999").exit_code == 3
