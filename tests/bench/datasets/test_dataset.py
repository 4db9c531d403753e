"""Tables, layouts of the user's own, mask rules, and the sentences of bad input."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from locard.bench.datasets import (
    DatasetError,
    Item,
    MaskRule,
    open_dataset,
    refuse_reserved,
)
from locard.bench.datasets.layout import read_layouts
from locard.methods import Question


def picture(file: Path, value: int = 128) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), (value,) * 3).save(file)
    return file


def table(file: Path, rows: list[dict[str, str]]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


FORGED = [
    {"path": "0-0.jpg", "label": "0", "mask": "", "source": "p", "operation": "authentic"},
    {"path": "0-1.jpg", "label": "1", "mask": "m.png", "source": "p", "operation": "splice"},
]


def test_table_of_the_forging_engine(tmp_path: Path) -> None:
    rows = [row | {"delivery": "jpeg-90", "split": "test"} for row in FORGED]
    table(tmp_path / "forged" / "index.csv", rows)
    picture(tmp_path / "forged" / "0-0.jpg")
    picture(tmp_path / "forged" / "0-1.jpg")
    picture(tmp_path / "forged" / "m.png", 255)
    for spec in (tmp_path / "forged", tmp_path / "forged" / "index.csv"):
        dataset = open_dataset(str(spec))
        assert dataset.name == "forged"
        assert not dataset.reserved
        assert dataset.missing() == []
        authentic, forged = dataset.items()
        assert (authentic.label, authentic.mask, authentic.source) == (0, None, "p")
        assert authentic.operation == ""
        assert (forged.operation, forged.delivery, forged.split) == ("splice", "jpeg-90", "test")
        mask = forged.read_mask()
        assert mask is not None
        assert mask.all()
    refuse_reserved(dataset)


def test_table_says_how_many_files_are_missing(tmp_path: Path) -> None:
    file = table(tmp_path / "mine.csv", FORGED)
    picture(tmp_path / "0-0.jpg")
    assert open_dataset(str(file)).missing() == [
        f"mine: 1 of 2 pictures are missing, the first is {tmp_path / '0-1.jpg'}",
        f"mine: 1 of 1 masks are missing, the first is {tmp_path / 'm.png'}",
    ]


def test_the_label_may_carry_the_question(tmp_path: Path) -> None:
    rows = [
        {"path": "a.png", "generated": "0", "source": "", "generator": "a photographer"},
        {"path": "b.png", "generated": "1", "source": "", "generator": "sd1"},
    ]
    photo, made = open_dataset(str(table(tmp_path / "index.csv", rows))).items()
    assert photo.question is Question.GENERATED
    assert (photo.generator, made.generator) == ("", "sd1")
    assert made.source == "b"


def test_question_and_split_are_chosen(tmp_path: Path) -> None:
    rows = [row | {"split": split} for row, split in zip(FORGED, ["train", "test"], strict=True)]
    file = str(table(tmp_path / "t.csv", rows))
    assert [i.label for i in open_dataset(file, split="test").items()] == [1]
    asked = open_dataset(file, question=Question.GENERATED).items()
    assert {i.question for i in asked} == {Question.GENERATED}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "needs the columns path and label; it has a, b"),
        ("", "needs the columns path and label; it has none"),
        ("path,label\nx.png,yes\n", "line 2: label is 'yes', not 0 or 1"),
        ("path,label\nx.png,1\ny.png,0\nx.png,0\n", "line 4: x.png is listed a second time"),
        ("path,label\n,1\n", "line 2: no path"),
        ("path,label,question\nx.png,1,swapped\n", "no question is called 'swapped'"),
        ("path,label,mask_rule\nx.png,1,blue\n", "no rule for masks is called 'blue'"),
    ],
)
def test_bad_tables_are_explained(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    dataset = open_dataset(str(tmp_path / "t.csv"))
    with pytest.raises(DatasetError, match=message):
        list(dataset.items())


def test_a_table_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"path,label\n\xff\xfe,1\n")
    with pytest.raises(DatasetError, match=r"t\.csv cannot be read"):
        list(open_dataset(str(tmp_path / "t.csv")).items())


def test_folders_are_recognised(tmp_path: Path) -> None:
    picture(tmp_path / "mine" / "real" / "a.png")
    picture(tmp_path / "mine" / "fake" / "b.png")
    dataset = open_dataset(str(tmp_path / "mine"))
    assert (dataset.name, [item.label for item in dataset.items()]) == ("mine", [0, 1])
    with pytest.raises(DatasetError, match=r"neither index\.csv, nor real/ and fake/"):
        open_dataset(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "reserved"),
    [
        ("Columbia", True),
        ("casia-v1", True),
        ("CASIA1.0", True),
        ("CASIA 2", False),
        ("CASIAv2", False),
        ("Celeb-DF", True),
        ("MICC_F600", True),
        ("my forgeries", False),
    ],
)
def test_a_copy_in_another_layout_stays_reserved(name: str, reserved: bool, tmp_path: Path) -> None:
    picture(tmp_path / name / "real" / "a.png")
    picture(tmp_path / name / "fake" / "b.png")
    assert open_dataset(str(tmp_path / name)).reserved is reserved
    table(tmp_path / f"{name}.csv", FORGED)
    assert open_dataset(str(tmp_path / f"{name}.csv")).reserved is reserved


def test_without_yaml_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(DatasetError, match=r"pip install 'locard\[bench\]'"):
        read_layouts("", "a.yaml")


@pytest.mark.parametrize(
    ("spec", "root", "message"),
    [
        ("coverge", None, "'coverge'; did you mean coverage"),
        (
            "coverage",
            None,
            "COVERAGE needs the folder of your copy, --root FOLDER; get it: https://",
        ),
        ("coverage", Path("/nowhere"), "COVERAGE: there is no folder /nowhere"),
    ],
)
def test_wrong_names_are_explained(spec: str, root: Path | None, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        open_dataset(spec, root)


LAYOUT = """
mine:
  title: Mine
  about: test
  question: edited
  reference: none
  url: none
  licence: none
  reserved: [test]
  parts:
    - label: 1
      table: {file: list.csv, columns: {path: file, split: part, operation: how}, where: {ok: y}}
      words: {cm: copy-move}
      mask: 'masks/{stem}.png'
"""


def test_a_layout_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(LAYOUT)
    rows = [
        {"file": "a.png", "part": "test", "how": "CM", "ok": "y"},
        {"file": "b.png", "part": "train", "how": "CM", "ok": "n"},
        {"file": "c.png", "part": "train", "how": "splice", "ok": "y"},
    ]
    table(tmp_path / "list.csv", rows)
    picture(tmp_path / "a.png")
    picture(tmp_path / "masks" / "a.png")
    dataset = open_dataset(str(tmp_path / "mine.yaml"))
    assert [(i.path.name, i.operation, i.split) for i in dataset.items()] == [
        ("a.png", "copy-move", "test"),
        ("c.png", "splice", "train"),
    ]
    assert dataset.missing() == [
        "Mine: 1 of 2 edited pictures that list.csv names are missing",
        "Mine: 1 of 2 masks for the root are missing, the first is that of c.png",
    ]
    assert dataset.reserved
    assert not open_dataset(str(tmp_path / "mine.yaml"), split="train").reserved
    with pytest.raises(DatasetError, match="reserved for evaluation"):
        refuse_reserved(dataset)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("label: 1", "label: 2", "is not a layout"),
        ("mine:", "[", "is not YAML"),
        ("mine:", "- mine:", "not a mapping"),
        ("reserved: [test]", "sauce: x", "is not a layout"),
        ("masks/{stem}", "masks/{nothing}", "other placeholders"),
        ("path: file", "path: nothing", "has no column 'nothing'"),
        ("path: file, ", "", "must name that of the path"),
        ("label: 1", "label: 1\n      rows: {file: list.csv}", "must have a group"),
        ("label: 1", "label: 1\n      files: '('", "not a regular expression"),
    ],
)
def test_bad_layouts_are_explained(old: str, new: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(LAYOUT.replace(old, new))
    rows = [{"file": "a.png", "part": "test", "how": "CM", "ok": "y"}]
    table(tmp_path / "list.csv", rows)
    with pytest.raises(DatasetError, match=message):
        list(open_dataset(str(tmp_path / "mine.yaml")).items())


def test_several_layouts_in_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(LAYOUT + LAYOUT.replace("mine:", "other:"))
    with pytest.raises(DatasetError, match="holds 2 layouts"):
        open_dataset(str(tmp_path / "two.yaml"))


def test_a_broken_list_of_outlines_is_explained(tmp_path: Path) -> None:
    (tmp_path / "Train").mkdir()
    listed = {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": []}
    mark = {"image_id": 1, "category_id": 1}
    for wrong in (
        {"images": []},
        listed | {"annotations": [mark]},
        listed | {"annotations": [mark | {"segmentation": {"counts": [1]}}]},
        listed | {"annotations": [mark | {"segmentation": [[1, 2, 3]]}]},
    ):
        (tmp_path / "Train_poly.json").write_text(json.dumps(wrong))
        with pytest.raises(DatasetError, match="not in the format of COCO"):
            list(open_dataset("openforensics", tmp_path).items())


def test_outlines_far_outside_are_cut_off(tmp_path: Path) -> None:
    square = (-1e30, -1e30, 8.0, -1e30, 8.0, 1e30, -1e30, 1e30)
    item = Item(picture(tmp_path / "a.png"), 1, Question.EDITED, polygons=(square,))
    mask = item.read_mask()
    assert mask is not None
    assert mask[:, :8].all()
    assert not mask[:, 9:].any()


def test_the_untouched_photo_as_mask(tmp_path: Path) -> None:
    changed = np.full((16, 16, 3), 128, np.uint8)
    changed[4:8, 4:8] += 30
    changed[12] += 5
    Image.fromarray(changed).save(tmp_path / "a.png")
    before = picture(tmp_path / "b.png")
    item = Item(tmp_path / "a.png", 1, Question.EDITED, before, MaskRule.ORIGINAL)
    mask = item.read_mask()
    assert mask is not None
    assert mask[4:8, 4:8].all()
    assert mask.sum() == 16
    Image.new("RGB", (24, 16)).save(tmp_path / "small.png")
    with pytest.raises(DatasetError, match="differ in size"):
        Item(before, 1, Question.EDITED, tmp_path / "small.png", MaskRule.ORIGINAL).read_mask()


def test_an_unreadable_mask_is_explained(tmp_path: Path) -> None:
    (tmp_path / "m.png").write_bytes(b"nonsense")
    item = Item(picture(tmp_path / "a.png"), 1, Question.EDITED, tmp_path / "m.png")
    with pytest.raises(DatasetError, match=r"the mask m\.png cannot be read"):
        item.read_mask()


def test_red_marks_the_region(tmp_path: Path) -> None:
    marked = np.zeros((16, 16, 3), np.uint8)
    marked[:, :8, 0], marked[:, 8:, 1] = 200, 200
    Image.fromarray(marked).save(tmp_path / "m.png")
    item = Item(tmp_path / "a.png", 1, Question.EDITED, tmp_path / "m.png", MaskRule.RED)
    mask = item.read_mask()
    assert mask is not None
    assert mask[:, :8].all()
    assert not mask[:, 8:].any()


def test_the_layout_in_the_documentation_works(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "datasets.md").read_text("utf-8")
    (tmp_path / "my-set.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], "utf-8")
    picture(tmp_path / "authentic" / "1.png")
    picture(tmp_path / "forged" / "1_c.png")
    picture(tmp_path / "masks" / "1.png", 255)
    _, forged = open_dataset(str(tmp_path / "my-set.yaml")).items()
    assert (forged.source, forged.operation) == ("1", "copy-move")
    assert forged.mask is not None


def test_linked_folders_are_read_and_loops_end(tmp_path: Path) -> None:
    picture(tmp_path / "mine" / "real" / "a.png")
    picture(tmp_path / "elsewhere" / "b.png")
    (tmp_path / "mine" / "fake").mkdir()
    (tmp_path / "mine" / "fake" / "sdxl").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "again").symlink_to(tmp_path / "mine" / "fake")
    names = [(i.path.name, i.label) for i in open_dataset(str(tmp_path / "mine")).items()]
    assert names == [("a.png", 0), ("b.png", 1)]


def test_a_layout_that_is_not_text_is_explained(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(b"\xff\xfe" + LAYOUT.encode("utf-16-le"))
    with pytest.raises(DatasetError, match="not text in UTF-8"):
        open_dataset(str(tmp_path / "mine.yaml"))
