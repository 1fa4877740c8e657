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


def answers_http(host: str, port: int, path: str = "/", *, status: int | None = 200) -> Readiness:
    """Ready when a GET is answered, with `status` unless that is None."""

    async def is_ready() -> bool:
        if not await _is_listening(host, port):
            return False
        try:
            async with httpx.AsyncClient(timeout=DEADLINE_SECONDS, trust_env=False) as client:
                answer = await client.get(f"http://{host}:{port}{path}")
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
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    return is_ready


def answers_kafka(host: str, port: int) -> Readiness:
    """Ready when the broker tells its metadata."""

    async def is_ready() -> bool:
        # The client logs every refusal, and a broker refuses for seconds until it listens.
        return await _is_listening(host, port) and await _tells_metadata(f"{host}:{port}")

    return is_ready


async def _is_listening(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def _tells_metadata(bootstrap: str) -> bool:
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await client.bootstrap()
            return bool(client.cluster.brokers())
    except (OSError, KafkaError):
        return False
    finally:
        await client.close()
