"""Dataset adapters: labelled pictures of published sets, folders and tables, streamed."""

from locard.bench.datasets.dataset import Dataset, open_dataset, refuse_reserved
from locard.bench.datasets.item import DatasetError, Item, MaskRule
from locard.bench.datasets.layout import Layout, Part, list_datasets
from locard.bench.datasets.unpack import unpack_parquet, unpack_videos

__all__ = [
    "Dataset",
    "DatasetError",
    "Item",
    "Layout",
    "MaskRule",
    "Part",
    "list_datasets",
    "open_dataset",
    "refuse_reserved",
    "unpack_parquet",
    "unpack_videos",
]
