"""A real server process from end to end: sockets, signals, worker processes, the client."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from serve.pictures import picture

pytest.importorskip("fastapi", reason="the service needs the extra serve")
pytest.importorskip("httpx", reason="the client needs the extra client")

from locard.client import Client, ServiceError
from locard.serve.wire import State

_PATIENCE = 240.0


class Server:
    """A process of ``locard serve``."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "locard", "serve", "--port", "0", "--data", str(folder)]
        self.log = folder.with_suffix(".log")
        with self.log.open("ab") as errors:
            self.process = subprocess.Popen(
                [*command, *options], stdout=subprocess.PIPE, stderr=errors, text=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )  # fmt: skip
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rpartition(":")[2])
        self.client = Client(self.url, timeout=_PATIENCE)
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self.client.cases()
                return
            except ServiceError:
                assert time.monotonic() < end, self.log.read_text()
                time.sleep(0.1)

    def stop(self, how: signal.Signals) -> int:
        self.client.close()
        self.process.send_signal(how)
        code = self.process.wait(_PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = ("--workers", "1", "--body-timeout", "1.5", "--max-body", "3000000")
    server = Server(tmp_path_factory.mktemp("serve") / "data", *options)
    yield server
    if server.process.poll() is None:
        server.stop(signal.SIGKILL)


def test_a_picture_from_upload_to_deletion(server: Server, tmp_path: Path) -> None:
    client = server.client
    (tmp_path / "boat.png").write_bytes(picture(size=80, kind="PNG"))
    case = client.open_case("Harbour", tags=["press"])
    sent = client.examine(tmp_path / "boat.png", profile="quick", stability=False, case=case.id)
    assert sent.name == "boat.png"
    steps = list(client.follow(sent.id))
    assert steps[-1].state is State.DONE, steps[-1]
    ended = [s for s in steps if s.method]
    assert [s.done for s in ended] == sorted(s.done for s in ended)
    assert all(s.done <= s.total for s in ended)
    report = client.wait(sent.id)
    assert report.exhibit.sha256 == sent.sha256
    assert client.examination(sent.id).verdict == report.opinion.verdict
    assert [e.id for e in client.examinations(case=case.id, search="boat")] == [sent.id]
    page = client.page(sent.id)
    assert b"boat.png" in page
    layers = client.layers(sent.id)
    assert [layer.name for layer in layers.layers[:4]] == [
        "picture",
        "heatmap",
        "mask",
        "reliability",
    ]
    get = client._http.get
    for layer in layers.layers:
        size = ElementTree.fromstring(get(layer.tiles).content)[0].attrib
        assert size == {"Width": "80", "Height": "80"}
        form = "jpg" if layer.kind == "picture" else "png"
        tile = get(layer.tiles.replace(".dzi", f"_files/7/0_0.{form}"))
        assert Image.open(io.BytesIO(tile.content)).size == (80, 80)
        assert get(layer.tiles.replace(".dzi", "_files/7/9_0.png")).status_code == 404
        if layer.map is not None:
            assert Image.open(io.BytesIO(get(layer.map).content)).size == (80, 80)
    exact = get(layers.layers[0].tiles.replace(".dzi", "_files/7/0_0.png")).content
    original = Image.open(tmp_path / "boat.png")
    assert Image.open(io.BytesIO(exact)).tobytes() == original.tobytes()
    words = {c: client.words(sent.id, c) for c in ("en", "de")}
    assert [c.text for c in words["en"].lay] == [c.text for c in report.explanation.lay]
    assert words["de"].lay[0].text != words["en"].lay[0].text
    assert words["de"].lay[0].findings == words["en"].lay[0].findings
    assert set(words["de"].findings) == {finding.id for finding in report.findings}
    assert get(f"/v1/reports/{sent.id}/words?lang=xx").status_code == 422
    assert sum(client.histogram(sent.id).luma) == 80 * 80
    assert sum(client.histogram(sent.id, (8, 8, 32, 16)).luma) == 32 * 16
    drawn = client.spectrum(sent.id, (8, 8, 32, 16))
    assert Image.open(io.BytesIO(drawn)).size == (16, 16)
    for wrong in ((80, 0, 8, 8), (0, 0, 0, 0)):
        with pytest.raises(ServiceError) as refused:
            client.histogram(sent.id, wrong)
        assert refused.value.status == 422
    assert get(f"/v1/reports/{sent.id}/spectrum.png?box=0,0,9,9").status_code == 422
    assert client.structure(sent.id)["format"] == "PNG"
    assert Image.open(io.BytesIO(client.thumbnail(sent.id))).size == (80, 80)
    assert client.case(case.id).examinations == 1
    assert client.move(sent.id, None).case is None
    assert client.move(sent.id, case.id).case == case.id
    assert not client.session().keys
    answer = client.ask(sent.id, "How sure is this?")
    assert answer.text
    assert all(claim.findings for claim in answer.claims)
    client.delete(sent.id)
    with pytest.raises(ServiceError, match="no such examination") as caught:
        client.report(sent.id)
    assert caught.value.status == 404
    assert client.change_case(case.id, notes="done").examinations == 0
    store = server.log.with_suffix("") / "store"
    assert [path.name for path in store.rglob("*") if path.is_file()] == ["id"]


def test_a_picture_that_cannot_be_examined_says_why(server: Server) -> None:
    cut = picture(kind="PNG")[:60]
    sent = server.client.examine(cut, profile="quick")
    with pytest.raises(ServiceError, match=r"PNG|cut off|damaged") as caught:
        server.client.wait(sent.id)
    assert caught.value.status == 422
    assert server.client.examination(sent.id).state is State.FAILED


def answer_to(server: Server, request: bytes, rest: bytes = b"", times: int = 0) -> bytes:
    """Send a head, then ``rest`` again and again, and return what comes back."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(request)

        def pour() -> None:
            try:
                for _ in range(times):
                    connection.sendall(rest)
            except OSError:
                pass

        pouring = threading.Thread(target=pour)
        pouring.start()
        received = b""
        while part := connection.recv(65536):
            received += part
            if b"\r\n\r\n" in received and b"}" in received:
                break
        connection.close()
        pouring.join(60)
    return received


_HEAD = b"POST /v1/examine HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: image/jpeg\r\n"


def test_an_endless_body_gets_an_answer(server: Server) -> None:
    head = _HEAD + b"transfer-encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
    answer = answer_to(server, head, chunk, 10 * 2**30 // 65536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"MiB" in answer
    answer = answer_to(server, _HEAD + b"content-length: 10737418240\r\n\r\n", bytes(65536), 200)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_slow_client_gets_an_answer(server: Server) -> None:
    answer = answer_to(server, _HEAD + b"content-length: 1000\r\n\r\nabc")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert server.client._http.get("/health").json()["status"] == "ok"


def test_made_up_requests_find_no_server_error(server: Server) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    if not program.exists():
        pytest.skip("made-up requests need schemathesis")
    checks = "not_a_server_error,status_code_conformance,response_schema_conformance"
    found = subprocess.run(
        [
            str(program), "run", f"{server.url}/openapi.json", "--checks", checks,
            "--phases", "examples,coverage,fuzzing", "--max-examples", "2", "--seed", "1",
            "--request-timeout", "60", "--no-color",
        ],
        capture_output=True, text=True, timeout=_PATIENCE,
        cwd=server.log.parent,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-6000:] + found.stderr
    paths = server.client._http.get("/openapi.json").json()["paths"]
    assert f"Tested: {sum(len(operations) for operations in paths.values())}" in found.stdout


def test_a_killed_service_loses_nothing(tmp_path: Path) -> None:
    options = ("--workers", "1", "--grace", "0")
    first = Server(tmp_path / "data", *options)
    try:
        sent = first.client.examine_all(
            [picture(seed) for seed in range(3)], profile="quick", stability=False
        )
        first.stop(signal.SIGKILL)
        second = Server(tmp_path / "data", *options)
        sent += second.client.examine_all([picture(9)], profile="quick", stability=False)
        assert second.stop(signal.SIGTERM) in (0, -signal.SIGTERM)
        third = Server(tmp_path / "data", *options)
        for examination in sent:
            assert third.client.wait(examination.id).exhibit.sha256 == examination.sha256
        states = [e.state for e in third.client.examinations()]
        assert states == [State.DONE] * 4
        third.stop(signal.SIGTERM)
    finally:
        for process in (first, locals().get("second"), locals().get("third")):
            if process is not None and process.process.poll() is None:
                process.stop(signal.SIGKILL)
