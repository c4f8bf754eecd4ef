"""Many visitors at once: some browse, some estimate models of their own, nobody sees what is another's."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from dataclasses import dataclass, field

import onnx

from app.frame.navigation import PAGES
from load.visitor import VisitError, Visitor
from predictors.samples import sample_bytes

SLUGS = tuple("" if entry is PAGES[0] else entry.slug for entry in PAGES if not entry.hidden)
SAMPLES = ("mobilenet-v2", "squeezenet-1.1", "resnet-18", "mobilenet-v3-small", "shufflenet-v2")
THINK_S = (4.0, 16.0)
"""Time a visitor looks at a page (s), evenly spread: ten seconds on average."""


@dataclass
class Crowd:
    """What a crowd met: seconds of every page switch by page and of every estimate, and what went wrong."""

    switches: dict[str, list[float]] = field(default_factory=dict)
    estimates: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)

    @property
    def every_switch(self) -> list[float]:
        """Seconds of all page switches."""
        return [seconds for spent in self.switches.values() for seconds in spent]

    def share_within(self, limit_s: float) -> float:
        """Share of the page switches that took at most so long."""
        every = self.every_switch
        return sum(seconds <= limit_s for seconds in every) / len(every) if every else 0.0


def marker(number: int) -> str:
    """A name that only one visitor's model has."""
    return f"privatenetworkofvisitor{number:03d}x"


def marked_model(number: int) -> bytes:
    """A sample network under a name of its own, in its graph, its nodes and its tensors."""
    model = onnx.load_model_from_string(sample_bytes(SAMPLES[number % len(SAMPLES)]))
    model.graph.name = marker(number)
    model.producer_name = marker(number)
    for node in model.graph.node:
        node.name = f"{marker(number)}{node.name}"
    return model.SerializeToString()


async def browse(crowd: Crowd, port: int, number: int, until: float, chance: random.Random) -> None:
    """Open one page after another, the first at a time of one's own."""
    await asyncio.sleep(chance.uniform(0, THINK_S[1]))
    async with Visitor(port, f"browsing {number}", keep=True) as visitor:
        await visitor.open()  # the first visit loads the page, which is no switch
        here = ""
        while time.monotonic() < until:
            await asyncio.sleep(chance.uniform(*THINK_S))
            here = chance.choice([slug for slug in SLUGS if slug != here])
            crowd.switches.setdefault(here or PAGES[0].slug, []).append(await visitor.open(here))
        _look_back(crowd, visitor, own=None)


async def estimate(crowd: Crowd, port: int, number: int, until: float, chance: random.Random) -> None:
    """Upload a model again and again, each time on a freshly opened page."""
    content = marked_model(number)
    await asyncio.sleep(chance.uniform(0, THINK_S[0]))
    while time.monotonic() < until:
        async with Visitor(port, f"estimating {number}", keep=True) as visitor:
            await visitor.open()
            await visitor.open("estimate")
            crowd.estimates.append(await visitor.upload(f"{marker(number)}.onnx", content))
            if not any(marker(number).encode() in data for data in visitor.heard):
                crowd.errors.append(f"{visitor.name}: the page does not show the uploaded model")
            _look_back(crowd, visitor, own=number)
        await asyncio.sleep(chance.uniform(1.0, THINK_S[0]))


def _look_back(crowd: Crowd, visitor: Visitor, own: int | None) -> None:
    """Whether anything went wrong, or anything of another visitor's was sent to this one."""
    crowd.errors += [f"{visitor.name}: {error}" for error in visitor.errors]
    for data in visitor.heard:
        if b"privatenetworkofvisitor" in (data if own is None else data.replace(marker(own).encode(), b"")):
            crowd.leaks.append(visitor.name)


async def visit(port: int, *, browsing: int, estimating: int, seconds: float, seed: int = 1) -> Crowd:
    """Let a crowd visit for some time."""
    crowd, chance, until = Crowd(), random.Random(seed), time.monotonic() + seconds
    tasks = [browse(crowd, port, number, until, random.Random(chance.random())) for number in range(browsing)]
    tasks += [
        estimate(crowd, port, number, until, random.Random(chance.random())) for number in range(estimating)
    ]
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, VisitError | OSError):
            crowd.errors.append(f"{type(result).__name__}: {result}")
        elif isinstance(result, BaseException):
            raise result
    return crowd


def quantile(values: list[float], share: float) -> float:
    """The value that a share of the values stays below; nan for none."""
    if len(values) < 2:
        return values[0] if values else float("nan")
    return statistics.quantiles(values, n=1000, method="inclusive")[round(1000 * share) - 1]
