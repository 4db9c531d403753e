"""Examinations over HTTP: upload, progress, list, deletion."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, BinaryIO, cast

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, HTTPException, Query, Request
from PIL import Image
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect

from locard.examination import Profile
from locard.exhibit.decode import sniff
from locard.exhibit.limits import mebibytes, megapixels
from locard.report.strings import printable
from locard.serve import wire
from locard.serve.guard import UPLOADS
from locard.serve.records import Missing, QueueFull, Upload
from locard.serve.service import (
    Languages,
    Owner,
    Service,
    Serving,
    http_errors,
    known_language,
    limit_rate,
    problems,
    storable,
)
from locard.serve.settings import Settings
from locard.serve.telemetry import log
from locard.serve.wire import State

_ID = r"[0-9a-f]{32}"
_CHUNK = 2**20
# Fields of a form that are no files are refused by name, up to so many.
_MOST_FIELDS = 20
_IMAGES = ("image/jpeg", "image/png", "image/webp", "image/heic", "application/octet-stream")

router = APIRouter(responses=problems())


@router.post(
    UPLOADS,
    status_code=202,
    tags=["examinations"],
    responses=problems(404, 415, 429, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["files"],
                        "properties": {
                            "files": {
                                "type": "array",
                                "items": {"type": "string", "format": "binary"},
                            }
                        },
                    }
                },
                **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in _IMAGES},
            },
        }
    },
)
async def examine(
    request: Request,
    service: Serving,
    owner: Owner,
    profile: Annotated[Profile, Query(description="how much is run")] = Profile.STANDARD,
    lang: Languages = "en",
    stability: Annotated[bool, Query(description="judge re-delivered versions too")] = True,
    case: Annotated[str | None, Query(pattern=f"^{_ID}$", description="id of a case")] = None,
    name: Annotated[str | None, Query(max_length=300, description="of a body that is one")] = None,
) -> wire.Accepted:
    """Accept pictures for examination: the body is one, or a form with many.

    The answer says where each waits; none that was accepted is lost when the service stops.
    """
    known_language(lang)
    if not service.runner.alive:
        raise HTTPException(503, "the service is stopping", {"Retry-After": "5"})
    waiting = await run_sync(service.records.waiting)
    if waiting >= service.settings.max_queue:
        raise _full(service, waiting)
    try:
        service.uploads.acquire_on_behalf_of_nowait(request)
    except anyio.WouldBlock:
        raise HTTPException(429, "too many uploads at once", {"Retry-After": "1"}) from None
    try:
        async with _uploads(request, service.settings, name) as uploads:
            limit_rate(service, request, owner, len(uploads))
            await run_sync(_check_all, uploads, service.settings)
            try:
                with http_errors():
                    accepted = await run_sync(
                        lambda: service.records.add(
                            owner,
                            uploads,
                            profile=profile.value,
                            language=lang,
                            stability=stability,
                            case=case,
                            most=service.settings.max_queue,
                        )
                    )
            except QueueFull:
                raise _full(service, waiting) from None
    except ClientDisconnect:
        # Nobody is left to read this.
        raise HTTPException(400, "the upload was cancelled") from None
    finally:
        service.uploads.release_on_behalf_of(request)
    for upload in uploads:
        service.telemetry.accepted(upload.size)
    service.runner.wake()
    return wire.Accepted(examinations=accepted)


def _full(service: Service, waiting: int) -> HTTPException:
    wait = service.runner.patience(waiting)
    return HTTPException(429, "too many examinations wait", {"Retry-After": str(wait)})


@asynccontextmanager
async def _uploads(
    request: Request, settings: Settings, name: str | None
) -> AsyncIterator[list[Upload]]:
    """Read the pictures of a request onto the disk."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        form = request.form(max_files=settings.max_files, max_fields=_MOST_FIELDS)
        async with form as fields:
            for field, value in fields.multi_items():
                if not isinstance(value, UploadFile):
                    raise HTTPException(
                        422, f"{printable(field, 60)} is no file: pictures go into files "
                        "(curl -F files=@NAME), options into the query",
                    )  # fmt: skip
                if field != "files":
                    raise HTTPException(
                        422, f"pictures go into fields called files, not {printable(field, 60)}"
                    )
            files = [f for f in fields.getlist("files") if isinstance(f, UploadFile)]
            if not files:
                raise HTTPException(422, "the form has no part called files with a picture")
            yield [_upload(file.file, file.filename) for file in files]
    elif kind in _IMAGES or kind.startswith("image/"):
        with tempfile.SpooledTemporaryFile(max_size=_CHUNK) as body:
            async for chunk in request.stream():
                body.write(chunk)
            yield [_upload(cast(BinaryIO, body), name)]
    else:
        raise HTTPException(
            415, "send multipart/form-data, or one picture as image/* or application/octet-stream"
        )


def _upload(data: BinaryIO, name: str | None) -> Upload:
    # What a client calls a file is shown and never used as a path.
    last = re.split(r"[/\\]", name or "")[-1].strip()
    size = data.seek(0, io.SEEK_END)
    return Upload(printable(last, 200) or "upload", data, size)


def _check_all(uploads: list[Upload], settings: Settings) -> None:
    """Refuse what is no picture or too large, from its first bytes; it is decoded by a worker."""
    for upload in uploads:
        if upload.size == 0:
            raise HTTPException(422, f"{upload.name} is empty")
        if upload.size > settings.max_bytes:
            raise HTTPException(413, f"{upload.name} has more than {mebibytes(settings.max_bytes)}")
        upload.data.seek(0)
        kind = sniff(upload.data.read(64))
        if kind is None:
            raise HTTPException(
                415, f"{upload.name} is not a picture that locard examines (JPEG, PNG, TIFF, "
                "WebP, BMP, GIF, HEIC, AVIF, camera raw)",
            )  # fmt: skip
        pixels = _pixels(upload.data, kind)
        if pixels > settings.max_pixels:
            most = megapixels(settings.max_pixels)
            raise HTTPException(413, f"{upload.name} claims more than the limit of {most}")


def _pixels(data: BinaryIO, kind: str) -> int:
    """Return how many pixels the header claims; 0 when only the decoder can tell."""
    data.seek(0)
    try:
        with Image.open(data, formats=(kind,)) as image:
            return image.width * image.height
    except Image.DecompressionBombError:
        return 2**62
    except Exception:
        # No plug-in for it, or damaged: locard reads much of that, and its limits hold there too.
        return 0
    finally:
        data.seek(0)


@router.get("/v1/examinations", tags=["examinations"], responses=problems(404))
def list_examinations(
    service: Serving,
    owner: Owner,
    case: Annotated[str | None, Query(pattern=f"^{_ID}$")] = None,
    state: State | None = None,
    search: Annotated[
        str | None, Query(max_length=200, description="part of the name, or start of the SHA-256")
    ] = None,
    after: Annotated[str | None, Query(pattern=f"^{_ID}$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> wire.Page:
    """List examinations, newest first."""
    with http_errors():
        return service.records.page(
            owner, case=case, state=state, search=storable(search), after=after, limit=limit
        )


@router.get("/v1/examinations/{id}", tags=["examinations"], responses=problems(404))
def get_examination(service: Serving, owner: Owner, id: str) -> wire.Examination:
    """Say where an examination is."""
    with http_errors():
        return service.records.examination(owner, storable(id) or "")


@router.patch("/v1/examinations/{id}", tags=["examinations"], responses=problems(404))
def move_examination(service: Serving, owner: Owner, id: str, to: wire.Move) -> wire.Examination:
    """Put an examination into a case, or take it out."""
    with http_errors():
        return service.records.move(owner, storable(id) or "", storable(to.case))


@router.get(
    "/v1/examinations/{id}/events",
    tags=["examinations"],
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "events named as the states, with `Progress` as data",
            "content": {
                "text/event-stream": {
                    "example": 'event: running\ndata: {"state":"running","method":"jpeg-grid",'
                    '"done":3,"total":21,"error":null}\n\n',
                }
            },
        },
        **problems(404),
    },
)
async def events(service: Serving, owner: Owner, id: str) -> EventSourceResponse:
    """Follow an examination, method by method, until it has ended (server-sent events)."""
    identifier = storable(id) or ""

    def now() -> wire.Progress:
        found = service.records.examination(owner, identifier)
        return wire.Progress(state=found.state, error=found.error)

    with http_errors():
        await run_sync(now)

    async def steps() -> AsyncIterator[ServerSentEvent]:
        try:
            async for step in service.hub.listen(identifier, now):
                yield ServerSentEvent(step.model_dump_json(), event=step.state.value)
        except Missing:
            return

    return EventSourceResponse(steps(), ping=15, headers={"X-Accel-Buffering": "no"})


@router.delete(
    "/v1/examinations/{id}", status_code=204, tags=["examinations"], responses=problems(404)
)
def delete_examination(service: Serving, owner: Owner, id: str) -> None:
    """Delete an examination, its picture, its report and all that was drawn; it ends if it runs."""
    with http_errors():
        gone = service.records.delete(owner, storable(id) or "")
    service.runner.cancel(id)
    log.info("deleted", id=id, files=len(gone))
