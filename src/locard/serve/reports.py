"""Reports over HTTP: pages, maps, tiles, measurements, words and questions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from anyio.to_thread import run_sync
from fastapi import APIRouter, HTTPException, Query, Request, Response

from locard.exhibit.orientation import Box, turned_size
from locard.explain import explain, load_language
from locard.explain.dialogue import ask as ask_case
from locard.report.saved import case_of_report
from locard.report.schema import ReportModel
from locard.serve import wire
from locard.serve.records import UPLOAD, Missing
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
from locard.serve.tasks import Describe, DrawTiles, Measure, PrintPdf, View
from locard.serve.wire import State

router = APIRouter(responses=problems())


def _report(service: Service, owner: str, identifier: str) -> tuple[wire.Examination, str]:
    with http_errors():
        found, report = service.records.report(owner, storable(identifier) or "")
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
        **problems(404, 409, 501, 503),
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
        with http_errors():
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
        with http_errors():
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
    responses={200: {"content": {"image/png": {}}}, **problems(404, 409)},
)
def get_map(service: Serving, owner: Owner, id: str, name: str) -> Response:
    """Return a map as 8-bit grey PNG on the stored pixel grid; 255 stands for 1."""
    found, _ = _report(service, owner, id)
    with http_errors():
        data = _read(service, found.id, f"maps/{storable(name)}.png")
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


@router.get("/v1/reports/{id}/layers", tags=["reports"], responses=problems(404, 409))
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
    responses={200: {"content": {"application/xml": {}}}, **problems(404, 409, 503)},
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
    responses={200: {"content": {"image/jpeg": {}, "image/png": {}}}, **problems(404, 409, 503)},
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
    extension = format or ("jpg" if layer == "picture" else "png")
    target = f"tiles/{storable(layer)}.{extension}"

    def drawn() -> bytes | None:
        found = service.records.examination(owner, storable(identifier) or "")
        sha256 = service.records.file(found.id, target)
        return None if sha256 is None else service.records.store.read_member(sha256, name)

    def draw() -> bytes:
        found = service.records.examination(owner, storable(identifier) or "")
        source, orientation = _PICTURE, 1
        if layer != "picture":  # which is there before the report
            report = ReportModel.model_validate_json(_report(service, owner, found.id)[1])
            orientation = report.exhibit.orientation
            source = _layer(report, layer, extension)
        limits = service.settings.max_bytes, service.settings.max_pixels
        sha256 = service.runner.view(
            found.id, source.file, target,
            lambda path, made: DrawTiles(path, made, source.kind, extension, orientation, *limits),
        )  # fmt: skip
        return service.records.store.read_member(sha256, name)

    with http_errors():
        # Not among those that wait for the process that draws.
        tile = await run_sync(drawn)
    return await _view(service, draw) if tile is None else tile


def _layer(report: ReportModel, name: str, extension: Format) -> _Source:
    source = _sources(report).get(name)
    if source is None or extension == "jpg":
        raise Missing("the report has no such layer")
    return source


async def _view(service: Service, read: Callable[[], bytes]) -> bytes:
    """Draw what is shown, in a thread that waits for the process that draws."""
    try:
        with http_errors():
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
        found = service.records.examination(owner, storable(id) or "")
        limits = service.settings.max_bytes, service.settings.max_pixels
        part = None if box is None else cast(Box, tuple(map(int, box.split(","))))

        def task(path: str, made: str) -> View:
            return Measure(path, made, what, part, *limits)

        return service.runner.look(found.id, UPLOAD, task)

    return await _view(service, read)


@router.get("/v1/reports/{id}/histogram", tags=["reports"], responses=problems(404, 503))
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
    responses={200: {"content": {"image/png": {}}}, **problems(404, 503)},
)
async def get_spectrum(service: Serving, owner: Owner, id: str, box: _Boxed = None) -> Response:
    """Draw the power spectrum of the stored pixels, turned as the picture is shown."""
    data = await _measure(service, owner, id, "spectrum", box)
    return Response(data, media_type="image/png", headers=_CACHED)


@router.get("/v1/reports/{id}/structure", tags=["reports"], responses=problems(404, 503))
async def get_structure(service: Serving, owner: Owner, id: str) -> dict[str, Any]:
    """Describe the file as ``locard info --json`` does: markers, tables, metadata, thumbnail."""

    def read() -> bytes:
        found = service.records.examination(owner, storable(id) or "")
        limits = service.settings.max_bytes, service.settings.max_pixels
        sha256 = service.runner.view(
            found.id, UPLOAD, "structure.json",
            lambda path, made: Describe(path, made, found.name, *limits),
        )  # fmt: skip
        return service.records.store.read(sha256)

    described = json.loads(await _view(service, read))
    return cast(dict[str, Any], described)


@router.get("/v1/reports/{id}/words", tags=["reports"], responses=problems(404, 409))
def get_words(service: Serving, owner: Owner, id: str, lang: Languages = "en") -> wire.Words:
    """Say a report again in another language."""
    say = load_language(known_language(lang))
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
    responses={200: {"content": {"image/jpeg": {}}}, **problems(404, 409)},
)
def get_thumbnail(service: Serving, owner: Owner, id: str) -> Response:
    """Return the photo as it is shown, at most 360 pixels long."""
    found, _ = _report(service, owner, id)
    with http_errors():
        data = _read(service, found.id, "thumbnail.jpg")
    return Response(data, media_type="image/jpeg", headers=_CACHED)


@router.post("/v1/ask", tags=["reports"], responses=problems(404, 409, 429))
def ask(request: Request, service: Serving, owner: Owner, question: wire.Question) -> wire.Answer:
    """Answer a question from a report; every sentence cites its findings."""
    limit_rate(service, request, owner, 1)
    _, text = _report(service, owner, question.report)
    report = ReportModel.model_validate_json(text)
    language = known_language(question.language or report.explanation.language)
    reply = ask_case(case_of_report(report), question.question, language)
    return wire.Answer(text=reply.text, claims=list(reply.claims), topics=list(reply.topics))
