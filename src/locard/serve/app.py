"""The HTTP API, put together; see docs/serve.md."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from PIL import Image
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from starlette.responses import JSONResponse

from locard.report.schema import locard_version
from locard.report.strings import printable
from locard.serve import cases, examinations, reports, sign_in, web, wire
from locard.serve.database import open_database
from locard.serve.guard import Guard
from locard.serve.records import Records
from locard.serve.runner import Hub, Runner
from locard.serve.service import Owner, Service, Serving, known_parameters, problems
from locard.serve.settings import Settings
from locard.serve.store import Store
from locard.serve.telemetry import Telemetry, log

router = APIRouter(responses=problems())


@router.get("/health", tags=["service"])
async def health() -> wire.Status:
    """Say that the service answers; asks nothing else."""
    return wire.Status(status="ok")


@router.get("/ready", tags=["service"], responses={503: {"model": wire.Status}})
async def ready(service: Serving) -> Response:
    """Say whether work is taken: the database answers, and the workers are there."""
    status, detail = "ok", None
    if not service.runner.alive:
        status, detail = "stopping", "no new work is taken"
    else:
        try:
            async with asyncio.timeout(5.0):
                await run_sync(service.records.waiting, abandon_on_cancel=True)
        except (SQLAlchemyError, TimeoutError):
            status, detail = "unavailable", "the database does not answer"
    return JSONResponse({"status": status, "detail": detail}, 200 if status == "ok" else 503)


@router.get(
    "/metrics", tags=["service"], response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)  # fmt: skip
def metrics(service: Serving, owner: Owner) -> Response:
    """Return metrics for Prometheus."""
    return Response(service.telemetry.text(), media_type="text/plain; version=0.0.4")


# What validation says, in words for who sent the request.
_PLAIN = {
    "string_pattern_mismatch": "is not written as it should be, see the description of the API",
    "bool_parsing": "must be true or false",
    "missing": "is missing",
    "extra_forbidden": "there is no such field",
}


async def _unreadable(_: Request, error: Exception) -> Response:
    """Say in one sentence what is wrong with a request, without repeating what was sent."""
    first = cast(RequestValidationError, error).errors()[0]
    if first["type"] == "json_invalid":
        return JSONResponse({"detail": "the body is not JSON"}, 422)
    where = ".".join(str(part) for part in first["loc"][:4])
    told = _PLAIN.get(first["type"], first["msg"][:1].lower() + first["msg"][1:])
    return JSONResponse({"detail": printable(f"{where}: {told}", 300)}, 422)


async def _unavailable(_: Request, error: Exception) -> Response:
    log.error("database", error=str(error).splitlines()[0])
    return JSONResponse(
        {"detail": "the database does not answer"}, 503, headers={"Retry-After": "5"}
    )


def create_app(settings: Settings) -> FastAPI:
    """Return the service as an ASGI application; it works from start-up to shut-down.

    Raises: DatabaseError, one sentence, when the database cannot be used, or not with this store.
    """
    # The limit of pixels is asked of the header, and says so.
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS or 0, settings.max_pixels)
    engine = open_database(settings.database)
    records = Records(engine, Store(settings.store))
    hub = Hub()
    telemetry = Telemetry(records.waiting, lambda: runner.running)
    runner = Runner(records, settings, hub, telemetry)
    storage = MemoryStorage()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        hub.attach(asyncio.get_running_loop())
        app.state.service = Service(
            settings=settings,
            records=records,
            hub=hub,
            runner=runner,
            telemetry=telemetry,
            uploads=anyio.CapacityLimiter(settings.max_uploads),
            views=anyio.CapacityLimiter(8),
            rates=SlidingWindowCounterRateLimiter(storage),
        )
        await run_sync(runner.start)
        try:
            yield
        finally:
            hub.close()
            await run_sync(runner.stop)
            engine.dispose()

    app = FastAPI(
        title="locard",
        version=locard_version(),
        summary="Is this photo authentic, edited or generated; where, why, and how sure.",
        lifespan=lifespan,
        docs_url=None,  # its pages would be loaded from elsewhere
        redoc_url=None,
    )
    for part in (examinations, reports, cases, sign_in):
        app.include_router(part.router, dependencies=[Depends(known_parameters)])
    app.include_router(router)
    app.include_router(web.router)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(OperationalError, _unavailable)
    app.openapi()  # made once, here, rather than while others wait for an answer
    app.add_middleware(Guard, settings=settings, telemetry=telemetry)
    return app
