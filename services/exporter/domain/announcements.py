"""The words of `exports-ready` and `exports-failed`; ids are the export's, so a repeat is known."""

from datetime import datetime
from uuid import UUID

from contracts.envelope import Message, cloud_event_headers
from contracts.events.exports import ExportFailed, ExportReady
from contracts.topics import EXPORTS_FAILED, EXPORTS_READY, Topic
from services.chassis.publishing import OutboundMessage

SOURCE = "/ledgerport/exporter"


def announce_ready(event: ExportReady, moment: datetime) -> OutboundMessage:
    return _announce(EXPORTS_READY, str(event.export_id), event, moment)


def announce_failure(event: ExportFailed, asked_by: str, moment: datetime) -> OutboundMessage:
    """`asked_by` names what failed where there is no export: source and id of the request."""
    return _announce(EXPORTS_FAILED, str(event.export_id or asked_by), event, moment)


def _announce(topic: Topic, key: str, event: Message, moment: datetime) -> OutboundMessage:
    return OutboundMessage(
        topic=topic.name,
        key=key.encode(),
        value=event.model_dump_json().encode(),
        headers=cloud_event_headers(
            event_id=f"{topic.name.split('.')[1]}/{key}"[:200],
            source=SOURCE,
            event_type=topic.event_type,
            time=moment.isoformat().replace("+00:00", "Z"),
        ),
    )


def download_url(public_url: str, export_id: UUID) -> str:
    return f"{public_url.rstrip('/')}/v1/exports/{export_id}/file"
