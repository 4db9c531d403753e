"""The HTTP service under load: refusals, lost examinations, health check, memory.

    python benchmarks/serve_load.py [--clients 32] [--seconds 60] [--workers 2] [--side 64]

Clients upload small pictures, each different, without pause; after a refusal they wait as long as
they are told, at most a second. A server process is started for it, killed in the middle (SIGKILL)
and started again on the same data; afterwards every accepted picture must be known, and none may
have failed. The queue is not waited for unless --drain. Memory is that of the process that answers.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
from PIL import Image


def make_picture(rng: np.random.Generator, side: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(stream, "JPEG")
    return stream.getvalue()


def start(folder: Path, port: int, workers: int, queue: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "locard", "serve", "--port", str(port), "--data", str(folder)]
    command += ["--workers", str(workers), "--rate", "1000000/minute", "--max-queue", str(queue)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=(folder / "log").open("a"), text=True
    )


def memory_mib(process: subprocess.Popen[str]) -> float:
    text = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", text)
    return int(found[1]) / 1024 if found else 0.0


async def load(
    url: str, options: argparse.Namespace, seed: int, end: float
) -> tuple[Counter[str], list[str], list[float]]:
    statuses: Counter[str] = Counter()
    accepted: list[str] = []
    health: list[float] = []

    async def client(number: int) -> None:
        rng = np.random.default_rng([seed, number])
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            while time.monotonic() < end:
                files = {"files": ("a.jpg", make_picture(rng, options.side))}
                try:
                    answer = await http.post(
                        "/v1/examine?profile=quick&stability=false", files=files
                    )
                except httpx.HTTPError:
                    statuses["no answer"] += 1
                    await asyncio.sleep(0.2)
                    continue
                statuses[str(answer.status_code)] += 1
                if answer.status_code == 202:
                    accepted.append(answer.json()["examinations"][0]["id"])
                else:
                    await asyncio.sleep(min(1.0, float(answer.headers.get("retry-after", 1))))

    async def check() -> None:
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            while time.monotonic() < end:
                begun = time.perf_counter()
                try:
                    answer = await http.get("/health")
                    health.append(time.perf_counter() - begun)
                    statuses[f"health {answer.status_code}"] += 1
                except httpx.HTTPError:
                    statuses["health: no answer"] += 1
                await asyncio.sleep(0.05)

    await asyncio.gather(check(), *(client(number) for number in range(options.clients)))
    return statuses, accepted, health


def wait_for(url: str) -> None:
    for _ in range(1200):
        try:
            if httpx.get(f"{url}/ready").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit("the service did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--queue", type=int, default=100_000)
    parser.add_argument("--port", type=int, default=8479)
    parser.add_argument("--drain", action="store_true", help="wait until all are examined")
    options = parser.parse_args()
    url = f"http://127.0.0.1:{options.port}"
    accepted: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for part in range(2):
            process = start(folder, options.port, options.workers, options.queue)
            wait_for(url)
            before = memory_mib(process)
            end = time.monotonic() + options.seconds / 2
            statuses, ids, health = asyncio.run(load(url, options, part, end))
            accepted += ids
            slow = np.quantile(health, [0.5, 0.99]) * 1000 if health else [np.nan, np.nan]
            print(
                f"part {part + 1}: {dict(statuses)}; health p50 {slow[0]:.0f} ms, p99 "
                f"{slow[1]:.0f} ms; memory {before:.0f} to {memory_mib(process):.0f} MiB"
            )
            process.kill() if part == 0 else None
            if part == 0:
                process.wait()
        with httpx.Client(base_url=url, timeout=60) as http:
            found: dict[str, str] = {}
            while True:
                after = next(reversed(found), None)
                params = {"limit": 200} | ({"after": after} if after else {})
                page = http.get("/v1/examinations", params=params).json()
                found |= {e["id"]: e["state"] for e in page["examinations"]}
                if page["next"] is None:
                    if not options.drain or set(found.values()) <= {"done", "failed"}:
                        break
                    found = {}
                    time.sleep(2.0)
        lost = [name for name in accepted if name not in found]
        print(f"{len(accepted)} accepted, {len(lost)} lost; {dict(Counter(found.values()))}")
        process.terminate()
        print(f"exit code after SIGTERM: {process.wait()}")


if __name__ == "__main__":
    main()
