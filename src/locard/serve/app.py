"""The HTTP API; see docs/serve.md."""

from __future__ import annotations

import asyncio
import io
import json
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO, Literal, cast

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from PIL import Image
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse

from locard.examination import Profile
from locard.exhibit.decode import sniff
from locard.exhibit.orientation import Box, turned_size
from locard.explain import explain, list_languages, load_language
from locard.explain.dialogue import ask as ask_case
from locard.report.saved import case_of_report
from locard.report.schema import ReportModel, locard_version
from locard.report.strings import printable
from locard.serve import web, wire
from locard.serve.database import open_database
from locard.serve.guard import UPLOADS, Guard
from locard.serve.records import UPLOAD, Missing, QueueFull, Records, Upload
from locard.serve.runner import Hub, Runner
from locard.serve.session import COOKIE, SESSION_S, issue, owner_of_cookie
from locard.serve.settings import Settings
from locard.serve.store import Store
from locard.serve.tasks import Describe, DrawTiles, Measure, PrintPdf, View
from locard.serve.telemetry import Telemetry, log
from locard.serve.wire import State
from locard.workers import WorkerLost

_LOCAL = "local"  # who works without keys
_ID = r"[0-9a-f]{32}"
_CHUNK = 2**20
_IMAGES = ("image/jpeg", "image/png", "image/webp", "image/heic", "application/octet-stream")

_bearer = HTTPBearer(auto_error=False, description="an API key, where the service has keys")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="of `POST /v1/session`")
Key = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
Cookie = Annotated[str | None, Depends(_cookie)]
Languages = Annotated[str, Query(alias="lang", max_length=10, description="of the report")]


@dataclass(frozen=True)
class Service:
    """All parts of a running service."""

    settings: Settings
    records: Records
    hub: Hub
    runner: Runner
    telemetry: Telemetry
    uploads: anyio.CapacityLimiter
    views: anyio.CapacityLimiter
    rates: SlidingWindowCounterRateLimiter


def service_of(request: Request) -> Service:
    """Return the parts of the service that answers."""
    return cast(Service, request.app.state.service)


def owner_of(request: Request, key: Key, cookie: Cookie) -> str:
    """Return whose records a request may see, from its key or the cookie that stands for one."""
    settings = service_of(request).settings
    if not settings.keys:
        return _LOCAL
    owner = None
    if key is not None:
        owner = settings.owner_of(key.credentials)
    elif cookie is not None and _sent_by_the_page(request):
        owner = owner_of_cookie(settings, cookie)
    if owner is None:
        raise HTTPException(
            401, "an API key is needed: Authorization: Bearer KEY", {"WWW-Authenticate": "Bearer"}
        )
    return owner


def _sent_by_the_page(request: Request) -> bool:
    """Whether a request that a browser signs by itself may change something.

    A browser names the origin of whatever is no GET; the guard has refused others than this one.
    """
    return request.method in ("GET", "HEAD") or "origin" in request.headers


Serving = Annotated[Service, Depends(service_of)]
Owner = Annotated[str, Depends(owner_of)]


def _problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"model": wire.Problem} for code in (400, 401, 403, 408, 413, 421, 422, *codes)}


router = APIRouter(responses=_problems())


@contextmanager
def _http_errors() -> Iterator[None]:
    try:
        yield
    except (Missing, FileNotFoundError, KeyError) as error:
        detail = str(error) if isinstance(error, Missing) else "there is no such thing"
        raise HTTPException(404, detail) from None
    except WorkerLost as error:
        raise HTTPException(503, str(error), {"Retry-After": "10"}) from None


def _limit_rate(service: Service, request: Request, owner: str, cost: int) -> None:
    """Refuse a client that asks too much."""
    client = request.client.host if request.client is not None else ""
    rate = parse(service.settings.rate)
    if not service.rates.hit(rate, owner, client, cost=cost):
        wait = max(1, round(rate.get_expiry() / max(1, rate.amount)))
        raise HTTPException(
            429, f"more than {service.settings.rate} pictures and questions",
            {"Retry-After": str(wait)},
        )  # fmt: skip


def _known(language: str) -> str:
    if language not in list_languages():
        raise HTTPException(422, f"there is no language {printable(language, 10)!r}")
    return language


# Examinations


@router.post(
    UPLOADS,
    status_code=202,
    tags=["examinations"],
    responses=_problems(404, 415, 429, 503),
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
    _known(lang)
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
            _limit_rate(service, request, owner, len(uploads))
            await run_sync(_check_all, uploads, service.settings)
            try:
                with _http_errors():
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
        form = request.form(max_files=settings.max_files, max_fields=0)
        async with form as fields:
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
            raise HTTPException(
                413, f"{upload.name} has more than {settings.max_bytes / 2**20:.3g} MiB"
            )
        upload.data.seek(0)
        kind = sniff(upload.data.read(64))
        if kind is None:
            raise HTTPException(
                415, f"{upload.name} is not a picture that locard examines (JPEG, PNG, TIFF, "
                "WebP, BMP, GIF, HEIC, AVIF, camera raw)",
            )  # fmt: skip
        pixels = _pixels(upload.data, kind)
        if pixels > settings.max_pixels:
            raise HTTPException(
                413, f"{upload.name} claims {pixels / 1e6:.0f} megapixels, more than the limit of "
                f"{settings.max_pixels / 1e6:.0f}",
            )  # fmt: skip


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


@router.get("/v1/examinations", tags=["examinations"], responses=_problems(404))
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
    with _http_errors():
        return service.records.page(
            owner, case=case, state=state, search=_text(search), after=after, limit=limit
        )


def _text(value: str | None) -> str | None:
    # PostgreSQL keeps no null characters.
    return None if value is None else value.replace("\0", "\N{REPLACEMENT CHARACTER}")


@router.get("/v1/examinations/{id}", tags=["examinations"], responses=_problems(404))
def get_examination(service: Serving, owner: Owner, id: str) -> wire.Examination:
    """Say where an examination is."""
    with _http_errors():
        return service.records.examination(owner, _text(id) or "")


@router.patch("/v1/examinations/{id}", tags=["examinations"], responses=_problems(404))
def move_examination(service: Serving, owner: Owner, id: str, to: wire.Move) -> wire.Examination:
    """Put an examination into a case, or take it out."""
    with _http_errors():
        return service.records.move(owner, _text(id) or "", _text(to.case))


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
        **_problems(404),
    },
)
async def events(service: Serving, owner: Owner, id: str) -> EventSourceResponse:
    """Follow an examination, method by method, until it has ended (server-sent events)."""
    identifier = _text(id) or ""

    def now() -> wire.Progress:
        found = service.records.examination(owner, identifier)
        return wire.Progress(state=found.state, error=found.error)

    with _http_errors():
        await run_sync(now)

    async def steps() -> AsyncIterator[ServerSentEvent]:
        try:
            async for step in service.hub.listen(identifier, now):
                yield ServerSentEvent(step.model_dump_json(), event=step.state.value)
        except Missing:
            return

    return EventSourceResponse(steps(), ping=15, headers={"X-Accel-Buffering": "no"})


@router.delete(
    "/v1/examinations/{id}", status_code=204, tags=["examinations"], responses=_problems(404)
)
def delete_examination(service: Serving, owner: Owner, id: str) -> None:
    """Delete an examination, its picture, its report and all that was drawn; it ends if it runs."""
    with _http_errors():
        gone = service.records.delete(owner, _text(id) or "")
    service.runner.cancel(id)
    log.info("deleted", id=id, files=len(gone))


# Reports


def _report(service: Service, owner: str, identifier: str) -> tuple[wire.Examination, str]:
    with _http_errors():
        found, report = service.records.report(owner, _text(identifier) or "")
    if found.state is State.FAILED:
        raise HTTPException(422, found.error or "the examination failed")
    if report is None:
        raise HTTPException(409, f"the examination is {found.state}", {"Retry-After": "1"})
    return found, report


@router.get(
    "/v1/reports/{id}",
    tags=["reports"],
    response_model=ReportModel,
    responses={
        200: {
            "content": {
                "text/html": {"schema": {"type": "string"}},
                "application/pdf": {"schema": {"type": "string", "format": "binary"}},
            }
        },
        **_problems(404, 409, 501, 503),
    },
)
async def get_report(
    service: Serving,
    owner: Owner,
    id: str,
    format: Annotated[Literal["json", "html", "pdf"], Query()] = "json",
) -> Response:
    """Return a report: JSON of schema `locard.report/1`, one HTML page, or PDF."""
    found, report = await run_sync(_report, service, owner, id)
    if format == "json":
        return Response(report, media_type="application/json")
    if format == "html":
        with _http_errors():
            page = await run_sync(_read, service, found.id, "report.html")
        # In an opaque origin: the page is made from a stranger's file.
        policy = "sandbox allow-scripts allow-popups"
        return Response(
            page, media_type="text/html; charset=utf-8",
            headers={"content-security-policy": policy},
        )  # fmt: skip

    def pdf() -> bytes:
        sha256 = service.runner.view(found.id, "paper.html", "report.pdf", PrintPdf)
        return service.records.store.read(sha256)

    try:
        with _http_errors():
            printed = await run_sync(pdf, limiter=service.views)
    except ValueError as error:
        raise HTTPException(501, str(error)) from None
    name = f"locard-{found.sha256[:8]}.pdf"
    return Response(
        printed, media_type="application/pdf",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def _read(service: Service, identifier: str, name: str) -> bytes:
    sha256 = service.records.file(identifier, name)
    if sha256 is None:
        raise Missing(f"the report has no {name}")
    return service.records.store.read(sha256)


@router.get(
    "/v1/reports/{id}/maps/{name}.png",
    tags=["reports"],
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **_problems(404, 409)},
)
def get_map(service: Serving, owner: Owner, id: str, name: str) -> Response:
    """Return a map as 8-bit grey PNG on the stored pixel grid; 255 stands for 1."""
    found, _ = _report(service, owner, id)
    with _http_errors():
        data = _read(service, found.id, f"maps/{_text(name)}.png")
    return Response(data, media_type="image/png", headers=_CACHED)


_CACHED = {"cache-control": "private, max-age=86400, immutable"}


@dataclass(frozen=True, slots=True)
class _Source:
    kind: Literal["picture", "heat", "mask", "reliability"]
    file: str
    finding: str | None = None


_PICTURE = _Source("picture", UPLOAD)


def _sources(report: ReportModel) -> dict[str, _Source]:
    """Name the layers of a report and the files they are drawn from."""
    where = report.localization
    sources = {
        "picture": _PICTURE,
        "heatmap": _Source("heat", where.heatmap),
        "mask": _Source("mask", where.mask),
        "reliability": _Source("reliability", where.reliability),
    }
    for finding in report.findings:
        if finding.map is not None:
            name = finding.map.removeprefix("maps/").removesuffix(".png")
            sources.setdefault(name, _Source("heat", finding.map, finding.id))
    return sources


@router.get("/v1/reports/{id}/layers", tags=["reports"], responses=_problems(404, 409))
def get_layers(service: Serving, owner: Owner, id: str) -> wire.Layers:
    """List what a deep-zoom viewer can show: the photo and its maps."""
    found, text = _report(service, owner, id)
    report = ReportModel.model_validate_json(text)
    exhibit = report.exhibit
    width, height = turned_size(exhibit.width, exhibit.height, exhibit.orientation)
    base = f"/v1/reports/{found.id}"
    layers = [
        wire.Layer(
            name=name, kind=source.kind, finding=source.finding,
            tiles=f"{base}/tiles/{name}.dzi",
            map=None if source.kind == "picture" else f"{base}/{source.file}",
        )
        for name, source in _sources(report).items()
    ]  # fmt: skip
    return wire.Layers(width=width, height=height, orientation=exhibit.orientation, layers=layers)


Format = Literal["jpg", "png"]


@router.get(
    "/v1/reports/{id}/tiles/{layer}.dzi",
    tags=["reports"],
    response_class=Response,
    responses={200: {"content": {"application/xml": {}}}, **_problems(404, 409, 503)},
)
async def get_pyramid(
    service: Serving,
    owner: Owner,
    id: str,
    layer: str,
    format: Annotated[Format | None, Query(description="png shows the photo without loss")] = None,
) -> Response:
    """Describe the tiles of a layer as a Deep Zoom image."""
    data = await _tile(service, owner, id, layer, format, "dzi")
    return Response(data, media_type="application/xml", headers=_CACHED)


@router.get(
    "/v1/reports/{id}/tiles/{layer}_files/{level}/{column}_{row}.{format}",
    tags=["reports"],
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}, "image/png": {}}}, **_problems(404, 409, 503)},
)
async def get_tile(
    service: Serving,
    owner: Owner,
    id: str,
    layer: str,
    level: int,
    column: int,
    row: int,
    format: Format,
) -> Response:
    """Return a tile."""
    data = await _tile(service, owner, id, layer, format, f"{level}/{column}_{row}.{format}")
    kind = "image/jpeg" if format == "jpg" else "image/png"
    return Response(data, media_type=kind, headers=_CACHED)


async def _tile(
    service: Service, owner: str, identifier: str, layer: str, format: Format | None, name: str
) -> bytes:
    def read() -> bytes:
        found = service.records.examination(owner, _text(identifier) or "")
        extension = format or ("jpg" if layer == "picture" else "png")
        target = f"tiles/{_text(layer)}.{extension}"
        sha256 = service.records.file(found.id, target)
        if sha256 is None:
            source, orientation = _PICTURE, 1
            if layer != "picture":  # which is there before the report
                report = ReportModel.model_validate_json(_report(service, owner, found.id)[1])
                orientation = report.exhibit.orientation
                source = _layer(report, layer, extension)
            limits = service.settings.max_bytes, service.settings.max_pixels
            sha256 = service.runner.view(
                found.id, source.file, target,
                lambda path, made: DrawTiles(
                    path, made, source.kind, extension, orientation, *limits
                ),
            )  # fmt: skip
        return service.records.store.read_member(sha256, name)

    return await _view(service, read)


def _layer(report: ReportModel, name: str, extension: Format) -> _Source:
    source = _sources(report).get(name)
    if source is None or extension == "jpg":
        raise Missing("the report has no such layer")
    return source


async def _view(service: Service, read: Callable[[], bytes]) -> bytes:
    """Draw what is shown, in a thread that waits for the process that draws."""
    try:
        with _http_errors():
            return await run_sync(read, limiter=service.views)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None


_Boxed = Annotated[
    str | None,
    Query(
        pattern=r"^\d{1,6},\d{1,6},\d{1,6},\d{1,6}$",
        description="x, y, width, height in stored pixels; without it, of the whole picture",
        examples=["100,80,320,240"],
    ),
]


async def _measure(
    service: Service, owner: str, id: str, what: Literal["histogram", "spectrum"], box: str | None
) -> bytes:
    def read() -> bytes:
        found = service.records.examination(owner, _text(id) or "")
        limits = service.settings.max_bytes, service.settings.max_pixels
        part = None if box is None else cast(Box, tuple(map(int, box.split(","))))

        def task(path: str, made: str) -> View:
            return Measure(path, made, what, part, *limits)

        return service.runner.look(found.id, UPLOAD, task)

    return await _view(service, read)


@router.get("/v1/reports/{id}/histogram", tags=["reports"], responses=_problems(404, 503))
async def get_histogram(
    service: Serving, owner: Owner, id: str, box: _Boxed = None
) -> wire.Histogram:
    """Count the values of the stored pixels, by channel."""
    data = await _measure(service, owner, id, "histogram", box)
    return wire.Histogram.model_validate_json(data)


@router.get(
    "/v1/reports/{id}/spectrum.png",
    tags=["reports"],
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **_problems(404, 503)},
)
async def get_spectrum(service: Serving, owner: Owner, id: str, box: _Boxed = None) -> Response:
    """Draw the power spectrum of the stored pixels, turned as the picture is shown."""
    data = await _measure(service, owner, id, "spectrum", box)
    return Response(data, media_type="image/png", headers=_CACHED)


@router.get("/v1/reports/{id}/structure", tags=["reports"], responses=_problems(404, 503))
async def get_structure(service: Serving, owner: Owner, id: str) -> dict[str, Any]:
    """Describe the file as ``locard info --json`` does: markers, tables, metadata, thumbnail."""

    def read() -> bytes:
        found = service.records.examination(owner, _text(id) or "")
        limits = service.settings.max_bytes, service.settings.max_pixels
        sha256 = service.runner.view(
            found.id, UPLOAD, "structure.json",
            lambda path, made: Describe(path, made, found.name, *limits),
        )  # fmt: skip
        return service.records.store.read(sha256)

    described = json.loads(await _view(service, read))
    return cast(dict[str, Any], described)


@router.get("/v1/reports/{id}/words", tags=["reports"], responses=_problems(404, 409))
def get_words(service: Serving, owner: Owner, id: str, lang: Languages = "en") -> wire.Words:
    """Say a report again in another language."""
    say = load_language(_known(lang))
    _, text = _report(service, owner, id)
    case = case_of_report(ReportModel.model_validate_json(text))
    explanation = explain(case, say.code)
    return wire.Words(
        language=say.code,
        lay=list(explanation.lay),
        claims=list(explanation.claims),
        findings={
            finding.id: wire.FindingWords(
                title=say.title(finding.method, case.titles.get(finding.method, finding.method)),
                says=say.says(finding),
                reason=None if finding.reason is None else say.phrase(finding.reason),
                limitations=[say.phrase(text) for text in finding.limitations],
                innocent=[say.phrase(text) for text in finding.innocent],
            )
            for finding in case.findings
        },
    )


@router.get(
    "/v1/reports/{id}/thumbnail.jpg",
    tags=["reports"],
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **_problems(404, 409)},
)
def get_thumbnail(service: Serving, owner: Owner, id: str) -> Response:
    """Return the photo as it is shown, at most 360 pixels long."""
    found, _ = _report(service, owner, id)
    with _http_errors():
        data = _read(service, found.id, "thumbnail.jpg")
    return Response(data, media_type="image/jpeg", headers=_CACHED)


@router.post("/v1/ask", tags=["reports"], responses=_problems(404, 409, 429))
def ask(request: Request, service: Serving, owner: Owner, question: wire.Question) -> wire.Answer:
    """Answer a question from a report; every sentence cites its findings."""
    _limit_rate(service, request, owner, 1)
    _, text = _report(service, owner, question.report)
    report = ReportModel.model_validate_json(text)
    language = _known(question.language or report.explanation.language)
    reply = ask_case(case_of_report(report), question.question, language)
    return wire.Answer(text=reply.text, claims=list(reply.claims), topics=list(reply.topics))


# Cases


@router.post("/v1/cases", status_code=201, tags=["cases"])
def open_case(service: Serving, owner: Owner, new: wire.NewCase) -> wire.Case:
    """Open a case."""
    return service.records.open_case(owner, _clean(new))


def _clean(new: wire.NewCase) -> wire.NewCase:
    tags = None if new.tags is None else [_text(tag) or "" for tag in new.tags]
    return new.model_copy(
        update={"title": _text(new.title), "notes": _text(new.notes), "tags": tags}
    )


@router.get("/v1/cases", tags=["cases"])
def list_cases(
    service: Serving,
    owner: Owner,
    search: Annotated[str | None, Query(max_length=200, description="in title and notes")] = None,
    tag: Annotated[str | None, Query(max_length=60)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> wire.Cases:
    """List cases, newest first."""
    return service.records.cases(owner, _text(search), _text(tag), limit)


@router.get("/v1/cases/{id}", tags=["cases"], responses=_problems(404))
def get_case(service: Serving, owner: Owner, id: str) -> wire.Case:
    """Return a case."""
    with _http_errors():
        return service.records.case(owner, _text(id) or "")


@router.patch("/v1/cases/{id}", tags=["cases"], responses=_problems(404))
def change_case(service: Serving, owner: Owner, id: str, new: wire.NewCase) -> wire.Case:
    """Change title, notes or tags."""
    with _http_errors():
        return service.records.change_case(owner, _text(id) or "", _clean(new))


@router.delete("/v1/cases/{id}", status_code=204, tags=["cases"], responses=_problems(404))
def delete_case(service: Serving, owner: Owner, id: str) -> None:
    """Delete a case with all its examinations."""
    with _http_errors():
        for examination in service.records.delete_case(owner, _text(id) or ""):
            service.runner.cancel(examination)


# Sign-in of the page


@router.get("/v1/session", tags=["session"])
def get_session(service: Serving, request: Request, key: Key, cookie: Cookie) -> wire.Session:
    """Say whether the service asks for keys, and who asks."""
    if not service.settings.keys:
        return wire.Session(keys=False, owner=None)
    try:
        return wire.Session(keys=True, owner=owner_of(request, key, cookie))
    except HTTPException:
        return wire.Session(keys=True, owner=None)


@router.post("/v1/session", tags=["session"], responses=_problems(429))
def sign_in(
    request: Request, response: Response, service: Serving, given: wire.SignIn
) -> wire.Session:
    """Take a cookie for a key, for a browser; it stands for the key for 12 hours."""
    _limit_rate(service, request, "sign-in", 1)
    settings = service.settings
    if not settings.keys:
        return wire.Session(keys=False, owner=None)
    owner = settings.owner_of(given.key)
    if owner is None:
        raise HTTPException(401, "there is no such key")
    response.set_cookie(
        COOKIE, issue(settings, owner), max_age=SESSION_S, httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return wire.Session(keys=True, owner=owner)


@router.delete("/v1/session", status_code=204, tags=["session"])
def sign_out(response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


# The service itself


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


async def _broken(_: Request, error: Exception) -> Response:
    log.error("broken", error=type(error).__name__)
    return JSONResponse({"detail": "the service failed at this; its log says why"}, 500)


async def _unreadable(_: Request, error: Exception) -> Response:
    """Say in one sentence what is wrong with a request, without repeating what was sent."""
    first = cast(RequestValidationError, error).errors()[0]
    where = ".".join(str(part) for part in first["loc"][:4])
    return JSONResponse({"detail": printable(f"{where}: {first['msg']}", 300)}, 422)


async def _unavailable(_: Request, error: Exception) -> Response:
    log.error("database", error=str(error).splitlines()[0])
    return JSONResponse(
        {"detail": "the database does not answer"}, 503, headers={"Retry-After": "5"}
    )


def create_app(settings: Settings) -> FastAPI:
    """Return the service as an ASGI application; it works from start-up to shut-down.

    Raises: DatabaseError, one sentence, when the database cannot be used.
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
    app.include_router(router)
    app.include_router(web.router)
    app.add_exception_handler(Exception, _broken)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(OperationalError, _unavailable)
    app.openapi()  # made once, here, rather than while others wait for an answer
    app.add_middleware(Guard, settings=settings, telemetry=telemetry)
    return app
