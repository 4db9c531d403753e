from __future__ import annotations

import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("fastapi", reason="the service needs the extra serve")

from locard.cli import app
from locard.serve.database import open_database, sole_service
from locard.serve.records import Records, Upload
from locard.serve.store import Store


def test_a_folder_that_is_there_keeps_its_mode_and_has_one_service(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    with sole_service(folder):
        result = CliRunner().invoke(app, ["serve", "--port", "0", "--data", str(folder)])
    assert result.exit_code == 2
    assert "another service uses" in result.output
    assert "http://" not in result.output
    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_store_is_served_with_its_own_database_alone(tmp_path: Path) -> None:
    store = tmp_path / "data" / "store"
    engine = open_database(f"sqlite:///{tmp_path / 'own.db'}")
    records = Records(engine, Store(str(store)))
    upload = Upload("a.jpg", io.BytesIO(b"kept"), 4)
    kept = records.add(
        "a", [upload], profile="quick", language="en", stability=True, case=None, most=1
    )
    engine.dispose()
    options = ["--data", str(tmp_path / "data"), "--database", f"sqlite:///{tmp_path / 'typo.db'}"]
    result = CliRunner().invoke(app, ["serve", "--port", "0", *options])
    assert result.exit_code == 2
    assert "do not belong together" in result.output
    assert "http://" not in result.output
    assert records.store.list() == {kept[0].sha256}


@pytest.mark.parametrize("option", ["--database", "--store"])
def test_what_lies_in_the_folder_is_held_too(option: str, tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'x.db'}" if option == "--database" else str(tmp_path / "s")
    with sole_service(tmp_path):
        result = CliRunner().invoke(
            app, ["serve", "--port", "0", "--data", str(tmp_path), option, elsewhere]
        )
    assert result.exit_code == 2
    assert "another service uses" in result.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--host", "0.0.0.0"], "--keys"),
        (["--rate", "many"], "--rate"),
        (["--database", "nonsense"], "SQLAlchemy URL"),
        (["--keys", "KEYS"], "16 or more"),
        (["--data", "FILE"], "cannot be used"),
        (["--host", "192.0.2.1", "--keys", "GOOD"], "cannot be listened at"),
        (["--store", "nosuch://x"], "nosuch"),
    ],
)
def test_wrong_usage_is_one_sentence(options: list[str], says: str, tmp_path: Path) -> None:
    (tmp_path / "KEYS").write_text("# comment\nname short\n")
    (tmp_path / "GOOD").write_text("name 0123456789abcdef\n")
    (tmp_path / "FILE").write_text("")
    filled = [str(tmp_path / o) if o in ("KEYS", "GOOD", "FILE") else o for o in options]
    data = [] if "--data" in options else ["--data", str(tmp_path / "data")]
    result = CliRunner().invoke(app, ["serve", "--port", "0", *data, *filled])
    assert result.exit_code == 2
    assert says in " ".join(result.output.replace("│", " ").split())
    assert "short" not in result.output.replace("or more", ""), "a key is not shown"
