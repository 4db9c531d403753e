"""A chat server in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass
class ChatServer:
    url: str
    folder: Path

    def answer(self, step: str, value: object) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        (self.folder / f"{step}.json").write_text(text)

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(f.read_text()) for f in sorted(self.folder.glob("request-*"))]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    pytest.importorskip("httpx", reason="needs the extra vlm")
    for name in ("LOCARD_API_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "server"
    folder.mkdir()
    program = [sys.executable, str(Path(__file__).with_name("chat_server.py")), str(folder)]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = ChatServer(f"http://127.0.0.1:{process.stdout.readline().strip()}/v1", folder)
    found.answer("observe", {"observations": []})
    found.answer("judge", {"domain": "cannot tell", "claims": []})
    yield found
    process.terminate()
    process.wait(10)
    process.stdout.close()
