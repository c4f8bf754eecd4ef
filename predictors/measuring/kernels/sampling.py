"""Which kernels to measure: those of networks drawn around the known ones.

nn-Meter samples kernels from a prior taken from real networks (Zhang et al., MobiSys 2021, section 4.3). Here
the prior is drawn as whole networks: variants of nine families with random widths and windows, and the sample
networks at other sizes, so that each kernel runs between the neighbours that it has in a network. The sample
networks themselves are left out: they are what predictions are tried on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from random import Random
from typing import Final

from predictors.samples import SAMPLES, VARIANT_FAMILIES, sample_variants
from predictors.samples.speech import conv_actions
from predictors.samples.tokens import TOKENS, mobilebert

SEED: Final = 7  # the same networks on every machine
HEAVY_MACS: Final = 3e9
"""Networks with more multiply-accumulates are drawn at smaller sizes only: they would take minutes."""
SHARES, HEAVY_SHARES = (0.5, 1.2), (0.3, 0.65)
"""Sides drawn, as shares of the sample's own."""
WIDTHS: Final = (0.5, 0.75, 1.0, 1.25)
MOST_ALIKE: Final = 50
"""A maker that draws the same networks again so often has no others."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn network: its name, and what makes its ONNX file, weights left out."""

    name: str
    build: Callable[[], bytes]


def drawn_networks(count: int, seed: int = SEED) -> Iterator[Drawn]:
    """`count` networks; the first ones do not depend on `count`, and the same seed gives the same ones."""
    random = Random(seed)  # noqa: S311 - drawing test networks, nothing secret
    makers = [_variants(family, seed) for family in VARIANT_FAMILIES]
    makers += [_resized(name, random) for name, each in SAMPLES.items() if each.has_side]
    # A network of tokens has few kernels that differ, all of kinds that the others lack.
    makers += [_tokens(random), _sounds(random), _tokens(random)]
    left, known = count, set[str]()
    while left and makers:
        for maker in list(makers):
            drawn = next((each for each in islice(maker, MOST_ALIKE) if each.name not in known), None)
            if drawn is None:
                makers.remove(maker)
            elif left:
                left -= 1
                known.add(drawn.name)
                yield drawn


def _variants(family: str, seed: int) -> Iterator[Drawn]:
    number = 0
    while True:
        variant = sample_variants(family, number + 1, seed)[number]
        yield Drawn(f"{family}-{number}", variant.build)
        number += 1


def _resized(sample_id: str, random: Random) -> Iterator[Drawn]:
    """The sample at other sides, and at other widths where it has them; none where its side is fixed."""
    found = SAMPLES[sample_id]
    shares = HEAVY_SHARES if found.published_macs > HEAVY_MACS else SHARES
    while True:
        side = max(24, round(found.input_hw * random.uniform(*shares) / 8) * 8)
        width = random.choice(WIDTHS) if found.has_width else 1.0
        if (side, width) != (found.input_hw, 1.0):
            yield Drawn(f"{sample_id}-{side}-{width:g}", partial(found.build, input_hw=side, width=width))


def _tokens(random: Random) -> Iterator[Drawn]:
    """A few layers of MobileBERT over other numbers of tokens."""
    while True:
        tokens = random.choice([each for each in range(24, 449, 8) if each != TOKENS])
        yield Drawn(f"mobilebert-{tokens}", partial(mobilebert, tokens=tokens, layers=2))


def _sounds(random: Random) -> Iterator[Drawn]:
    """The network of speech commands over sounds of other lengths, with other widths."""
    while True:
        steps, filters = random.randrange(48, 145, 8), random.randrange(32, 97, 8)
        yield Drawn(f"conv-actions-{steps}-{filters}", partial(conv_actions, steps=steps, filters=filters))
