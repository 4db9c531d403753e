"""``locard calibrate`` fits on a labelled table and refuses anything else."""

from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from conftest import jpeg_bytes, synthetic_photo
from locard.cli import app
from locard.opinion.calibration import Fusion

RUN = CliRunner()


def test_from_labelled_files_to_calibrators(tmp_path: Path) -> None:
    rows = ["path,label,source"]
    for i in range(8):
        picture = synthetic_photo(128, 128, i)
        if i % 2:
            picture = np.ascontiguousarray(picture[::-1])
        (tmp_path / f"{i}.jpg").write_bytes(jpeg_bytes(picture, 80 + i))
        rows.append(f"{i}.jpg,{i % 2},camera {i // 2}")
    (tmp_path / "index.csv").write_text("\n".join(rows) + "\n")
    options = ["--question", "edited", "--data", "synthetic", "--out", str(tmp_path / "out")]
    options += ["--scores", str(tmp_path / "scores.csv"), "--jobs", "1"]
    done = RUN.invoke(app, ["calibrate", str(tmp_path / "index.csv"), *options])
    assert done.exit_code == 0, done.output
    fusion = Fusion.model_validate_json((tmp_path / "out" / "fusion.edited.json").read_text())
    assert fusion.fitted_on.proposition == fusion.fitted_on.alternative == 4
    again = RUN.invoke(app, ["calibrate", str(tmp_path / "index.csv"), *options])
    assert again.stdout == done.stdout


def test_wrong_tables_are_refused(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text("a,b\n1,2\n")
    options = ["--question", "edited", "--data", "x", "--out", str(tmp_path / "out")]
    done = RUN.invoke(app, ["calibrate", str(tmp_path / "index.csv"), *options])
    assert done.exit_code == 2
    assert "columns path, label and source" in done.stderr
    done = RUN.invoke(app, ["calibrate", str(tmp_path / "none.csv"), *options])
    assert done.exit_code == 2
    options[1] = "wrong"
    done = RUN.invoke(app, ["calibrate", str(tmp_path / "index.csv"), *options])
    assert done.exit_code == 2
