"""A person's word on rows: released, dismissed, corrected, replaced, judged again."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response

from contracts.api.decisions import (
    BulkReplacement,
    DismissRequest,
    ReplayRequest,
    RowChoice,
    RowCorrection,
    RowDismissals,
)
from contracts.api.imports import ImportView, RowView
from services.chassis.idempotency import REPLAYED, check_key
from services.chassis.identity import Principal, requires
from services.ingest.endpoints.imports import IdempotencyKey
from services.ingest.handlers.correcting import correct_row, replace_cells, replay_import
from services.ingest.handlers.facilities import Facilities
from services.ingest.handlers.row_decisions import Word, decide_rows
from services.ingest.handlers.uploading import Caller, Opened

WRITE = requires("imports:write")
RowNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]


def add_row_routes(router: APIRouter, facilities: Facilities) -> None:
    """Rows that wait are decided; what is decided is done when the ledger has heard of it."""

    @router.post("/imports/{import_id}/rows/{row}/release", status_code=202, tags=["rows"])
    async def release_row(import_id: UUID, row: RowNumber, caller: Principal = WRITE) -> RowView:
        word = Word("release", caller.actor)
        return (await decide_rows(facilities, import_id, [row], word))[0]

    @router.post("/imports/{import_id}/rows/{row}/dismiss", status_code=202, tags=["rows"])
    async def dismiss_row(
        import_id: UUID, row: RowNumber, request: DismissRequest, caller: Principal = WRITE
    ) -> RowView:
        word = Word("dismiss", caller.actor, request.reason)
        return (await decide_rows(facilities, import_id, [row], word))[0]

    @router.post("/imports/{import_id}/release", status_code=202, tags=["rows"])
    async def release_rows(
        import_id: UUID, choice: RowChoice, caller: Principal = WRITE
    ) -> dict[str, Any]:
        word = Word("release", caller.actor)
        return {"data": await decide_rows(facilities, import_id, choice.rows, word)}

    @router.post("/imports/{import_id}/dismiss", status_code=202, tags=["rows"])
    async def dismiss_rows(
        import_id: UUID, choice: RowDismissals, caller: Principal = WRITE
    ) -> dict[str, Any]:
        word = Word("dismiss", caller.actor, choice.reason)
        return {"data": await decide_rows(facilities, import_id, choice.rows, word)}


def add_correction_routes(router: APIRouter, facilities: Facilities) -> None:
    """After completion each opens an import that corrects; its `Location` says which."""

    @router.patch(
        "/imports/{import_id}/rows/{row}",
        status_code=202,
        response_model=RowView | ImportView,
        tags=["rows"],
    )
    async def correct(
        import_id: UUID,
        row: RowNumber,
        correction: RowCorrection,
        *,
        idempotency_key: IdempotencyKey = None,
        caller: Principal = WRITE,
    ) -> Any:
        asked_by = Caller(caller.actor, check_key(idempotency_key))
        done = await correct_row(facilities, import_id, row, correction=correction, caller=asked_by)
        return answer_opened(done) if isinstance(done, Opened) else done

    @router.post(
        "/imports/{import_id}/replay", status_code=202, response_model=ImportView, tags=["rows"]
    )
    async def replay(
        import_id: UUID,
        request: ReplayRequest | None = None,
        idempotency_key: IdempotencyKey = None,
        caller: Principal = WRITE,
    ) -> Response:
        asked_by = Caller(caller.actor, check_key(idempotency_key))
        asked = request or ReplayRequest()
        return answer_opened(await replay_import(facilities, import_id, asked, asked_by))

    @router.post(
        "/imports/{import_id}/replace", status_code=202, response_model=ImportView, tags=["rows"]
    )
    async def replace(
        import_id: UUID,
        replacement: BulkReplacement,
        idempotency_key: IdempotencyKey = None,
        caller: Principal = WRITE,
    ) -> Any:
        asked_by = Caller(caller.actor, check_key(idempotency_key))
        done = await replace_cells(facilities, import_id, replacement, asked_by)
        return answer_opened(done) if isinstance(done, Opened) else done


def answer_opened(opened: Opened) -> Response:
    """The answer of an import that was opened, or the first one to a repeated key."""
    answer, replayed = opened.answer, REPLAYED if opened.replayed else {}
    return Response(answer.body, answer.status, {**answer.headers, **replayed}, "application/json")
