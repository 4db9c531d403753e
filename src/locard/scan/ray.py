"""The engine that runs on a cluster: Ray Data, with the same work as the processes of one machine.

The pictures are read, hashed and kept by the process that was started; the cluster examines. So a
node needs locard and nothing else: no access to the sources or to the output.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from typing import Any

from locard.report.strings import printable
from locard.scan.results import ScanError
from locard.scan.scanner import Picture
from locard.workers import start_worker

# Pictures handed over at a time, for each processor, and their bytes in all. The end of a batch
# leaves processors idle for seconds, and a batch lies in memory.
_BATCH = 512
_BATCH_BYTES = 512 * 2**20


def check_ray() -> None:
    """Raise ScanError when Ray is not installed."""
    if find_spec("ray") is None:
        raise ScanError("the engine “ray” needs more packages: pip install 'locard[ray]'")


def over_ray(
    work: Callable[[Picture], dict[str, Any]], tasks: Iterable[Picture], workers: int
) -> Iterator[tuple[Picture, dict[str, Any] | None]]:
    """Yield each picture with its row as it is done, see `locard.workers.as_done`.

    Joins the cluster that RAY_ADDRESS names, and starts one of ``workers`` processors on this
    machine without it.

    Raises: ScanError without Ray, or when there is no such cluster.
    """
    check_ray()
    # Nothing about a scan leaves this machine but to its own cluster.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray
    from ray.data import DataContext

    mine = not ray.is_initialized()
    if mine:
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        if "RAY_ADDRESS" not in os.environ:
            options |= {"num_cpus": workers, "include_dashboard": False}
        try:
            ray.init(**options)
        # Ray raises a bare Exception when a node does not start in time.
        except Exception as error:
            why = printable(str(error) or type(error).__name__, 300)
            raise ScanError(f"Ray cannot be started or reached ({why})") from None
    # It tells of every batch; what goes wrong becomes a row.
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = DataContext.get_current()
    context.enable_progress_bars = False
    # A picture whose process dies costs its own row.
    context.max_errored_blocks = -1
    processors = int(ray.cluster_resources().get("CPU", workers))
    try:
        for batch in _batches(tasks, _BATCH * processors):
            yield from _examine(work, batch)
    finally:
        if mine:
            ray.shutdown()


def _batches(tasks: Iterable[Picture], most: int) -> Iterator[dict[str, Picture]]:
    batch: dict[str, Picture] = {}
    size = 0
    for task in tasks:
        batch[task.sha256] = task
        size += len(task.data)
        if len(batch) >= most or size >= _BATCH_BYTES:
            yield batch
            batch, size = {}, 0
    if batch:
        yield batch


def _examine(
    work: Callable[[Picture], dict[str, Any]], batch: dict[str, Picture]
) -> Iterator[tuple[Picture, dict[str, Any] | None]]:
    import ray.data

    def row(item: dict[str, Any]) -> dict[str, Any]:
        start_worker()
        done = work(Picture(item["sha256"], item["data"]))
        return {"sha256": item["sha256"], "row": json.dumps(done)}

    listed = [{"sha256": p.sha256, "data": p.data} for p in batch.values()]
    # A block for each picture: the next free processor takes the next one.
    blocks = ray.data.from_items(listed, override_num_blocks=len(listed))
    for found in blocks.map(row).iter_rows():
        yield batch.pop(found["sha256"]), json.loads(found["row"])
    for picture in batch.values():
        yield picture, None
