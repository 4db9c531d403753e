"""``locard serve``: the web page and the HTTP service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8470,
    data: Annotated[
        Path, typer.Option(help="Folder for database and store, unless they are given.")
    ] = Path("locard-data"),
    database: Annotated[
        str | None, typer.Option(help="SQLAlchemy URL, for example postgresql+psycopg://…")
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="Folder or fsspec URL for pictures, maps and tiles.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="File with API keys: a name and a key on each line.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Another name that the service is called by.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Examinations at once; one per processor by default.")
    ] = None,
    max_bytes: Annotated[int, typer.Option(min=1024, help="Largest picture.")] = 64 * 2**20,
    max_body: Annotated[int, typer.Option(min=1024, help="Largest request.")] = 256 * 2**20,
    max_pixels: Annotated[int, typer.Option(min=256, help="Most pixels.")] = 150_000_000,
    max_files: Annotated[int, typer.Option(min=1, help="Most pictures in a request.")] = 50,
    max_uploads: Annotated[int, typer.Option(min=1, help="Most uploads at once.")] = 16,
    max_queue: Annotated[int, typer.Option(min=1, help="Most examinations that wait.")] = 1000,
    time_limit: Annotated[float, typer.Option(min=1.0, help="Seconds for one picture.")] = 180.0,
    rate: Annotated[str, typer.Option(help="Pictures and questions of one client.")] = "600/minute",
    body_timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds between two parts of a request.")
    ] = 15.0,
    keep_days: Annotated[
        float | None, typer.Option(min=0.0, help="Delete examinations that ended so long ago.")
    ] = None,
    grace: Annotated[
        float, typer.Option(min=0.0, help="Seconds that running examinations get at the end.")
    ] = 20.0,
) -> None:
    """Serve the web page and the HTTP API, on this machine alone unless --host says otherwise.

    Examinations that were accepted survive a restart. SIGINT and SIGTERM stop it in
    order. Exit code 2: wrong usage.
    """
    import os
    from contextlib import nullcontext

    try:
        from limits import parse

        from locard.serve.database import DatabaseError, sole_service
        from locard.serve.server import bind
        from locard.serve.server import serve as run
        from locard.serve.settings import Settings, local_settings, read_keys
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("locard"):
            raise
        typer.echo("serving needs more packages: pip install 'locard[serve]'", err=True)
        raise typer.Exit(2) from None
    local = host in _LOOPBACK
    if not local and keys is None:
        raise typer.BadParameter(
            "others can reach this address, so --keys is needed", param_hint="--host"
        )
    hosts = tuple(allow_host or ())
    if local:
        hosts = (*Settings("", "").hosts, *hosts)
    try:
        known = read_keys(keys) if keys is not None else {}
        parse(rate)
        if database is None or store is None:
            # A folder that is there keeps its mode: others may use it.
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except ValueError as error:
        hint = "--keys" if keys is not None and str(keys) in str(error) else "--rate"
        raise typer.BadParameter(str(error), param_hint=hint) from None
    except OSError as error:
        raise typer.BadParameter(
            f"{data} cannot be used ({error.strerror})", param_hint="--data"
        ) from None
    defaults = local_settings(data)
    settings = Settings(
        database=database or defaults.database, store=store or defaults.store, keys=known,
        hosts=hosts, workers=workers or os.cpu_count() or 1, max_bytes=max_bytes,
        max_body=max_body, max_pixels=max_pixels, max_files=max_files, max_uploads=max_uploads,
        max_queue=max_queue, time_limit=time_limit, rate=rate, body_idle_s=body_timeout,
        keep_days=keep_days, grace_s=grace,
    )  # fmt: skip
    try:
        listening = bind(host, port)
    except OSError as error:
        typer.echo(f"{host}:{port} cannot be listened at ({error.strerror})", err=True)
        raise typer.Exit(2) from None
    with listening:
        shown = f"[{host}]" if ":" in host else host
        try:
            in_data = database is None or store is None
            with sole_service(data) if in_data else nullcontext():
                address = f"http://{shown}:{listening.getsockname()[1]}"
                run(settings, listening, lambda: typer.echo(address))
        except (DatabaseError, ImportError, OSError, ValueError) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
