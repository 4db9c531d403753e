from __future__ import annotations

import io
import uuid
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("fsspec", reason="the service needs the extra serve")

from locard.serve.store import Store


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}")


def test_same_content_is_kept_once(store: Store, tmp_path: Path) -> None:
    first, second = store.put(io.BytesIO(b"a" * 3_000_000)), store.put(io.BytesIO(b"a" * 3_000_000))
    assert first == second
    assert store.list() == {first}
    assert store.read(first) == b"a" * 3_000_000
    assert store.fetch(first, tmp_path).read_bytes() == b"a" * 3_000_000


def test_an_id_is_no_file_of_the_store(store: Store) -> None:
    assert store.read_id() is None
    store.write_id("first")
    store.write_id("second")
    assert store.read_id() == "second"
    assert store.list() == set()


def test_deleted_is_gone_although_it_was_open(store: Store) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x", b"inside")
    name = store.put(stream)
    assert store.read_member(name, "x") == b"inside"
    with pytest.raises(KeyError):
        store.read_member(name, "y")
    store.delete(name)
    store.delete(name)
    assert store.list() == set()
    with pytest.raises(FileNotFoundError):
        store.read_member(name, "x")
