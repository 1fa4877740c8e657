"""What handlers raise, as problems over HTTP; backends that are away are the web's own business."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from services.chassis.object_store.uploading import UploadAbandonedError
from services.chassis.problems import Problem, ProblemItem
from services.ingest.domain.problems import ConfigRefused, ImportMissing, RowMissing, StepRefused


class TranslatingRoute(APIRoute):
    """A route whose endpoint may raise the errors of ingest's own vocabulary."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # pyright: ignore[reportIncompatibleMethodOverride]
        answer: Callable[[Request], Awaitable[Response]] = super().get_route_handler()

        async def answer_translated(request: Request) -> Response:
            try:
                return await answer(request)
            except Exception as error:
                problem = translate(error)
                if problem is None:
                    raise
                raise problem from error

        return answer_translated


def translate(error: Exception) -> Problem | None:
    """The problem to tell, or None where it is not ours to explain."""
    match error:
        case ImportMissing():
            return Problem(404, "not_found", "There is no such import.")
        case RowMissing():
            named = ", ".join(map(str, error.rows[:10]))
            return Problem(404, "no_such_row", f"The import has no row {named}.")
        case ConfigRefused():
            return _refused(error)
        case StepRefused():
            facts: dict[str, Any] = error.facts
            return Problem(409, error.code, error.sentence, way_on=error.way_on, **facts)
        case UploadAbandonedError():
            return Problem(408, "upload_too_slow", "No more bytes came.", way_on="Send it again.")
        case _:
            return None


def _refused(error: ConfigRefused) -> Problem:
    items = [ProblemItem(*problem) for problem in error.problems]
    return Problem(422, "invalid_request", items[0].sentence, errors=items)
