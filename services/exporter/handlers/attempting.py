"""Attempts: an export is claimed for a while, rendered under its lease, and answered for."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from contracts.api.exports import ExportQuery
from services.chassis import outbox
from services.chassis.clock import utc_now, uuid7
from services.chassis.crash_points import reach
from services.chassis.database import RETRYABLE, Connection, in_transaction
from services.chassis.logs import get_logger
from services.chassis.object_store import ObjectStore
from services.chassis.problems import Problem
from services.exporter.domain.announcements import (
    announce_failure,
    announce_ready,
    describe_failure,
)
from services.exporter.domain.exports import (
    NOT_RENDERED,
    TOO_SLOW,
    ExportRecord,
    Failure,
    Rendered,
)
from services.exporter.domain.files import name_object
from services.exporter.handlers.rendering import render
from services.exporter.repository import exports

LONGEST_DELAY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Facilities:
    """What attempts stand on; `books` may be a replica's pool."""

    pool: asyncpg.Pool
    books: asyncpg.Pool
    store: ObjectStore
    public_url: str
    kept_days: int = 7
    lease_seconds: float = 10.0
    attempts: int = 8


async def render_next(facilities: Facilities) -> bool:
    """Make one attempt at the oldest export that nobody renders; False when there is none."""
    holder = uuid7()
    export = await exports.claim_export(facilities.pool, holder, seconds=facilities.lease_seconds)
    if export is None:
        return False
    attempt = _Attempt(facilities, export, holder)
    if export.attempts > facilities.attempts:
        await attempt.fail(NOT_RENDERED)
    else:
        await attempt.run()
    return True


class _Attempt:
    """One rendering of one export by one holder."""

    def __init__(self, facilities: Facilities, export: ExportRecord, holder: UUID) -> None:
        self._facilities = facilities
        self._export = export
        self._holder = holder
        self._log = get_logger(__name__).bind(export_id=str(export.id), attempt=export.attempts)

    async def run(self) -> None:
        """Render while the lease lasts. Whatever goes wrong is this export's alone: it is tried
        again later, or failed, and the worker goes on.
        """
        rendering = asyncio.create_task(self._render())
        keeping = asyncio.create_task(self._keep_lease())
        try:
            await asyncio.wait({rendering, keeping}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self._end(rendering, keeping)
            await self._release(0)
            raise
        await self._end(rendering, keeping)
        if rendering.cancelled():
            self._log.info("rendering_abandoned")
            await self._drop_file()
            return
        error = rendering.exception()
        await (self._finish(rendering.result()) if error is None else self._answer(error))

    async def _end(self, *tasks: asyncio.Task[Any]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def _render(self) -> Rendered:
        query = ExportQuery.model_validate(self._export.query)
        rendered = await render(
            self._facilities.books,
            self._facilities.store,
            query,
            name=self._name,
            note_estimate=self._note_estimate,
        )
        reach("exporter.after_upload")
        return rendered

    @property
    def _name(self) -> str:
        return name_object(self._export.id, self._export.attempts)

    async def _note_estimate(self, rows: int) -> None:
        await exports.note_estimate(self._facilities.pool, self._export.id, self._holder, rows)

    async def _keep_lease(self) -> None:
        """Returns when the export is not ours any more: cancelled, or taken over."""
        seconds = self._facilities.lease_seconds
        while True:
            await asyncio.sleep(seconds / 3)
            try:
                held = await exports.renew_lease(
                    self._facilities.pool, self._export.id, self._holder, seconds=seconds
                )
            except RETRYABLE:
                continue
            if not held:
                return

    async def _finish(self, rendered: Rendered) -> None:
        finished = await in_transaction(self._facilities.pool, lambda one: self._say(one, rendered))
        if not finished:
            await self._drop_file()
        for earlier in range(1, self._export.attempts):
            await self._facilities.store.delete(name_object(self._export.id, earlier))

    async def _say(self, connection: Connection, rendered: Rendered) -> bool:
        """Whether this attempt's file is the export's; true too when an earlier try at this very
        transaction was committed although its answer was lost.
        """
        days = self._facilities.kept_days
        export = await exports.finish_export(
            connection, self._export.id, self._holder, rendered, days=days
        )
        if export is None:
            found = await exports.find_export(connection, self._export.id)
            return found is not None and (found.state, found.lease_holder) == (
                "ready",
                self._holder,
            )
        await outbox.put(connection, [announce_ready(export, self._facilities.public_url)])
        return True

    async def _answer(self, error: BaseException) -> None:
        """A query that cannot be run any more, or is too slow, fails; all else is tried again."""
        if isinstance(error, Problem):
            first = error.errors[0] if error.errors else None
            sentence = first.sentence if first else error.detail
            code = first.code if first else error.code
            await self.fail(Failure(code, sentence, "Correct the query and ask again."))
            return
        if isinstance(error, asyncpg.QueryCanceledError):
            await self.fail(TOO_SLOW)
            return
        delay = min(LONGEST_DELAY_SECONDS, 2.0 ** (self._export.attempts - 1))
        self._log.warning("rendering_retries", seconds=delay, exc_info=error)
        await self._release(delay)

    async def _release(self, seconds: float) -> None:
        await exports.release_export(
            self._facilities.pool, self._export.id, self._holder, seconds=seconds
        )

    async def fail(self, failure: Failure) -> None:
        self._log.error("export_failed", code=failure.code)
        await in_transaction(self._facilities.pool, lambda one: self._say_failed(one, failure))

    async def _say_failed(self, connection: Connection, failure: Failure) -> None:
        export = await exports.fail_export(connection, self._export.id, self._holder, failure)
        if export is not None:
            event = describe_failure(export, failure)
            await outbox.put(connection, [announce_failure(event, utc_now())])

    async def _drop_file(self) -> None:
        await self._facilities.store.delete(self._name)
