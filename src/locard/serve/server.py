"""The server process: uvicorn with the limits of `locard.serve.guard`."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from locard.serve.app import create_app
from locard.serve.guard import PatientProtocol
from locard.serve.settings import Settings
from locard.serve.telemetry import start_logs


def bind(host: str, port: int) -> socket.socket:
    """Take the address, before anything is written anywhere.

    Raises: OSError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening


def serve(settings: Settings, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Answer requests until SIGINT or SIGTERM.

    Args: ready: called once nothing stands in the way.

    Raises: DatabaseError, one sentence, when the database cannot be used, or not with this store.
    """
    start_logs()
    app = create_app(settings)
    ready()
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
        limit_concurrency=1000,
        backlog=512,
    )
    uvicorn.Server(config).run(sockets=[listening])
