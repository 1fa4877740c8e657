"""What can be read of a message, and the reason code of what cannot."""

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import Formats, Reading, cloud_event_headers
from contracts.topics import RECORDS_SUBMITTED
from services.chassis.consuming import UnreadableMessage
from services.validator.consumers import decode_record, decode_row
from services.validator.domain.submissions import judge_submission

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CELLS = ["ABC", "1.00"]


@dataclass
class Arrived:
    """What decoding looks at of a consumed record."""

    value: bytes | None
    key: bytes | None = None
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    partition: int = 2


def reading(**changes: Any) -> bytes:
    facts = {
        "import_id": uuid.UUID(int=1),
        "revision": 1,
        "record_type": "accounts",
        "fields": ("AccountName", "Balance"),
        **changes,
    }
    return Reading.model_validate(facts).to_header()


def row(value: Any, header: bytes | None = None) -> Arrived:
    return Arrived(orjson.dumps(value), headers=[("reading", header or reading())])


def record(content: Any = None, *, key: bytes | None = b"AC-1", **headers: bytes | None) -> Arrived:
    content = {"record_type": "accounts", "record": {}} if content is None else content
    stated = dict(
        cloud_event_headers(
            event_id="e-1",
            source="/bank",
            event_type=RECORDS_SUBMITTED.event_type,
            time="2026-01-02T03:04:05Z",
        )
    )
    stated = {**stated, **headers}
    value = content if isinstance(content, bytes) else orjson.dumps(content)
    return Arrived(value, key, [(name, text) for name, text in stated.items() if text is not None])


def code_of(decode: Any, arrived: Arrived) -> str:
    with pytest.raises(UnreadableMessage) as caught:
        decode(arrived)
    return caught.value.code


def decode_now(arrived: Arrived) -> Any:
    return decode_record(arrived, lambda: NOW)  # pyright: ignore[reportArgumentType]


def test_a_row_is_read_with_the_judge_of_its_revision() -> None:
    decoded = decode_row(row([1, 1, CELLS]))  # pyright: ignore[reportArgumentType]
    assert (decoded.row, decoded.partition, decoded.judge.width) == ([1, 1, CELLS], 2, 2)
    again = decode_row(row([2, 1, CELLS]))  # pyright: ignore[reportArgumentType]
    assert again.judge is decoded.judge


@pytest.mark.parametrize(
    ("arrived", "code"),
    [
        (Arrived(orjson.dumps([1, 1, CELLS])), "missing_header"),
        (row([1, 1, CELLS], b"{"), "wrong_header"),
        (row([1, 1, CELLS], b"[" * 2000), "wrong_header"),
        (row([1, 1, CELLS], b'["AZNdHHoAcACAAAAAAAAAAQ",1,"accounts",[0,-1]]'), "wrong_header"),
        (row([1, 1, CELLS], reading(record_type="pets")), "unknown_record_type"),
        (row([1, 1, CELLS], reading(fields=("A", "B"))), "unknown_field"),
        (row([1, 1, CELLS], reading(formats=Formats(decimal="1_000"))), "unknown_format"),
        (Arrived(None, headers=[("reading", reading())]), "missing_value"),
        (Arrived(b"\xff{", headers=[("reading", reading())]), "not_json"),
        (Arrived(b"[1,1,NaN]", headers=[("reading", reading())]), "not_json"),
        (row({"row": 1}), "wrong_shape"),
        (row([1, 1]), "wrong_shape"),
        (row([1, 1, CELLS, [], 1]), "wrong_shape"),
        (row([0, 1, CELLS]), "wrong_shape"),
        (row([2**31, 1, CELLS]), "wrong_shape"),
        (row([True, 1, CELLS]), "wrong_shape"),
        (row([1, 0, CELLS]), "wrong_shape"),
        (row([1, 1, ["ABC"]]), "wrong_shape"),
        (row([1, 1, ["ABC", 1.0]]), "wrong_shape"),
        (row([1, 1, CELLS, [["repaired"]]]), "wrong_shape"),
        (row([1, 1, CELLS, [["repaired", 1]]]), "wrong_shape"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(arrived: Arrived, code: str) -> None:
    assert code_of(decode_row, arrived) == code


def test_a_row_with_a_find_may_have_another_number_of_cells() -> None:
    value = [1, 1, ["a", "b", "c"], [["ragged_long", "Too many."]]]
    assert decode_row(row(value)).row == value  # pyright: ignore[reportArgumentType]


def test_a_record_is_read_with_the_identity_of_its_submission() -> None:
    decoded = decode_now(record({"record_type": "accounts", "record": {"Balance": 5}}))
    submission = decoded.submission
    assert decoded.key == b"AC-1"
    assert (submission.source, submission.event_id) == ("/bank", "e-1")
    assert (submission.record_type, submission.record) == ("accounts", {"Balance": 5})


@pytest.mark.parametrize(
    ("arrived", "code"),
    [
        (record(ce_id=None), "missing_header"),
        (record(ce_source=None), "missing_header"),
        (record(ce_time=None), "missing_header"),
        (record(ce_type=None), "missing_header"),
        (record(ce_specversion=None), "missing_header"),
        (record(ce_specversion=b"0.3"), "wrong_header"),
        (record(ce_id=b"\xff"), "wrong_header"),
        (record(ce_id=b"a\x00b"), "wrong_header"),
        (record(ce_id=b"x" * 201), "wrong_header"),
        (record(ce_time=b"yesterday"), "wrong_header"),
        (record(ce_time=b"2026-01-02T03:04:05"), "wrong_header"),
        (record(ce_time=b"2026-01-03T03:04:06Z"), "future_time"),
        (record(ce_type=b"ledgerport.records-submitted.v2"), "unknown_version"),
        (record(ce_type=b"com.example.paid"), "unknown_event_type"),
        (record(**{"content-type": b"text/csv"}), "wrong_content_type"),
        (record(key=None), "missing_key"),
        (record(key=b""), "missing_key"),
        (record(b"not json"), "not_json"),
        (record(b'{"record_type": "accounts", "record": {"Balance": NaN}}'), "not_json"),
        (record(b'{"record_type": "accounts", "record": {"Notes": "\\ud800"}}'), "not_json"),
        (
            record(b'{"record_type":"a","record":{"x":' + b"[" * 1010 + b"]" * 1010 + b"}}"),
            "not_json",
        ),
        (record([1]), "wrong_shape"),
        (record({"record": {}}), "wrong_shape"),
        (record({"record_type": "accounts"}), "wrong_shape"),
        (record({"record_type": 5, "record": {}}), "wrong_shape"),
        (record({"record_type": "accounts", "record": [1]}), "wrong_shape"),
        (Arrived(None, b"AC-1", record().headers), "missing_value"),
    ],
)
def test_a_record_that_cannot_be_read_says_why(arrived: Arrived, code: str) -> None:
    assert code_of(decode_now, arrived) == code


def test_a_clock_that_is_a_day_ahead_is_borne_with() -> None:
    ahead = (NOW + timedelta(hours=24)).isoformat().encode()
    assert decode_now(record(ce_time=ahead)).submission.event_id == "e-1"


def test_a_charset_beside_the_content_type_is_borne_with() -> None:
    arrived = record(**{"content-type": b"application/json; charset=utf-8"})
    assert decode_now(arrived).submission.event_id == "e-1"


def test_a_name_that_stands_twice_is_noticed() -> None:
    arrived = record(b'{"record_type": "accounts", "record": {"Balance": "1", "Balance": "2"}}')
    assert decode_now(arrived).submission.repeated == ("Balance",)


@given(value=st.binary(max_size=60), header=st.binary(max_size=40))
def test_any_bytes_are_a_row_or_unreadable(value: bytes, header: bytes) -> None:
    for stated in (header, reading()):
        with suppress(UnreadableMessage):
            decoded = decode_row(Arrived(value, headers=[("reading", stated)]))  # pyright: ignore[reportArgumentType]
            assert len(decoded.judge.judge([decoded.row])) == 1


@given(
    content=st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats(allow_nan=False)
        | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_any_json_is_a_record_or_unreadable(content: Any) -> None:
    with suppress(UnreadableMessage):
        decoded = decode_now(record({"record_type": "accounts", "record": content}))
        judged = judge_submission(decoded.submission, received_at="2026-01-02T03:04:05Z")
        assert judged.fingerprint
        assert "\x00" not in "".join([*judged.cells, *filter(None, judged.cells.values())])
