"""The words of `exports-ready` and `exports-failed`; ids are the export's, so a repeat is known."""

import json
from datetime import datetime
from hashlib import sha256

from contracts.envelope import Message, cloud_event_headers
from contracts.events.exports import ExportFailed, ExportReady
from contracts.topics import EXPORTS_FAILED, EXPORTS_READY, Topic
from services.chassis.publishing import OutboundMessage
from services.exporter.domain.exports import ExportRecord, Failure

SOURCE = "/ledgerport/exporter"


def announce_ready(export: ExportRecord, public_url: str) -> OutboundMessage:
    """Of an export that is ready."""
    assert export.rows is not None
    assert export.bytes is not None
    assert export.sha256 is not None
    assert export.watermark is not None
    assert export.ready_at is not None
    assert export.expires_at is not None
    event = ExportReady(
        export_id=export.id,
        dataset=export.query["dataset"],
        format=export.query["format"],
        rows=export.rows,
        bytes=export.bytes,
        sha256=export.sha256,
        download_url=f"{public_url.rstrip('/')}/v1/exports/{export.id}/file",
        watermark=export.watermark,
        expires_at=rfc3339(export.expires_at),
        ce_source=export.source,
        ce_id=export.event_id,
    )
    return _announce(EXPORTS_READY, str(export.id), event, export.ready_at)


def describe_failure(export: ExportRecord, failure: Failure) -> ExportFailed:
    return ExportFailed(
        export_id=export.id,
        ce_source=export.source,
        ce_id=export.event_id,
        code=failure.code,
        sentence=failure.sentence,
        way_on=failure.way_on,
    )


def announce_failure(event: ExportFailed, moment: datetime) -> OutboundMessage:
    """Where there is no export, the request gives the key: a digest, as both its parts are free."""
    if event.export_id is not None:
        return _announce(EXPORTS_FAILED, str(event.export_id), event, moment)
    request = json.dumps([event.ce_source, event.ce_id])
    return _announce(EXPORTS_FAILED, sha256(request.encode()).hexdigest(), event, moment)


def _announce(topic: Topic, key: str, event: Message, moment: datetime) -> OutboundMessage:
    return OutboundMessage(
        topic=topic.name,
        key=key.encode(),
        value=event.model_dump_json().encode(),
        headers=cloud_event_headers(
            event_id=f"{topic.name.split('.')[1]}/{key}",
            source=SOURCE,
            event_type=topic.event_type,
            time=rfc3339(moment),
        ),
    )


def rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
