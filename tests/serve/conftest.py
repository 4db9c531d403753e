"""A service in this process, without workers: what it accepts waits for ever."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the service needs the extra serve")
pytest.importorskip("sqlalchemy", reason="the service needs the extra serve")

with warnings.catch_warnings():
    # Starlette would rather have a fork of httpx.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", UserWarning)
    from fastapi.testclient import TestClient

from locard.serve.app import create_app
from locard.serve.settings import Settings, local_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(local_settings(tmp_path), workers=0, hosts=("testserver",))


Connect = Callable[..., TestClient]


@pytest.fixture
def connect(settings: Settings) -> Iterator[Connect]:
    """Return a function that starts a service with changed settings."""
    started: list[TestClient] = []

    def start(**changes: Any) -> TestClient:
        client = TestClient(create_app(replace(settings, **changes)), raise_server_exceptions=False)
        client.__enter__()
        started.append(client)
        return client

    yield start
    for client in started:
        client.__exit__(None, None, None)


def _postgres() -> Path | None:
    for found in (
        shutil.which("initdb"),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
    ):
        if found is not None:
            return Path(found).resolve().parent
    return None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL that runs for these tests alone."""
    programs = _postgres()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    pytest.importorskip("psycopg", reason="PostgreSQL needs the extra postgres")
    user: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp(prefix="locard-postgres-"))
    if os.geteuid() == 0:
        try:
            account = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def call(*command: str) -> None:
        subprocess.run(
            [str(programs / command[0]), *command[1:]], check=True, cwd=folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, **user,
        )  # fmt: skip

    data = str(folder / "data")
    call("initdb", "-D", data, "-A", "trust", "-U", "locard", "-N", "-E", "UTF8", "--locale=C")
    options = f"-F -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    call("pg_ctl", "-D", data, "-w", "-t", "100", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://locard@127.0.0.1:{port}/postgres"
    finally:
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
