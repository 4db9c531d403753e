"""Cases over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from locard.serve import wire
from locard.serve.service import Owner, Serving, http_errors, problems, storable

router = APIRouter(responses=problems())


@router.post("/v1/cases", status_code=201, tags=["cases"])
def open_case(service: Serving, owner: Owner, new: wire.NewCase) -> wire.Case:
    """Open a case."""
    return service.records.open_case(owner, _clean(new))


def _clean(new: wire.NewCase) -> wire.NewCase:
    tags = None if new.tags is None else [storable(tag) or "" for tag in new.tags]
    return new.model_copy(
        update={"title": storable(new.title), "notes": storable(new.notes), "tags": tags}
    )


@router.get("/v1/cases", tags=["cases"], responses=problems(404))
def list_cases(
    service: Serving,
    owner: Owner,
    search: Annotated[str | None, Query(max_length=200, description="in title and notes")] = None,
    tag: Annotated[str | None, Query(max_length=60)] = None,
    after: Annotated[str | None, Query(max_length=40, description="``next`` of a page")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> wire.Cases:
    """List cases, newest first."""
    with http_errors():
        return service.records.cases(owner, storable(search), storable(tag), storable(after), limit)


@router.get("/v1/cases/{id}", tags=["cases"], responses=problems(404))
def get_case(service: Serving, owner: Owner, id: str) -> wire.Case:
    """Return a case."""
    with http_errors():
        return service.records.case(owner, storable(id) or "")


@router.patch("/v1/cases/{id}", tags=["cases"], responses=problems(404))
def change_case(service: Serving, owner: Owner, id: str, new: wire.NewCase) -> wire.Case:
    """Change title, notes or tags."""
    with http_errors():
        return service.records.change_case(owner, storable(id) or "", _clean(new))


@router.delete("/v1/cases/{id}", status_code=204, tags=["cases"], responses=problems(404))
def delete_case(service: Serving, owner: Owner, id: str) -> None:
    """Delete a case with all its examinations."""
    with http_errors():
        for examination in service.records.delete_case(owner, storable(id) or ""):
            service.runner.cancel(examination)
