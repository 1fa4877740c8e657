"""How the launcher sees that a process answers: a probe per kind of server, with a deadline."""

# aiokafka comes without types
# pyright: reportMissingTypeStubs=false, reportUnknownArgumentType=false

import asyncio

import asyncpg
import httpx
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from deploy.local.units import Readiness

DEADLINE_SECONDS = 2.0


def answers_http(url: str, *, status: int | None = 200) -> Readiness:
    """Ready when a GET of `url` is answered, with `status` unless that is None."""

    async def is_ready() -> bool:
        try:
            async with httpx.AsyncClient(timeout=DEADLINE_SECONDS, trust_env=False) as client:
                answer = await client.get(url)
        except httpx.HTTPError:
            return False
        return status is None or answer.status_code == status

    return is_ready


def answers_sql(dsn: str) -> Readiness:
    """Ready when the server lets us in; a recovering one does not."""

    async def is_ready() -> bool:
        try:
            connection = await asyncpg.connect(dsn, timeout=DEADLINE_SECONDS)
            await connection.close(timeout=DEADLINE_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    return is_ready


def answers_kafka(bootstrap: str) -> Readiness:
    """Ready when the broker tells its metadata."""

    async def is_ready() -> bool:
        client = AIOKafkaClient(bootstrap_servers=bootstrap)
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await client.bootstrap()
                return bool(client.cluster.brokers())
        except (OSError, TimeoutError, KafkaError):
            return False
        finally:
            await client.close()

    return is_ready
