"""Steps in the life of an import, said to the ledger in the transaction that takes them."""

from contracts.events.import_lifecycle import AnyStep
from contracts.topics import IMPORT_LIFECYCLE
from services.chassis import outbox
from services.chassis.database import Connection
from services.chassis.outbox import OutboundMessage


async def announce(connection: Connection, step: AnyStep) -> None:
    """Steps of one import stay in order: they share a key, and its row is locked by each step."""
    key = str(step.import_id).encode()
    message = OutboundMessage(IMPORT_LIFECYCLE.name, key, step.model_dump_json().encode())
    await outbox.put(connection, [message])
