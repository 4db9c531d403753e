"""Every known set is read from a tiny tree in its own layout.

One line per picture: path | label | mask | source | generator | operation | split | delivery.
Trailing columns may be left out; ``=`` before a path means a file that must not be an item.
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from locard.bench.datasets import MaskRule, list_datasets, open_dataset, refuse_reserved
from locard.bench.datasets.item import DatasetError
from locard.methods import Question

TREES = {
    "real-fake": """
        real/a.jpg | 0
        fake/b.png | 1
        fake/sdxl/c.png | 1 | | | sdxl
        fake/sdxl/deep/d.png | 1 | | | sdxl
        =fake/notes.txt""",
    "originals-forged": """
        orig/1.png | 0
        forged/1.png | 1 | mask/1.png | 1""",
    "casia-v1": """
        Au/Au_ani_0001.jpg | 0 | | ani0001
        Tp/CM/Sp_S_NND_A_nat0054_nat0054_0189.jpg | 1 | \
            CASIA 1.0 groundtruth/CM/Sp_S_NND_A_nat0054_nat0054_0189_gt.png | nat0054 | | copy-move
        Tp/Sp/Sp_D_CNN_A_art0024_ani0032_0268.jpg | 1 | \
            CASIA 1.0 groundtruth/Sp/Sp_D_CNN_A_art0024_ani0032_0268_gt.png | ani0032 | | splice""",
    "casia-v2": """
        Au/Au_ani_00001.jpg | 0 | | ani00001
        Au/Au_sec_30730.bmp | 0 | | sec30730
        Tp/Tp_D_CRN_S_N_cha00063_art00014_11818.jpg | 1 | \
            CASIA 2 Groundtruth/Tp_D_CRN_S_N_cha00063_art00014_11818_gt.png | art00014 | | splice
        Tp/Tp_S_NRN_M_N_pla00020_pla00020_10988.tif | 1 | \
            CASIA 2 Groundtruth/Tp_S_NRN_M_N_pla00020_pla00020_10988_gt.png | pla00020 | | copy-move
        =Au/Thumbs.db""",
    "columbia": """
        4cam_auth/canong3_02_sub_01.tif | 0
        4cam_splc/canong3_canonxt_sub_01.tif | 1 | \
            4cam_splc/edgemask/canong3_canonxt_sub_01_edgemask.jpg | | | splice
        =4cam_splc/list.txt""",
    "coverage": """
        image/1.tif | 0 | | 1
        image/1t.tif | 1 | mask/1forged.tif | 1 | | copy-move
        =mask/1copy.tif
        =mask/1paste.tif
        =label/1.mat""",
    "nist16": """
        world/NC2016_0007.jpg | 0
        probe/NC2016_0008.jpg | 1 | reference/manipulation/mask/NC2016_9.png | base_5
        =reference/manipulation/NC2016-manipulation-ref.csv""",
    "imd2020": """
        1a1ogs/1a1ogs_orig.jpg | 0 | | 1a1ogs
        1a1ogs/c8tf5mq_0.png | 1 | 1a1ogs/c8tf5mq_0_mask.png | 1a1ogs""",
    "dso-1": """
        DSO-1/normal-01.png | 0
        DSO-1/splicing-01.png | 1 | DSO-1-Fake-Images-Masks/splicing-01.png | | | splice""",
    "korus": """
        Canon_60D/pristine/DPP0012.TIF | 0 | | DPP0012
        Canon_60D/tampered-realistic/DPP0012.TIF | 1 | Canon_60D/ground-truth/DPP0012.PNG | DPP0012
        Sony_A57/pristine/DSC1.TIF | 0
        =readme.md""",
    "camera-originals": """
        jpg/Canon EOS 20D (2).jpg | 0 | | Canon EOS 20D
        jpg/HTC.JPG | 0 | | HTC
        =jpg/metadata/HTC.txt""",
    "comofod": """
        001_O.png | 0 | | 001
        001_O_JC1.jpg | 0 | | 001 | | | | JC1
        001_F.png | 1 | 001_B.png | 001 | | copy-move
        001_F_BC2.png | 1 | 001_B.png | 001 | | copy-move | | BC2
        =001_M.png""",
    "micc-f220": """
        CRW_4853_scale.jpg | 0 | | CRW_4853
        CRW_4853tamp1.jpg | 1 | | CRW_4853 | | copy-move
        =groundtruthDB_220.txt""",
    "micc-f600": """
        giraffe.png | 1 | giraffe_gt.png | | | copy-move
        P1000231.jpg | 0""",
    "micc-f2000": """
        nikon7_scale.jpg | 0 | | nikon7
        DSC_1539tamp17.jpg | 1 | | DSC_1539 | | copy-move""",
    "cocoglide": """
        real/cat_12.png | 0 | | real/cat_12.png
        fake/glide_inpainting_val2017_12_up.png | 1 | mask/cat_12_mask.png | \
            real/cat_12.png | GLIDE | generative
        =table.csv""",
    "autosplice": """
        Authentic/1002.jpg | 0 | | 1002
        Forged_JPEG100/1002_0.jpg | 1 | Mask/1002_0_mask.png | 1002 | DALL-E 2 | generative
        Forged_JPEG75/1002_0.jpg | 1 | Mask/1002_0_mask.png | 1002 | DALL-E 2 | generative""",
    "sid-set": """
        train/real/a.jpg | 0 | | | | | train
        validation/tampered/b.png | 1 | validation/mask/tampered/b.png | | | generative | val
        =train/full_synthetic/c.png""",
    "so-fake": """
        test/real/a.jpg | 0 | | | | | test
        test/tampered/openai/b.png | 1 | test/mask/tampered/b.png | | openai | generative | test
        =test/full_synthetic/GPT4o/c.png""",
    "br-gen": """
        test/real/a.jpg | 0 | | | | | test
        test/fake/LaMa/a.png | 1 | test/mask/LaMa/a.png | a | LaMa | generative | test""",
    "diquid": """
        authentic/a.jpg | 0
        inpainted/BrushNet/a.png | 1 | masks/BrushNet/a.png | a | BrushNet | generative""",
    "semi-truths": """
        original/images/ADE20K/a.jpg | 0
        inpainting/ADE20K/Kandinsky_2_2/a_1.png | 1 | | | Kandinsky_2_2 | inpainting
        p2p/ADE20K/StableDiffusion_v5/a_2.png | 1 | | | StableDiffusion_v5 | prompt-based
        =original/masks/ADE20K/a.png""",
    "miml": """
        imgs/a.jpg | 1 | masks/a.png""",
    "doctamper": """
        DocTamperV1-TrainingSet/images/000000001.jpg | 1 | \
            DocTamperV1-TrainingSet/labels/000000001.png | | | text | train
        DocTamperV1-FCD/images/000000001.jpg | 1 | \
            DocTamperV1-FCD/labels/000000001.png | | | text | fcd""",
    "rtm": """
        JPEGImages/good_1.jpg | 0 | | | | | train
        JPEGImages/cpmv_2.jpg | 1 | SegmentationClass/cpmv_2.png | | | copy-move | test
        =train.txt
        =test.txt
        =val.txt""",
    "realtext": """
        train/image/1.jpg | 0 | | | | | train
        train/image/2.jpg | 1 | train/mask/2_mask.png | | | text | train
        =metadata.csv""",
    "genimage": """
        Midjourney/train/nature/n01440764_1.JPEG | 0 | | | | | train
        ADM/imagenet_ai_0508_adm/val/ai/0_adm_174.PNG | 1 | | | ADM | | test""",
    "forensynths": """
        test/biggan/0_real/1.png | 0 | | | | | test
        test/progan/airplane/1_fake/2.png | 1 | | | progan | | test
        progan_train/airplane/0_real/3.png | 0 | | | | | train
        progan_train/airplane/1_fake/4.png | 1 | | | progan | | train
        progan_val/cat/1_fake/5.png | 1 | | | progan | | val""",
    "aigcdetectbenchmark": """
        test/Midjourney/0_real/1.png | 0 | | | | | test
        test/stylegan/car/1_fake/2.png | 1 | | | stylegan | | test""",
    "chameleon": """
        test/0_real/a.jpg | 0 | | | | | test
        test/1_fake/b.jpg | 1 | | | | | test""",
    "cifake": """
        train/REAL/0000 (2).jpg | 0 | | | | | train
        test/FAKE/0.jpg | 1 | | | Stable Diffusion 1.4 | | test""",
    "dragon": """
        test/Flux_1/a.png | 1 | | | Flux_1 | | test
        train_large/SDXL/b.png | 1 | | | SDXL | | train""",
    "openfake": """
        train/real/a.jpg | 0 | | | | | train
        test/fake/gpt-image-1/b.png | 1 | | | gpt-image-1 | | test""",
    "imaginet": """
        imagenet/ILSVRC/val/a.JPEG | 0 | | | | | test
        sdxl/b.png | 1 | | | 7 | | test
        progan_train/car/1_fake/c.png | 1 | | | 2 | | train
        =annotations/test_annotations.txt
        =annotations/train_annotations.txt""",
    "rsfake": """
        REAL/fmow/val/a.jpg | 0 | | | | | val
        FAKE/generated_mapsat/b.png | 1 | | | mapsat""",
    "dda-coco": """
        val2017/000000000009.jpg | 0 | | 000000000009
        DDA-COCO/FLUX.1/val2017/000000000009.jpg | 1 | | 000000000009 | FLUX.1""",
    "synthscars": """
        train/images/a.jpg | 1 | | | | | train
        test/images/b.jpg | 1 | | | | | test
        =test/annotations/test.json""",
    "development": """
        real/camera/0001.jpg | 0 | | camera
        generated/sd1/0001.png | 1 | | sd1 | sd1""",
    "openforensics": """
        Images/Train/a.jpg | 0 | | | | | train
        Images/Train/b.jpg | 1 | outline | | | face-swap | train
        =Train_poly.json""",
    "faceforensics": """
        original_sequences/youtube/c23/images/000/0000.png | 0 | | 000 | | | test | c23
        original_sequences/youtube/c23/images/001/0000.png | 0 | | 001 | | | train | c23
        manipulated_sequences/Deepfakes/c23/images/000_003/0000.png | 1 | \
            manipulated_sequences/Deepfakes/masks/images/000_003/0000.png | 000 | Deepfakes | \
            face-manipulation | test | c23
        =train.json
        =val.json
        =test.json""",
    "celeb-df": """
        Celeb-real/id0_0000/0000.png | 0 | | id0
        Celeb-real/id1_0001/0000.png | 0 | | id1 | | | test
        YouTube-real/00170/0000.png | 0 | | 00170 | | | test
        Celeb-synthesis/id0_id1_0000/0000.png | 1 | | id0 | | face-swap | test
        =List_of_testing_videos.txt""",
    "dfdc": """
        dfdc_train_part_0/aaa/0000.png | 0 | | aaa
        dfdc_train_part_0/bbb/0000.png | 1 | | bbb | | face-swap
        =dfdc_train_part_0/metadata.json""",
    "df40": """
        Celeb-DF-v2/Celeb-real/frames/id0_0000/000.png | 0 | | id0_0000
        heygen/real/clip/000.png | 0 | | clip
        simswap/ff/frames/000_003/000.png | 1 | | 000_003 | simswap | face-manipulation
        e4s/frames/071/277.png | 1 | | 071 | e4s | face-manipulation
        heygen/fake/clip/000.png | 1 | | clip | heygen | face-manipulation""",
    "forgerynet": """
        Training/image/train_release/18/aa/bb/frame00038.jpg | 0 | | aa | | | train
        Training/image/train_release/7/cc/dd/frame00038.jpg | 1 | | cc | Talking Head | \
            face-manipulation | train
        Validation/image/val_perturb_release/1/ee/ff/a.jpg | 1 | | ee | FaceShifter | \
            face-manipulation | val""",
}

CONTENT = {
    "NC2016-manipulation-ref.csv": (
        "TaskID|ProbeFileID|ProbeFileName|ProbeMaskFileName|IsTarget|BaseFileName\n"
        "manipulation|7|world/NC2016_0007.jpg||N|NC2016_0007\n"
        "manipulation|8|probe/NC2016_0008.jpg|reference/manipulation/mask/NC2016_9.png|Y|base_5\n"
    ),
    "List_of_testing_videos.txt": (
        "1 YouTube-real/00170.mp4\n1 Celeb-real/id1_0001.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\n"
    ),
    "metadata.json": (
        '{"aaa.mp4": {"label": "REAL", "split": "train"}, '
        '"bbb.mp4": {"split": "train", "label": "FAKE", "original": "aaa.mp4"}}'
    ),
    "test_annotations.txt": "./imagenet/ILSVRC/val/a.JPEG,0,0,4,8\n./sdxl/b.png,1,0,2,7\n",
    "train_annotations.txt": "./progan_train/car/1_fake/c.png,1,0,2,2\n",
    "Train_poly.json": (
        '{"images": [{"id": 1, "file_name": "Images/Train/a.jpg"},'
        '{"id": 2, "file_name": "b.jpg"}],'
        '"annotations": [{"image_id": 1, "category_id": 0, "segmentation": [[0,0,9,0,9,9]]},'
        '{"image_id": 2, "category_id": 1, "segmentation": [[0,0,7,0,7,15,0,15]]}]}'
    ),
    "table.csv": (
        "\ufeffreal,fake,mask,prompt\n"
        "real/cat_12.png,fake/glide_inpainting_val2017_12_up.png,mask/cat_12_mask.png,a cat\n"
    ),
    "metadata.csv": "type,image_file,mask_file\nwhite,1.jpg,\nblack,2.jpg,2_mask.png\n",
    "rtm/train.txt": "good_1.jpg\n",
    "rtm/test.txt": "cpmv_2.jpg\n",
    "train.json": '[["001", "002"]]',
    "test.json": '[["000", "003"]]',
}

# Sets of which nobody but the authors has a list at hand say so.
UNVERIFIED = {"br-gen", "diquid", "realtext", "dragon"}


def rows(name: str) -> list[list[str]]:
    text = TREES[name].replace("\\\n", "")
    found = []
    for line in text.strip().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        found.append(cells + [""] * (8 - len(cells)))
    return found


def paint(file: Path, rule: MaskRule) -> None:
    """A mask whose left half is edited, as the rule encodes it."""
    left, right = {
        MaskRule.WHITE: ((255, 255, 255), (0, 0, 0)),
        MaskRule.BLACK: ((0, 0, 0), (255, 255, 255)),
        MaskRule.NONZERO: ((1, 1, 1), (0, 0, 0)),
        MaskRule.VISIBLE: ((90, 0, 0), (9, 9, 9)),
        MaskRule.GREEN: ((0, 200, 0), (200, 0, 0)),
        MaskRule.RED: ((200, 0, 0), (0, 200, 0)),
        MaskRule.ORIGINAL: ((90, 90, 90), (128, 128, 128)),
    }[rule]
    picture = np.empty((16, 16, 3), np.uint8)
    picture[:, :8], picture[:, 8:] = left, right
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(file)


def plant(root: Path, name: str) -> list[list[str]]:
    """Make the tree of a set; returns the rows of its items."""
    rules = {
        part.rule for layout in list_datasets() if layout.name == name for part in layout.parts
    }
    rule = next(iter(rules - {MaskRule.WHITE}), MaskRule.WHITE)
    items = []
    for row in rows(name):
        file = root / row[0].removeprefix("=")
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix.lower() in (".jpg", ".jpeg", ".png", ".tif", ".bmp"):
            Image.new("RGB", (16, 16), (128, 128, 128)).save(file)
        else:
            text = CONTENT.get(f"{name}/{file.name}", CONTENT.get(file.name, ""))
            file.write_text(text, encoding="utf-8")
        if row[2] and row[2] != "outline":
            paint(root / row[2], rule)
        if not row[0].startswith("="):
            items.append(row)
    return items


@pytest.mark.parametrize("name", sorted(TREES))
def test_tree_is_read(name: str, tmp_path: Path) -> None:
    expected = plant(tmp_path, name)
    dataset = open_dataset(name, tmp_path)
    found = {item.path.relative_to(tmp_path).as_posix(): item for item in dataset.items()}
    assert sorted(found) == sorted(row[0] for row in expected)
    for path, label, mask, source, generator, operation, split, delivery in expected:
        item = found[path]
        assert item.label == int(label)
        assert item.source == (source or item.path.stem)
        got = (item.generator, item.operation, item.split, item.delivery)
        assert got[:3] == (generator, operation, split)
        assert delivery in ("", item.delivery)
        if mask:
            edited = item.read_mask()
            assert edited is not None
            assert edited[:, :7].all()
            assert not edited[:, 9:].any()
        else:
            assert item.read_mask() is None
    assert list(dataset.items()) == list(dataset.items())


def test_every_set_has_a_tree() -> None:
    assert {layout.name for layout in list_datasets()} == set(TREES)


@pytest.mark.parametrize("name", sorted(TREES))
def test_an_empty_folder_says_what_is_missing(name: str, tmp_path: Path) -> None:
    dataset = open_dataset(name, tmp_path)
    assert list(dataset.items()) == []
    said = dataset.missing()
    assert said
    title = next(layout.title for layout in list_datasets() if layout.name == name)
    for sentence in said:
        assert sentence.startswith(f"{title}: ")
        assert "\n" not in sentence


@pytest.mark.parametrize("name", sorted(TREES))
def test_a_lost_mask_is_missed(name: str, tmp_path: Path) -> None:
    masks = [row[2] for row in plant(tmp_path, name) if row[2] not in ("", "outline")]
    if not masks or name == "micc-f600":
        return
    for mask in {*masks}:
        (tmp_path / mask).unlink()
    said = [line for line in open_dataset(name, tmp_path).missing() if "masks" in line]
    assert said
    assert f"of {len(masks)} masks" in " ".join(said) or len(said) > 1


def test_counts_are_those_published(tmp_path: Path) -> None:
    plant(tmp_path, "coverage")
    assert open_dataset("coverage", tmp_path).missing() == [
        "COVERAGE: image holds 1 of 100 authentic pictures",
        "COVERAGE: image holds 1 of 100 edited pictures",
    ]


def test_a_missing_folder_and_a_missing_list_are_named(tmp_path: Path) -> None:
    plant(tmp_path, "celeb-df")
    (tmp_path / "List_of_testing_videos.txt").unlink()
    for file in (tmp_path / "YouTube-real").rglob("*.png"):
        file.unlink()
    assert open_dataset("celeb-df", tmp_path).missing() == [
        f"Celeb-DF v2: the list List_of_testing_videos.txt is missing below {tmp_path}"
    ]
    said = open_dataset("dso-1", tmp_path).missing()
    assert said == [f"DSO-1: the folder DSO-1 is missing below {tmp_path}"]


def test_pictures_that_only_the_list_has_are_missed(tmp_path: Path) -> None:
    plant(tmp_path, "imaginet")
    (tmp_path / "sdxl" / "b.png").unlink()
    said = open_dataset("imaginet", tmp_path).missing()
    list_ = "annotations/test_annotations.txt"
    assert f"ImagiNet: 1 of 1 generated test pictures that {list_} names are missing" in said
    assert "ImagiNet: the root holds no authentic train pictures" in said


def test_a_set_of_two_questions_is_asked_one(tmp_path: Path) -> None:
    plant(tmp_path, "sid-set")
    edited = list(open_dataset("sid-set", tmp_path).items())
    made = list(open_dataset("sid-set", tmp_path, question=Question.GENERATED).items())
    assert [item.path.parent.name for item in edited] == ["real", "tampered"]
    assert [item.path.parent.name for item in made] == ["real", "full_synthetic"]
    assert {item.question for item in made} == {Question.GENERATED}


# Rule 1 of the design: names that may only be evaluated on.
RESERVED = [
    "casia-v1",
    "columbia",
    "coverage",
    "nist16",
    "imd2020",
    "dso-1",
    "korus",
    "micc-f220",
    "micc-f600",
    "micc-f2000",
    "cocoglide",
    "autosplice",
    "genimage",
    "aigcdetectbenchmark",
    "chameleon",
    "celeb-df",
    "dfdc",
    "forensynths",
    "sid-set",
    "so-fake",
]


@pytest.mark.parametrize("name", RESERVED)
def test_reserved_sets_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=f"{name} is reserved for evaluation"):
        refuse_reserved(open_dataset(name, tmp_path))


@pytest.mark.parametrize(
    ("name", "split", "reserved"),
    [
        ("forensynths", "train", False),
        ("forensynths", "test", True),
        ("sid-set", "train", False),
        ("sid-set", "val", True),
        ("casia-v1", "train", True),
        ("casia-v2", "", False),
        ("real-fake", "test", False),
        ("rtm", "train", False),
        ("faceforensics", "", True),
    ],
)
def test_only_some_splits_are_reserved(
    name: str, split: str, reserved: bool, tmp_path: Path
) -> None:
    assert open_dataset(name, tmp_path, split=split).reserved is reserved


def test_a_split_is_kept_alone(tmp_path: Path) -> None:
    plant(tmp_path, "forensynths")
    found = list(open_dataset("forensynths", tmp_path, split="train").items())
    assert {item.split for item in found} == {"train"}
    assert len(found) == 2


@pytest.mark.parametrize("name", sorted(UNVERIFIED))
def test_layouts_that_nobody_could_check_say_so(name: str) -> None:
    layout = next(layout for layout in list_datasets() if layout.name == name)
    assert "check" in layout.note


def test_layouts_are_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "datasets.md").read_text("utf-8")
    for layout in list_datasets():
        assert f"`{layout.name}`" in page
