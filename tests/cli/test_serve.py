from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("fastapi", reason="the service needs the extra serve")

from locard.cli import app
from locard.serve.database import sole_service


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
