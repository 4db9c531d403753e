"""Sign-in of the page: a cookie for a key."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from locard.serve import wire
from locard.serve.service import Cookie, Key, Serving, limit_rate, owner_of, problems
from locard.serve.session import COOKIE, SESSION_S, issue

router = APIRouter(responses=problems())


@router.get("/v1/session", tags=["session"])
def get_session(service: Serving, request: Request, key: Key, cookie: Cookie) -> wire.Session:
    """Say whether the service asks for keys, and who asks."""
    if not service.settings.keys:
        return wire.Session(keys=False, owner=None)
    try:
        return wire.Session(keys=True, owner=owner_of(request, key, cookie))
    except HTTPException:
        return wire.Session(keys=True, owner=None)


@router.post("/v1/session", tags=["session"], responses=problems(429))
def sign_in(
    request: Request, response: Response, service: Serving, given: wire.SignIn
) -> wire.Session:
    """Take a cookie for a key, for a browser; it stands for the key for 12 hours."""
    limit_rate(service, request, "sign-in", 1)
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
