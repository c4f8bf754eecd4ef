"""`make load`: 50 visitors browse, 5 estimate; 20 uploads in one moment; an hour's worth of visits.

Everything stays on this machine. `--minutes` is the time of the crowd, `--visits` the number of visits of the
last part, after which the server's memory must be what it was. Exit code 1 when a promise was not kept.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from app_server import RunningApp, running_app
from data.budgets import WORKERS_AT_ONCE
from load.crowd import Crowd, marked_model, marker, quantile, visit
from load.rush import BOMBS, UPLOADS, rush_hour
from load.visitor import Visitor

SWITCH_LIMIT_S = 1.5
SHARE = 0.95
MEDIAN_LIMIT_S = 0.4
SERVER_LIMIT_MB = 500.0
ANSWER_LIMIT_S = 20.0
RUSH_SERVER_MB, RUSH_WORKER_MB = 700.0, 768.0
RUSH_WORKERS = 2 * WORKERS_AT_ONCE
"""Those that work, and as many readers of models that wait for the next one."""
GROWTH_LIMIT_MB = 20.0
"""More than this between the first and the last of the visits counts as a leak (MB)."""
AT_ONCE = 10
FORGET_S = "1"
WARM, WARM_LIMIT_S = "warm-others", 180.0
"""What the server's log says when nothing is left to get ready, and when to go on without it (s)."""


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def many_at_once(browsing: int, estimating: int, minutes: float) -> bool:
    """The crowd; says what it met and whether the promise was kept."""
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as server:
        asyncio.run(warm_up(server))
        before, cpu = server.memory_mb(), server.cpu_s()
        crowd = asyncio.run(
            visit(server.port, browsing=browsing, estimating=estimating, seconds=60 * minutes)
        )
        spent = server.cpu_s() - cpu
        say(f"{browsing} browsing and {estimating} estimating for {minutes:g} min, {os.cpu_count()} cores, "
            f"load of the machine {os.getloadavg()[0]:.1f}")  # fmt: skip
        tell_times(crowd)
        say(f"server: {before:.0f} MB before, {server.memory_mb():.0f} MB after, readers "
            f"{server.readers_mb():.0f} MB, {spent:.0f} s of processor time")  # fmt: skip
        kept = server.memory_mb() < SERVER_LIMIT_MB and quantile(crowd.every_switch, 0.5) < MEDIAN_LIMIT_S
    return kept and not crowd.errors and not crowd.leaks and crowd.share_within(SWITCH_LIMIT_S) >= SHARE


def rush_is_answered() -> bool:
    """Twenty models and some bombs at once; says what each was told and what it took."""
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as server:
        asyncio.run(warm_up(server))
        rush = asyncio.run(rush_hour(server))
    codes = {code: rush.alerts.count(code) for code in sorted(set(rush.alerts))}
    say(f"{UPLOADS} models and {BOMBS} bombs at once: median {quantile(rush.answers_s, 0.5):.1f} s, "
        f"worst {max(rush.answers_s, default=0):.1f} s, codes {codes}")  # fmt: skip
    say(f"server at most {rush.server_mb:.0f} MB; at most {rush.workers} workers, the largest "
        f"{rush.worker_mb:.0f} MB; still computing afterwards: {rush.left_over}")  # fmt: skip
    for error in rush.errors[:10]:
        say(f"    {error}")
    return (
        len(rush.answers_s) == UPLOADS + BOMBS
        and not rush.errors
        and max(rush.answers_s) < ANSWER_LIMIT_S
        and rush.server_mb < RUSH_SERVER_MB
        and rush.worker_mb < RUSH_WORKER_MB
        and rush.workers <= RUSH_WORKERS
        and not rush.left_over
    )


def tell_times(crowd: Crowd) -> None:
    """Print the times of a crowd, by page, and what went wrong."""
    for page, spent in {**crowd.switches, "any page": crowd.every_switch, "upload": crowd.estimates}.items():
        say(f"{page:12} {len(spent):>5} times, median {quantile(spent, 0.5):.2f} s, "
            f"95 % {quantile(spent, 0.95):.2f} s, worst {max(spent, default=0):.2f} s")  # fmt: skip
    share = 100 * crowd.share_within(SWITCH_LIMIT_S)
    say(f"page switches within {SWITCH_LIMIT_S} s: {share:.1f} %")
    say(f"errors: {len(crowd.errors)}, pages that showed something of another visitor: {len(crowd.leaks)}")
    for error in crowd.errors[:10]:
        say(f"    {error}")


async def warm_up(server: RunningApp) -> None:
    """Open every page once, so that what is loaded once is loaded."""
    async with Visitor(server.port) as visitor:
        await visitor.open()
        for slug in [*visitor.pages, "estimate"]:
            await visitor.open(slug)
        await visitor.upload("first.onnx", marked_model(0))


def wait_until_warm(server: RunningApp) -> None:
    """Wait for what the server gets ready when it is quiet: it is made once, and its memory is no growth."""
    end = time.monotonic() + WARM_LIMIT_S
    while WARM not in server.log.read_text(encoding="utf-8") and time.monotonic() < end:
        time.sleep(1)
    time.sleep(1)  # for the round over everything that comes last


async def one_visit(port: int, number: int, gate: asyncio.Semaphore) -> None:
    """Come, look at three pages, estimate a model in one visit of five, and go."""
    async with gate, Visitor(port, f"visit {number}") as visitor:
        await visitor.open()
        for slug in ("explore", "methods", "estimate"):
            await visitor.open(slug)
        if number % 5 == 0:
            await visitor.upload(f"{marker(number)}.onnx", marked_model(number))


async def some_visits(port: int, numbers: range) -> None:
    """Visits, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(one_visit(port, number, gate) for number in numbers))


def memory_stays_flat(visits: int) -> bool:
    """An hour's worth of visits, each session forgotten soon after; says how memory went."""
    step = max(visits // 10, 1)
    forgetful = ("--server.disconnectedSessionTTL", FORGET_S)
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder), *forgetful) as server:
        asyncio.run(warm_up(server))
        wait_until_warm(server)
        memory = []
        for start in range(0, visits, step):
            asyncio.run(some_visits(server.port, range(start, min(start + step, visits))))
            memory.append(server.memory_mb())
            say(f"after {min(start + step, visits):>5} visits: {memory[-1]:.0f} MB, "
                f"readers {server.readers_mb():.0f} MB")  # fmt: skip
    growth = memory[-1] - memory[len(memory) // 4]
    say(f"growth over the last three quarters of {visits} visits: {growth:+.0f} MB")
    return growth < GROWTH_LIMIT_MB


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both parts; the exit code says whether the promises were kept."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--browsing", type=int, default=50, help="visitors who browse")
    parser.add_argument("--estimating", type=int, default=5, help="visitors who estimate models")
    parser.add_argument("--rush", type=int, default=1, help="20 uploads in one moment; 0 leaves them out")
    parser.add_argument("--minutes", type=float, default=2.0, help="time of the crowd; 0 leaves it out")
    parser.add_argument("--visits", type=int, default=600, help="visits one after another; 0 leaves them out")
    options = parser.parse_args(arguments)
    kept = True
    if options.minutes > 0:
        kept = many_at_once(options.browsing, options.estimating, options.minutes)
    if options.rush:
        kept = rush_is_answered() and kept
    if options.visits > 0:
        kept = memory_stays_flat(options.visits) and kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
