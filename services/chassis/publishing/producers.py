"""aiokafka's producers: how ours are set, opened, and left behind when they are broken."""

import asyncio
import contextlib
import random
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.chassis.publishing.messages import BATCH_BYTES

REQUEST_TIMEOUT_MS = 15_000
CLOSING_SECONDS = 10.0


async def open_producer(
    bootstrap: str, *, compression: str | None, patience_seconds: float
) -> AIOKafkaProducer:
    """Connect, and wait for the broker if need be; raises aiokafka's KafkaError."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_seconds
    while True:
        producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=True,
            compression_type=compression,
            max_batch_size=BATCH_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            linger_ms=0,
        )
        try:
            await producer.start()
            return producer
        except KafkaError:
            await abandon(producer)
            if loop.time() > deadline:
                raise
            await asyncio.sleep(random.uniform(0.3, 1.0))


async def close(producer: AIOKafkaProducer) -> None:
    """Send what is left, unless that takes too long."""
    try:
        await asyncio.wait_for(producer.stop(), CLOSING_SECONDS)
    except (TimeoutError, KafkaError):
        await abandon(producer)


async def abandon(producer: Any) -> None:
    """End a producer without what it still holds: `stop` waits for that, however long.

    An idempotent producer never gives up on a batch by itself, so its sender is ended by hand.
    """
    sender = producer._sender.sender_task
    if sender is not None:
        sender.cancel()
    producer._closed = True
    with contextlib.suppress(KafkaError, OSError, TimeoutError):
        await asyncio.wait_for(producer.client.close(), CLOSING_SECONDS)
