"""Twenty uploads at the same moment, and bombs: what each visitor is told, what the server holds."""

from __future__ import annotations

import asyncio
import gzip
import time
from dataclasses import dataclass, field

from app_server import RunningApp, children, cpu_s, resident_mb
from load.crowd import marked_model, marker
from load.visitor import VisitError, Visitor

UPLOADS = 20
BOMBS = 4
WATCH_S = 0.1
BOMB_LINES = 134_000_000
"""Lines "0,1" that 2.1 MB of gzip unpack to: half a gigabyte."""


@dataclass
class Rush:
    """What the visitors met and the most that the machine had to give (seconds, MB)."""

    answers_s: list[float] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    server_mb: float = 0.0
    worker_mb: float = 0.0
    workers: int = 0
    left_over: int = 0


def bomb() -> bytes:
    """A recording that unpacks to more than two hundred times its size."""
    part = gzip.compress(b"0,1\n" * 1_000_000, 9)
    return gzip.compress(b"time_s,power_w\n") + part * (BOMB_LINES // 1_000_000)


async def _model(rush: Rush, port: int, number: int, gate: asyncio.Event) -> None:
    async with Visitor(port, f"model {number}", keep=True) as visitor:
        await visitor.open()
        await visitor.open("estimate")
        await gate.wait()
        rush.answers_s.append(await visitor.upload(f"{marker(number)}.onnx", marked_model(number)))
        if not any(marker(number).encode() in data for data in visitor.heard):
            rush.errors.append(f"{visitor.name}: neither the model nor a message about it")
        rush.errors += visitor.errors


async def _bomb(rush: Rush, port: int, number: int, content: bytes, gate: asyncio.Event) -> None:
    async with Visitor(port, f"bomb {number}") as visitor:
        await visitor.open()
        await visitor.open("timelines", "source=own")
        await gate.wait()
        rush.answers_s.append(await visitor.upload("power.csv.gz", content))
        rush.alerts += [code for alert in visitor.alerts for code in alert.split("`")[1::2]]
        rush.errors += visitor.errors


async def _watch(rush: Rush, server: RunningApp) -> None:
    while True:
        workers = [resident_mb(child) for child in children(server.process.pid)]
        rush.server_mb = max(rush.server_mb, server.memory_mb())
        rush.worker_mb = max([rush.worker_mb, *workers])
        rush.workers = max(rush.workers, len(workers))
        await asyncio.sleep(WATCH_S)


async def rush_hour(server: RunningApp) -> Rush:
    """Twenty models and four bombs at once, all given in the same moment; then everybody goes."""
    rush, gate, content = Rush(), asyncio.Event(), bomb()
    watch = asyncio.create_task(_watch(rush, server))
    tasks = [asyncio.create_task(_model(rush, server.port, each, gate)) for each in range(UPLOADS)]
    tasks += [asyncio.create_task(_bomb(rush, server.port, each, content, gate)) for each in range(BOMBS)]
    await asyncio.sleep(20)
    gate.set()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, VisitError | OSError):
            rush.errors.append(f"{type(result).__name__}: {result}")
        elif isinstance(result, BaseException):
            raise result
    rush.left_over = await _left_over(server)
    watch.cancel()
    return rush


async def _left_over(server: RunningApp, seconds: float = 10.0) -> int:
    """Workers that still compute so long after the last visitor has gone; idle ones wait for the next."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        before = {child: cpu_s(child) for child in children(server.process.pid)}
        await asyncio.sleep(1.0)
        after = {child: cpu_s(child) for child in children(server.process.pid)}
        if not (left := sum(spent > before.get(child, 0.0) for child, spent in after.items())):
            break
    return left
