"""Ids that sort by time (RFC 9562, version 7)."""

import time

from services.chassis.clock import utc_now, uuid7


def test_ids_rise_and_are_of_version_7() -> None:
    ids = [uuid7() for _ in range(10_000)]
    assert ids == sorted(set(ids))
    assert {one.version for one in ids} == {7}
    assert {one.variant for one in ids} == {"specified in RFC 4122"}


def test_an_id_tells_its_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    told = uuid7().int >> 80
    # Many ids in one millisecond run a little ahead of the clock.
    assert before <= told <= time.time_ns() // 1_000_000 + 1_000


def test_now_is_utc() -> None:
    assert utc_now().utcoffset().total_seconds() == 0  # type: ignore[union-attr]
