"""``locard doctor``: what is installed, what is missing, and the line that installs it."""

from __future__ import annotations

import typer

# Package, what for, and the extra that brings it (None: part of the core).
_PACKAGES = (
    ("numpy", "arrays", None),
    ("scipy", "statistics and transforms", None),
    ("opencv-python-headless", "image processing", None),
    ("pillow", "decoding", None),
    ("pillow-heif", "HEIC", None),
    ("jpeglib", "JPEG coefficients", None),
    ("PyWavelets", "wavelets", None),
    ("c2pa-python", "content credentials", None),
    ("defusedxml", "XMP", None),
    ("pydantic", "report schema", None),
    ("jinja2", "HTML report", None),
    ("rich", "terminal", None),
    ("typer", "command line", None),
    ("onnxruntime", "networks", None),
    ("threadpoolctl", "one core for each method", None),
    ("fluent.runtime", "explanations", None),
    ("babel", "numbers and dates", None),
    ("rawpy", "camera raw", "raw"),
    ("albumentations", "perturbations", "forge"),
    ("PyYAML", "recipes and data sets", "forge"),
    ("weasyprint", "PDF reports", "pdf"),
    ("pytesseract", "text in pictures", "ocr"),
    ("pyarrow", "prediction files and scans", "scan"),
    ("fsspec", "scans of URLs", "scan"),
    ("ray", "scans on a cluster", "ray"),
    ("scikit-learn", "figures of the bench", "bench"),
    ("fastapi", "the HTTP service", "serve"),
    ("psycopg", "PostgreSQL behind the service", "postgres"),
    ("torch", "training", "train"),
    ("onnx", "export of trained networks", "train"),
    ("httpx", "image-text models behind a URL", "vlm"),
    ("transformers", "image-text models on this machine", "vlm-local"),
    ("trl", "fine-tuning of image-text models", "train-vlm"),
)


def doctor() -> None:
    """Say what is installed and what is missing, with the pip line.

    Exit code 1 when a part of the core is missing.
    """
    import os
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    console.print(
        f"locard {version('locard')}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    )
    table = Table(header_style="bold")
    for column in ("package", "for", "state"):
        table.add_column(column)
    broken = False
    for name, purpose, extra in _PACKAGES:
        try:
            state = f"[green]{version(name)}[/green]"
        except PackageNotFoundError:
            what = f"locard[{extra}]" if extra else name
            state = f"[yellow]missing[/yellow]: pip install '{escape(what)}'"
            broken |= extra is None
        table.add_row(name, purpose, state)
    console.print(table)
    if broken:
        console.print("Parts of the core are missing; install them with the lines above.")
        raise typer.Exit(1)
    from locard.methods import list_methods
    from locard.methods.learned.backbone import LAST, BackboneError, find_backbone, open_tokens
    from locard.opinion.calibration import load_calibrators

    file = find_backbone()
    try:
        open_tokens(file, (LAST,))
        told = f"frozen image network: {file}"
    except BackboneError as error:
        told = f"for the profile thorough: {error}"
    console.print(told, markup=False, soft_wrap=True)
    methods = list_methods()
    known = {name for name, _ in load_calibrators()}
    counted = [m.name for m in methods if m.counted]
    console.print(f"{len(methods)} methods, {len(known & set(counted))} of them calibrated")
    missing = [name for name in counted if name not in known]
    if missing:
        console.print(f"shown but not weighed, for want of a calibrator: {', '.join(missing)}")
