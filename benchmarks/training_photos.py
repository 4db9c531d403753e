"""Gather the photos that the localizer is trained on from clones of public repositories.

    python benchmarks/training_photos.py CLONES --out PHOTOS [--each 2000]
        [--versions VERSIONS --autoencoder taef2_encoder.pth [--rewritten 200]]

CLONES holds clones named OWNER+NAME (bare or with a work tree); those that are absent are named and
left out. Photos are written byte for byte to PHOTOS/trained/KIND and PHOTOS/held/KIND: a quarter of
each of the four kinds that figures are taken of is held out, by the first digits of the photo's
SHA-256 (`locard.train.crops.held_out`, a share of 0.25), so that the same clones give the same
split. Photos of CASIA v2 of 384 × 256 pixels are left out (CASIA v1's are), what cannot be
decoded is too, and a photo that is there twice is taken once. --versions writes what an autoencoder
makes of some of the photos to train on, as `locard.train.mosaics.list_versions` reads it.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from locard.exhibit import ExhibitError, open_exhibit
from locard.forge.networks import rewrite
from locard.train.crops import held_out

SHARE = 0.25
# Of what is rewritten, from the upper left corner, in pixels.
SIDE = 768


@dataclass(frozen=True)
class Kind:
    """Photos of one repository.

    Attributes:
        name: of the folder they are written to.
        repository: owner/name on GitHub.
        pattern: regular expression of their paths.
        measured: whether a part is held out for figures.
        without: sides that are left out, in any order.
    """

    name: str
    repository: str
    pattern: str
    measured: bool = False
    without: tuple[int, int] | None = None

    def clone(self, clones: Path) -> Path | None:
        """Git directory of the clone, or None."""
        folder = clones / self.repository.replace("/", "+")
        for path in (folder / "repo" / ".git", folder / "repo", folder / ".git", folder):
            if (path / "HEAD").is_file():
                return path
        return None


KINDS = (
    Kind("imagenet", "EliSchwartz/imagenet-sample-images", r"[^/]+\.JPEG", measured=True),
    Kind("camera", "drewnoakes/metadata-extractor-images", r"jpg/[^/]+\.jpg", measured=True),
    Kind("bsds", "BIDS/BSDS500", r"BSDS500/data/images/.+\.jpg", measured=True),
    Kind(
        "casia",
        "rodrigo-weigert/ImgTamperingDetection",
        r"demo/sample/authentic/.+",
        measured=True,
        without=(384, 256),
    ),
    Kind("houses", "emanhamed/Houses-dataset", r"Houses Dataset/.+\.jpg"),
    Kind("voc2007", "BernieChen96/ImageClassification", r"JPEGImages/.+\.jpg"),
    Kind("voc", "mateusrafael4/Atividade_programacao_pose_estimation", r"images/.+\.jpg"),
    Kind("clothing", "alexeygrigorev/clothing-dataset", r"images/.+\.jpg"),
    Kind("crowds", "MonsterVivy/shanghaitech", r"part_./.+\.jpg"),
    Kind("country", "mzahid36/Image-captioning-dataset-BCG-", r"Images/.+\.jpg"),
    Kind("road", "danmilon/71th-parallel", r"photos/.+\.jpe?g"),
    Kind("duane", "jamestutt/TravelsWithDuane", r"photos/.+\.jpg"),
    Kind("timor", "timorleste/photography", r"images/fulls/.+\.jpg"),
    Kind("exif", "ianare/exif-samples", r"jpg/(?!invalid|tests).+\.jpg"),
    Kind("towns", "jbhuang0604/SelfExSR", r"data/(Urban100|Sun-Hays80)/.+_HR\.png"),
    Kind("tree", "alicevision/dataset_monstree", r"full/.+\.(jpg|JPG)"),
)


def photos_of(git: Path, pattern: str) -> dict[str, str]:
    """Paths and blobs of the newest commit that match a pattern."""
    listed = subprocess.run(
        ["git", f"--git-dir={git}", "ls-tree", "-r", "-z", "HEAD"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = {}
    for line in filter(None, listed.split("\0")):
        about, path = line.split("\t", 1)
        if re.fullmatch(pattern, path, re.IGNORECASE):
            found[path] = about.split()[2]
    return found


def spread(paths: list[str], most: int) -> list[str]:
    """At most so many, evenly spaced."""
    return [paths[i * len(paths) // min(most, len(paths))] for i in range(min(most, len(paths)))]


def write_versions(photos: Path, out: Path, autoencoder: str, count: int) -> None:
    """Write photo.png and what the autoencoder makes of it to folders of the photos' digests."""
    for photo in spread(sorted(p for p in photos.rglob("*") if p.is_file()), count):
        rgb = open_exhibit(photo).rgb[:SIDE, :SIDE]
        folder = out / hashlib.sha256(photo.read_bytes()).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        rewritten, _ = rewrite(rgb, autoencoder)
        for name, made in (("photo", rgb), ("autoencoder", rewritten)):
            Image.fromarray(made).save(folder / f"{name}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("clones", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--each", type=int, default=2000, help="at most so many of a kind")
    parser.add_argument("--versions", type=Path)
    parser.add_argument("--autoencoder", help="as `locard forge` takes it")
    parser.add_argument("--rewritten", type=int, default=200)
    args = parser.parse_args()
    if args.versions and not args.autoencoder:
        parser.error("--versions needs --autoencoder")
    seen: set[str] = set()
    for kind in KINDS:
        git = kind.clone(args.clones)
        if git is None:
            print(f"{kind.name}: no clone of {kind.repository}")
            continue
        blobs = photos_of(git, kind.pattern)
        counts = {"trained": 0, "held": 0}
        for path in spread(sorted(blobs), args.each):
            shown = subprocess.run(
                ["git", f"--git-dir={git}", "cat-file", "blob", blobs[path]], capture_output=True
            )
            digest = hashlib.sha256(shown.stdout).hexdigest()
            if shown.returncode or digest in seen:
                continue
            seen.add(digest)
            try:
                height, width = open_exhibit(shown.stdout).rgb.shape[:2]
            except ExhibitError:
                continue
            if kind.without and sorted(kind.without) == sorted((height, width)):
                continue
            part = "held" if kind.measured and held_out(digest[:16], SHARE) else "trained"
            folder = args.out / part / kind.name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / re.sub(r"[^\w.()-]", "_", Path(path).name)).write_bytes(shown.stdout)
            counts[part] += 1
        print(
            f"{kind.name}: {counts['trained']} to train on, {counts['held']} held out", flush=True
        )
    if args.versions:
        write_versions(args.out / "trained", args.versions, args.autoencoder, args.rewritten)


if __name__ == "__main__":
    main()
