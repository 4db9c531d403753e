"""The scan: a row for each item, whatever it is, whatever ends the process."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conftest import jpeg_bytes, synthetic_photo
from locard.cli import app
from locard.cli.scan import describe_progress
from locard.methods.contract import LATE, not_applicable
from locard.scan import Progress, ScanError, Settings, scan, scanner
from locard.scan.results import Journal, opinion_row, schema
from locard.scan.scanner import Picture, examine_picture

pq = pytest.importorskip("pyarrow.parquet")

FAST = Settings(methods=("metadata",), stability=False)


@pytest.fixture(scope="session")
def pictures() -> list[bytes]:
    return [jpeg_bytes(synthetic_photo(64, 64, seed)) for seed in range(4)]


def rows(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(file).to_pylist()
    return found


def fill(folder: Path, pictures: list[bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(pictures):
        (folder / f"{number}.jpg").write_bytes(data)
    return folder


def test_a_folder_with_duplicates_and_bad_files(tmp_path: Path, pictures: list[bytes]) -> None:
    source = fill(tmp_path / "in", pictures)
    fill(source / "deeper", pictures[:1])
    (source / "bad.png").write_bytes(b"no picture")
    (source / "empty.jpg").write_bytes(b"")
    (source / "notes.md").write_text("not looked at")
    (source / "gone.jpg").symlink_to(tmp_path / "nowhere")
    heard: list[int] = []
    out = tmp_path / "out.parquet"
    done = scan([str(source)], out, FAST, progress=lambda now: heard.append(now.fresh))
    assert (done.items, done.pictures, done.errors) == (8, 6, 3)
    found = {Path(row["path"]).relative_to(source).as_posix(): row for row in rows(out)}
    assert found.keys() == {
        "0.jpg", "1.jpg", "2.jpg", "3.jpg", "deeper/0.jpg", "bad.png", "empty.jpg", "gone.jpg",
    }  # fmt: skip
    assert "text file" in found["bad.png"]["error"]
    assert found["empty.jpg"]["error"]
    assert "no such file" in found["gone.jpg"]["error"]
    assert found["gone.jpg"]["sha256"] is None
    # The first in the order of paths stands for both, in whatever order they were met.
    assert not found["0.jpg"]["duplicate"]
    assert found["deeper/0.jpg"]["duplicate"]
    assert found["deeper/0.jpg"]["verdict"] == found["0.jpg"]["verdict"] is not None
    assert found["0.jpg"]["format"] == "JPEG"
    assert found["0.jpg"]["width"] == 64
    assert found["0.jpg"]["size"] == len(pictures[0])
    assert heard[-1] == 8
    assert [file.name for file in tmp_path.iterdir() if "journal" in file.name] == []


def test_a_duplicate_is_examined_once(
    tmp_path: Path, pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def counted(picture: Picture, settings: Settings) -> dict[str, Any]:
        seen.append(picture.sha256)
        return {"verdict": "inconclusive", "seconds": 1.0}

    monkeypatch.setattr(scanner, "examine_picture", counted)
    fill(tmp_path / "a", pictures[:2] * 3)
    scan([str(tmp_path / "a")], tmp_path / "o.parquet", FAST)
    assert len(seen) == 2
    found = rows(tmp_path / "o.parquet")
    assert [row["duplicate"] for row in found] == [False, False, True, True, True, True]
    assert sum(row["seconds"] for row in found) == 2.0


def test_the_row_is_the_opinion_of_the_report(pictures: list[bytes]) -> None:
    from locard import examine

    report = examine(pictures[0], profile="quick")
    row = opinion_row(report)
    assert row["verdict"] == report.verdict
    for question, answer in report.opinion.questions.items():
        assert row[f"{question}_probability"] == pytest.approx(answer.probability, abs=1e-6)
        assert row[f"{question}_log10_lr"] == pytest.approx(answer.log10_lr, abs=1e-4)
        assert row[f"{question}_stability"] == pytest.approx(answer.stability, abs=1e-4)
    assert 0 < len(row["findings"]) <= 3
    strengths = [abs(one["log10_lr"]) for one in row["findings"]]
    assert strengths == sorted(strengths, reverse=True)
    assert row["late"] == []
    assert set(row) < set(schema().names)


def test_a_row_names_what_the_time_limit_left_out(pictures: list[bytes]) -> None:
    from locard import examine

    report = examine(pictures[0], methods=["metadata", "copy-move"])
    late = replace(not_applicable(LATE), method="copy-move")
    cut = [late if f.method == "copy-move" else f for f in report.findings]
    assert opinion_row(replace(report, findings=tuple(cut)))["late"] == ["copy-move"]


def member(name: str, data: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def make_tar(file: Path, *found: tuple[tarfile.TarInfo, bytes], mode: str = "w") -> Path:
    with tarfile.open(file, mode) as tar:
        for info, data in found:
            tar.addfile(info, io.BytesIO(data))
    return file


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_hostile_names_in_a_tar_are_only_shown(
    tmp_path: Path, pictures: list[bytes], mode: str
) -> None:
    inside = tmp_path / "x" / "y"
    inside.mkdir(parents=True)
    names = ("../../escape.jpg", "/absolute.jpg", "a\x1b[31m.jpg", "b\udcff.jpg", "same.jpg")
    shard = make_tar(
        inside / ("s.tar" if mode == "w" else "s.tar.gz"),
        *(member(name, pictures[0]) for name in names),
        member("same.jpg", pictures[1]),
        member("link.jpg", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("device.jpg", type=tarfile.CHRTYPE),
        member("folder.jpg", type=tarfile.DIRTYPE),
        member("same.json", b"{}"),
        mode=mode,
    )
    before = set(tmp_path.rglob("*"))
    out, maps = inside / "out.parquet", inside / "maps"
    done = scan([str(shard)], out, Settings(methods=("metadata",), stability=False, maps=str(maps)))
    assert (done.items, done.pictures, done.errors) == (8, 2, 2)
    found = rows(out)
    assert {row["member"] for row in found} >= {"../../escape.jpg", "b\\udcff.jpg", "link.jpg"}
    assert sum(row["member"] == "same.jpg" for row in found) == 2
    new = {path for path in tmp_path.rglob("*") if path not in before}
    assert all(path == out or path.is_relative_to(maps) for path in new)
    assert not (tmp_path.parent / "escape.jpg").exists()
    kept = {row["maps"] for row in found if row["maps"]}
    assert len(kept) == 2
    assert all((maps / place / "maps" / "heatmap.png").is_file() for place in kept)


def test_a_damaged_archive_gives_its_good_files_and_one_error(
    tmp_path: Path, pictures: list[bytes]
) -> None:
    shard = make_tar(tmp_path / "s.tar", *(member(f"{n}.jpg", d) for n, d in enumerate(pictures)))
    data = bytearray(shard.read_bytes())
    with tarfile.open(shard) as tar:
        third = tar.getmembers()[2].offset
    data[third : third + 100] = b"\xff" * 100
    shard.write_bytes(bytes(data))
    (tmp_path / "no.tar").write_bytes(b"x" * 2000)
    negative = tarfile.TarInfo("n.jpg").tobuf()
    size = (2**96 - 512).to_bytes(12, "big")
    negative = negative[:124] + b"\xff" * 4 + size[4:] + negative[136:]
    checksum = 256 + sum(negative[:148]) + sum(negative[156:])
    negative = negative[:148] + b"%06o\0 " % checksum + negative[156:]
    (tmp_path / "negative.tar").write_bytes(negative + bytes(2048))
    done = scan([str(tmp_path)], tmp_path / "o.parquet", FAST)
    found = rows(tmp_path / "o.parquet")
    assert (done.items, done.errors) == (5, 3)
    assert {row["member"] for row in found if not row["error"]} == {"0.jpg", "1.jpg"}
    assert any("first 2 files" in (row["error"] or "") for row in found)


def test_sizes_are_limited(tmp_path: Path, pictures: list[bytes]) -> None:
    big = member("big.jpg", bytes(5000))
    make_tar(tmp_path / "s.tar.gz", big, member("small.jpg", pictures[0]), mode="w:gz")
    (tmp_path / "big.jpg").write_bytes(bytes(5000))
    settings = Settings(methods=("metadata",), stability=False, max_bytes=4000)
    assert len(pictures[0]) < 4000
    scan([str(tmp_path)], tmp_path / "o.parquet", settings)
    errors = {row["member"] or "": row["error"] for row in rows(tmp_path / "o.parquet")}
    assert "--max-bytes" in errors[""]
    assert "--max-bytes" in errors["big.jpg"]
    assert errors["small.jpg"] is None


def test_lists_globs_ranges_and_single_files(tmp_path: Path, pictures: list[bytes]) -> None:
    source = fill(tmp_path / "in", pictures)
    (tmp_path / "list.csv").write_text("id,path\n1,in/0.jpg\n2,in/gone.jpg\n3,\n4,in/0.jpg\n")
    (tmp_path / "plain.txt").write_text(f"{source}/1.jpg\nin/2.jpg\n")
    (tmp_path / "odd.txt").write_text('in/1, 2.jpg\n"in.jpg\nin/2.jpg\n')
    make_tar(tmp_path / "s-00.tar", member("a.jpg", pictures[0]))
    make_tar(tmp_path / "s-01.tar", member("a.jpg", pictures[0]))
    (tmp_path / "odd.name").write_bytes(pictures[0])

    def names(*sources: str) -> list[str]:
        out = tmp_path / "o.parquet"
        out.unlink(missing_ok=True)
        scan([str(tmp_path / source) for source in sources], out, FAST)
        return [os.path.relpath(row["path"], tmp_path) for row in rows(out)]

    assert names("list.csv") == ["in/0.jpg", "in/gone.jpg"]
    assert names("plain.txt") == ["in/1.jpg", "in/2.jpg"]
    assert names("odd.txt") == ['"in.jpg', "in/1, 2.jpg", "in/2.jpg"]
    (tmp_path / "a::b").mkdir()
    for name in ("a::b/ 0 .jpg ", "a::b/1.jpg"):
        (tmp_path / name).write_bytes(pictures[0])
    (tmp_path / "spaces.txt").write_text("a::b/ 0 .jpg \n\na::b/1.jpg\n")
    assert names("spaces.txt") == ["a::b/ 0 .jpg ", "a::b/1.jpg"]
    assert all(row["error"] is None for row in rows(tmp_path / "o.parquet"))
    assert names("a::b") == ["a::b/1.jpg"]
    assert names("in/[01].jpg") == ["in/0.jpg", "in/1.jpg"]
    (tmp_path / "in" / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "in" / "loop").symlink_to("loop")
    assert set(names("i*n")) == set(names("in")) >= {"in/0.jpg", "in/3.jpg", "in/loop.jpg"}
    with pytest.raises(ScanError, match=r"nothing matches .*no\*such"):
        names("no*such")
    with pytest.raises(ScanError, match=r"the range \{2\.\.1\} .* turn it round"):
        names("s-{2..1}.tar")
    (tmp_path / "in" / "loop.jpg").unlink()
    (tmp_path / "in" / "deep").mkdir()
    (tmp_path / "in" / "deep" / "raw").mkdir()
    (tmp_path / "in" / "deep" / "raw" / "9.jpg").write_bytes(pictures[0])
    (tmp_path / "in" / "around").symlink_to("..")
    below = {"in/0.jpg", "in/1.jpg", "in/2.jpg", "in/3.jpg", "in/deep/raw/9.jpg"}
    assert set(names("in/*")) == set(names("in/**")) == set(names("in/**/*.jpg")) == below
    assert names("in/**/raw") == names("**/9.jpg") == ["in/deep/raw/9.jpg"]
    assert names("s-{00..01}.tar") == ["s-00.tar", "s-01.tar"]
    assert names("odd.name", "in/3.jpg") == ["in/3.jpg", "odd.name"]


def test_file_urls_are_paths(tmp_path: Path, pictures: list[bytes]) -> None:
    folder = tmp_path / "a b"
    fill(folder, pictures[:2])
    os.mkfifo(folder / "2.jpg")
    (tmp_path / "list.txt").write_text(f"{(folder / '0.jpg').as_uri()}\n")
    pipe_too = scan([folder.as_uri()], tmp_path / "folder.parquet", FAST)
    assert (pipe_too.items, pipe_too.errors) == (3, 1)  # a pipe, which nobody waits for
    scan([f"file://{folder}/1.*"], tmp_path / "glob.parquet", FAST)
    scan([(tmp_path / "list.txt").as_uri()], tmp_path / "list.parquet", FAST)
    assert [row["path"] for row in rows(tmp_path / "glob.parquet")] == [str(folder / "1.jpg")]
    assert [row["path"] for row in rows(tmp_path / "list.parquet")] == [str(folder / "0.jpg")]


def test_urls(tmp_path: Path, pictures: list[bytes]) -> None:
    fsspec = pytest.importorskip("fsspec")
    store = fsspec.filesystem("memory")
    store.pipe("/scan/a/0.jpg", pictures[0])
    store.pipe("/scan/b/1.jpg", pictures[1])
    store.pipe("/scan/b/s.tar", make_tar(tmp_path / "s", member("m.jpg", pictures[2])).read_bytes())
    store.pipe("/scan/list.csv", b"url\nmemory://scan/a/0.jpg\nb/gone.jpg\n")
    out = tmp_path / "memory.parquet"
    assert scan(["memory://scan"], out, FAST).items == 3
    assert {row["path"].rpartition("/")[2] for row in rows(out)} == {"0.jpg", "1.jpg", "s.tar"}
    assert scan(["memory://scan/*/*.jpg"], tmp_path / "glob.parquet", FAST).items == 2
    assert scan(["memory://scan/[ab]"], tmp_path / "folders.parquet", FAST).items == 3
    listed = scan(["memory://scan/list.csv"], tmp_path / "list.parquet", FAST)
    assert (listed.items, listed.errors) == (2, 1)
    with pytest.raises(ScanError, match="nothing at"):
        scan(["memory://elsewhere"], tmp_path / "none.parquet", FAST)
    with pytest.raises(ScanError, match="cannot be opened"):
        scan(["nosuch://x/y"], tmp_path / "none.parquet", FAST)
    store.rm("/scan", recursive=True)


def test_what_was_read_before_a_missing_source_is_kept(
    tmp_path: Path, pictures: list[bytes]
) -> None:
    source, out = fill(tmp_path / "in", pictures), tmp_path / "o.parquet"
    sources = [str(source), str(tmp_path / "later*")]
    with pytest.raises(ScanError, match="nothing matches"):
        scan(sources, out, FAST)
    fill(tmp_path / "later", pictures[:1])
    done: list[int] = []
    assert scan(sources, out, FAST, progress=lambda p: done.append(p.resumed)).items == 5
    assert max(done) == 4


def test_nothing_to_scan_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for source, why in (("in", "no pictures"), ("gone", "no file or folder")):
        with pytest.raises(ScanError, match=why):
            scan([str(tmp_path / source)], tmp_path / "o.parquet", FAST)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_another_folder_of_the_same_name_is_another_scan(
    tmp_path: Path, pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "o.parquet"
    for here, count in (("a", 1), ("b", 2)):
        fill(tmp_path / here / "photos", pictures[:count])
    monkeypatch.chdir(tmp_path / "a")
    first = scan(["photos"], out, FAST)
    assert scan(["./photos/"], out, FAST) == first
    monkeypatch.chdir(tmp_path / "b")
    with pytest.raises(ScanError, match="choose another"):
        scan(["photos"], out, FAST)


def test_what_is_left_out_for_its_name_is_counted(tmp_path: Path, pictures: list[bytes]) -> None:
    source = fill(tmp_path / "in", pictures[:2])
    (source / "0.jpg").rename(source / "0.HIF")
    (source / "notes.md").write_text("none")
    make_tar(source / "s.tar", member("a.jpg", pictures[0]), member("a.json", b"{}"))
    out = source / "o.parquet"  # its journal is no item, and not left out either
    done = scan([str(source)], out, FAST)
    assert (done.items, done.left_out) == (3, 2)
    assert scan([str(source)], out, FAST) == done
    out.unlink()
    (source / "o.parquet.journal-1.jpg").write_bytes(pictures[1])  # named to be passed over
    done = scan([str(source)], out, FAST, every=True)
    assert (done.items, done.left_out) == (6, 0)
    journals = [row["path"] for row in rows(out) if "journal" in row["path"]]
    assert journals == [str(source / "o.parquet.journal-1.jpg")]
    assert scanner.count([str(source)], tmp_path / "x.parquet", FAST) == 4


@pytest.mark.parametrize(
    "head",
    [
        b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypavis", b"FOVb", b"\0MRM", b"II\x1a\0\0\0HEAPCCDR",
        b"IIRO", b"IIU\0", b"FUJIFILMCCD-RAW", b"\0\0\0\x18ftypcrx ", b"BM", b"GIF89a",
    ],
)  # fmt: skip
def test_a_folder_gives_every_format_that_is_read(tmp_path: Path, head: bytes) -> None:
    from locard.exhibit.decode import sniff
    from locard.scan.sources import PICTURES

    names = {
        "HEIF": {".heic", ".heif", ".hif", ".heics", ".heifs"},
        "AVIF": {".avif", ".avifs"},
        "RAW": {".x3f", ".mrw", ".crw", ".orf", ".rw2", ".rwl", ".raf", ".cr3"},
        "BMP": {".bmp", ".dib"},
        "GIF": {".gif"},
    }
    assert names[str(sniff(head + bytes(32)))] <= PICTURES


@pytest.mark.parametrize("name", ["x.tar", "list.txt"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, pictures: list[bytes], name: str) -> None:
    source = fill(tmp_path / "in", pictures[:1])
    os.mkfifo(source / name)
    sources = [str(source)] if name == "x.tar" else [str(source), str(source / name)]
    code = (
        "import sys; from pathlib import Path; from locard.scan import Settings, scan\n"
        "settings = Settings(methods=('metadata',), stability=False)\n"
        "print(scan(sys.argv[2:], Path(sys.argv[1]), settings))"
    )
    out = tmp_path / "o.parquet"
    subprocess.run([sys.executable, "-c", code, str(out), *sources], check=True, timeout=60)
    assert [bool(row["error"]) for row in rows(out)] == [False, True]
    assert "not a regular file" in rows(out)[1]["error"]


def test_a_full_disk_is_one_sentence(
    tmp_path: Path, pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = tmp_path / ("long" * 50), tmp_path / "o.parquet"
    fill(source, [b""] * 50)
    opened = Journal.__enter__

    def small(journal: Journal) -> Journal:
        journal._database.execute("PRAGMA max_page_count = 1")  # not below what it has
        return opened(journal)

    arguments = ["scan", str(source), "--out", str(out), "--methods", "metadata", "--jobs", "1"]
    with monkeypatch.context() as full:
        full.setattr(Journal, "__enter__", small)
        done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
    assert done.stderr.splitlines() == [
        f"{out}.journal cannot be written (database or disk is full); the same command goes on "
        "once it can"
    ]
    assert CliRunner().invoke(app, arguments).exit_code == 3
    assert len(rows(out)) == 50


def test_a_finished_scan_is_not_done_again(tmp_path: Path, pictures: list[bytes]) -> None:
    source, out = fill(tmp_path / "in", pictures[:1]), tmp_path / "o.parquet"
    first = scan([str(source)], out, FAST)
    written = out.stat().st_mtime_ns
    assert scan([str(source)], out, FAST) == first
    assert out.stat().st_mtime_ns == written
    with pytest.raises(ScanError, match="choose another"):
        scan([str(source)], out, Settings(profile="standard"))


def test_a_journal_has_one_writer_and_one_scan(tmp_path: Path, pictures: list[bytes]) -> None:
    file = tmp_path / "j"
    with Journal(file, {"a": 1}), pytest.raises(ScanError, match="another scan is writing"):
        Journal(file, {"a": 1})
    with pytest.raises(ScanError, match="other sources or settings"):
        Journal(file, {"a": 2})
    (tmp_path / "text").write_text("not a database, and long enough to be none" * 40)
    with pytest.raises(ScanError, match="not the journal"):
        Journal(tmp_path / "text", {})


def test_a_failing_examination_costs_its_row(
    pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(scanner, "examine", broken)
    row = examine_picture(Picture("ab", pictures[0]), FAST)
    assert "ZeroDivisionError" in row["error"]


# Scans that kill themselves, as a power cut would, before their n-th write, until one ends; each is
# a fork of one process, which has loaded all. The examination is a stand-in.
_KILLED = """
import os, signal, sys
from pathlib import Path
from locard.scan import Settings, results, scan, scanner

log = open(sys.argv[3], "a", buffering=1)

def examined(picture, settings):
    log.write(picture.sha256 + "\\n")
    return {"verdict": "inconclusive", "seconds": 0.0}

def dying(method):
    def call(*arguments):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return method(*arguments)
    return call

scanner.examine_picture = examined
for name in ("add_item", "add_picture", "add_unreadable", "export", "delete"):
    setattr(results.Journal, name, dying(getattr(results.Journal, name)))
for left in (1, 2, 3, 4, 5, 4, 3, 2, 3, 2, 0):
    child = os.fork()
    if child == 0:
        scan([sys.argv[1]], Path(sys.argv[2]), Settings())
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(code)
    if code == 0:
        break
"""


def test_killed_at_any_point_it_goes_on(tmp_path: Path, pictures: list[bytes]) -> None:
    source = fill(tmp_path / "in", [*pictures, *pictures[:2]])
    (source / "gone.jpg").symlink_to(tmp_path / "nowhere")
    out, log = tmp_path / "o.parquet", tmp_path / "log"
    command = [sys.executable, "-c", _KILLED, str(source), str(out), str(log)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    codes = [int(line) for line in run.stdout.split()]
    killed = codes.count(-signal.SIGKILL)
    assert codes == [-signal.SIGKILL] * killed + [0]
    assert killed >= 4
    found = rows(out)
    assert [Path(row["path"]).name for row in found] == [f"{n}.jpg" for n in range(6)] + [
        "gone.jpg"
    ]
    assert [row["duplicate"] for row in found] == [False] * 4 + [True] * 2 + [False]
    assert all(row["verdict"] for row in found[:6])
    # Only what was in its hands when it was killed is examined twice.
    assert 4 <= len(log.read_text().split()) <= 4 + killed
    assert not list(tmp_path.glob("*journal*"))


def test_processes_that_are_killed_leave_none_behind(tmp_path: Path, pictures: list[bytes]) -> None:
    source, out = fill(tmp_path / "in", pictures), tmp_path / "o.parquet"
    command = [
        sys.executable, "-m", "locard", "scan", str(source), "--out", str(out), "--jobs", "2",
        "--methods", "metadata", "--no-stability",
    ]  # fmt: skip
    run = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    journal, end = tmp_path / "o.parquet.journal", time.monotonic() + 240
    while not journal.exists() and run.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    run.kill()
    run.wait()
    assert subprocess.run(command, capture_output=True).returncode == 0
    assert [Path(row["path"]).name for row in rows(out)] == [f"{n}.jpg" for n in range(4)]


def test_the_command(tmp_path: Path, pictures: list[bytes]) -> None:
    source = fill(tmp_path / "in", pictures[:1])
    (source / "bad.jpg").write_bytes(b"bad")
    run, options = CliRunner(), ["--methods", "metadata", "--no-stability", "--jobs", "1"]
    out = tmp_path / "o.parquet"
    done = run.invoke(app, ["scan", str(source), "--out", str(out), *options])
    assert done.exit_code == 3
    assert "2 rows of 2 different pictures" in done.output
    assert "1 of 2 rows could not be examined" in done.output
    assert "bad.jpg: this is a file of a few bytes, not a picture" in done.output
    kept = json.loads(pq.ParquetFile(out).metadata.metadata[b"locard"])
    assert kept["format"] == "locard.scan/1"
    for arguments, why in (
        (["gone"], "no file or folder"),
        ([str(source), "--maps", str(source / "maps")], "lies in what is scanned"),
        ([str(source), "--methods", "no-such"], "no method is called"),
        ([str(source), "--prior", "1"], "between 0 and 1"),
        ([str(source), "--methods", ""], "names no method"),
        ([str(source), "--out", str(tmp_path / "new.csv")], "ends in .parquet"),
        ([str(source), "--out", str(tmp_path / "no" / "new.parquet")], "there is no folder"),
    ):
        new = [] if "--out" in arguments else ["--out", str(tmp_path / "new.parquet")]
        failed = run.invoke(app, ["scan", *arguments, *new], env={"COLUMNS": "200"})
        assert failed.exit_code == 2, arguments
        assert why in failed.output
        assert "Traceback" not in failed.output


def test_names_do_not_reach_the_terminal_as_commands(tmp_path: Path, pictures: list[bytes]) -> None:
    hostile = "\x1b]0;pwned\x07\x1b[2J\x1b[31mfake: all authentic\n.jpg"
    source = fill(tmp_path / "in", pictures[:1])
    make_tar(source / "s.tar", member(hostile, b"text, and no picture"), member("a.json"))
    (source / hostile).write_bytes(b"text, and no picture")
    options = ["--out", str(tmp_path / "o.parquet"), "--methods", "metadata", "--jobs", "1"]
    done = CliRunner().invoke(app, ["scan", str(source), *options])
    assert done.exit_code == 3
    lines = done.stderr.splitlines()
    assert lines[0] == "1 file with other names was left out; --every-file examines them"
    assert sum("fake: all authentic .jpg: this is a text file" in line for line in lines) == 2
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)


def test_a_missing_engine_is_one_sentence(
    tmp_path: Path, pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locard.scan.ray.find_spec", lambda _: None)
    source = fill(tmp_path / "in", pictures[:1])
    out = str(tmp_path / "o.parquet")
    done = CliRunner().invoke(app, ["scan", str(source), "--out", out, "--engine", "ray"])
    assert done.exit_code == 2
    assert "pip install 'locard[ray]'" in done.output


@pytest.mark.filterwarnings("ignore")
def test_ray_gives_the_rows_of_the_pool(tmp_path: Path, pictures: list[bytes]) -> None:
    pytest.importorskip("ray")
    from locard.scan.ray import over_ray

    source = fill(tmp_path / "in", [*pictures, pictures[0]])
    scan([str(source)], tmp_path / "pool.parquet", FAST)
    scan([str(source)], tmp_path / "ray.parquet", FAST, engine=over_ray, workers=2)
    found = [
        [{**row, "seconds": 0} for row in rows(tmp_path / f"{name}.parquet")]
        for name in ("pool", "ray")
    ]
    assert found[0] == found[1]


def test_progress_says_rate_and_time_left() -> None:
    now = Progress(resumed=100, fresh=50, examined=40, seconds=25.0)
    assert describe_progress(now, 1150) == "150 of 1,150, 2.00/s, 0:08:20 left"
    assert describe_progress(now, None) == "150, 2.00/s"
    assert describe_progress(Progress(), 10) == "0 of 10"
