"""The live lane: upstream records are judged and their verdicts sent under the submission's key."""

from collections.abc import Sequence
from datetime import UTC
from typing import NamedTuple

from contracts.topics import RECORDS_JUDGED
from services.chassis.clock import Clock
from services.chassis.crash_points import reach
from services.chassis.publishing import OutboundMessage, Publisher
from services.validator import measures
from services.validator.domain.submissions import Submission, judge_submission


class ReceivedRecord(NamedTuple):
    """A decoded submission and the key that it came under."""

    key: bytes
    submission: Submission


async def judge_records(
    publisher: Publisher, records: Sequence[ReceivedRecord], clock: Clock
) -> None:
    received_at = clock().astimezone(UTC).isoformat().replace("+00:00", "Z")
    messages: list[OutboundMessage] = []
    for item in records:
        judged = judge_submission(item.submission, received_at=received_at)
        measures.RECORDS_JUDGED.labels(judged.verdict).inc()
        value = judged.model_dump_json().encode()
        messages.append(OutboundMessage(RECORDS_JUDGED.name, item.key, value))
    reach("validator.before_send")
    await publisher.send(messages)
    reach("validator.after_send")
