"""How a subscription reads, and what it bears before it stops the process."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """`retries`: how often a batch is tried (about two minutes in all by default).

    Of the last `dead_letter_window` messages at most `dead_letters` may be unreadable: a bad deploy
    stops instead of flooding. `max_records` is a ceiling; `fetch_bytes`, per partition, is what a
    batch really holds. `batch_wait_ms` is how long an empty poll waits; FastStream then sleeps for
    as long again, which is what a lone message waits at worst.
    """

    max_records: int = 5_000
    batch_wait_ms: int = 100
    fetch_bytes: int = 1024 * 1024
    retries: int = 12
    dead_letters: int = 100
    dead_letter_window: int = 1_000


BULK = Pace()
LIVE = Pace(max_records=500, batch_wait_ms=10)
