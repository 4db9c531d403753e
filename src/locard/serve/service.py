"""What every part of the API needs: the service, who asks, and how it is refused."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, cast

import anyio
from fastapi import Depends, HTTPException, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from limits import parse
from limits.strategies import SlidingWindowCounterRateLimiter

from locard.explain import list_languages
from locard.report.strings import printable
from locard.serve import wire
from locard.serve.records import Missing, Records
from locard.serve.runner import Hub, Runner
from locard.serve.session import COOKIE, owner_of_cookie
from locard.serve.settings import Settings
from locard.serve.telemetry import Telemetry
from locard.workers import WorkerLost

_LOCAL = "local"  # who works without keys

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


def known_parameters(request: Request) -> None:
    """Refuse query parameters that a route does not have: a typo must not change what is done."""
    known = set(_parameters(request.scope["route"].dependant))
    for name in request.query_params:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise HTTPException(422, f"there is no query parameter {printable(name, 60)}{hint}")


def _parameters(dependant: Dependant) -> Iterator[str]:
    yield from (parameter.alias for parameter in dependant.query_params)
    for part in dependant.dependencies:
        yield from _parameters(part)


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


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Describe the refusals of a path for OpenAPI: those that all have, and its own."""
    return {code: {"model": wire.Problem} for code in (400, 401, 403, 408, 413, 421, 422, *codes)}


@contextmanager
def http_errors() -> Iterator[None]:
    """Turn what is missing, or cannot be made now, into an answer over HTTP."""
    try:
        yield
    except (Missing, FileNotFoundError, KeyError) as error:
        detail = str(error) if isinstance(error, Missing) else "there is no such thing"
        raise HTTPException(404, detail) from None
    except WorkerLost as error:
        raise HTTPException(503, str(error), {"Retry-After": "10"}) from None


def limit_rate(service: Service, request: Request, owner: str, cost: int) -> None:
    """Refuse a client that asks too much."""
    client = request.client.host if request.client is not None else ""
    rate = parse(service.settings.rate)
    if cost > rate.amount:  # which no waiting would change
        raise HTTPException(
            413, f"a request may have at most {rate.amount} pictures, for the service takes "
            f"{service.settings.rate}",
        )  # fmt: skip
    if not service.rates.hit(rate, owner, client, cost=cost):
        wait = max(1, round(rate.get_expiry() / max(1, rate.amount)))
        raise HTTPException(
            429, f"more than {service.settings.rate} pictures and questions",
            {"Retry-After": str(wait)},
        )  # fmt: skip


def known_language(language: str) -> str:
    """Return a code that there are words for, or refuse."""
    if language not in list_languages():
        raise HTTPException(422, f"there is no language {printable(language, 10)!r}")
    return language


def storable(value: str | None) -> str | None:
    """Return a text as a database can keep it: PostgreSQL takes no null characters."""
    return None if value is None else value.replace("\0", "\N{REPLACEMENT CHARACTER}")
