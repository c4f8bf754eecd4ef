"""Which kernels to measure: those of networks drawn around the known ones.

nn-Meter samples kernels from a prior taken from real networks (Zhang et al., MobiSys 2021, section 4.3). Here
the prior is drawn as whole networks: variants of nine families with random widths and windows, and the sample
networks at other sizes, so that each kernel runs between the neighbours that it has in a network. The sample
networks themselves are left out: they are what predictions are tried on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from predictors.errors import InputError
from predictors.samples import SAMPLES, VARIANT_FAMILIES, sample_variants
from predictors.samples.tokens import mobilebert

SEED: Final = 7
HEAVY_MACS: Final = 3e9
"""Networks with more multiply-accumulates are drawn at smaller sizes only: they would take minutes."""
WIDTHS: Final = (0.5, 0.75, 1.25)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn network: its name and its ONNX file, weights left out."""

    name: str
    content: bytes


def drawn_networks(count: int, seed: int = SEED) -> Iterator[Drawn]:
    """`count` networks; the first ones do not depend on `count`, and the same seed gives the same ones."""
    random = Random(seed)  # noqa: S311 - drawing test networks, nothing secret
    makers = [_variants(family, seed) for family in VARIANT_FAMILIES]
    makers += [_resized(name, random) for name, each in SAMPLES.items() if each.has_side]
    makers.append(_tokens(random))
    left = count
    while left and makers:
        for maker in list(makers):
            drawn = next(maker, None)
            if drawn is None:
                makers.remove(maker)
            elif left:
                left -= 1
                yield drawn


def _variants(family: str, seed: int) -> Iterator[Drawn]:
    number = 0
    while True:
        variant = sample_variants(family, number + 1, seed)[number]
        yield Drawn(f"{family}-{number}", variant.build())
        number += 1


def _resized(sample_id: str, random: Random) -> Iterator[Drawn]:
    """The sample at other sides, and at other widths where it has them; none where its side is fixed."""
    found = SAMPLES[sample_id]
    heavy = found.published_macs > HEAVY_MACS
    while True:
        share = random.choice((0.35, 0.5)) if heavy else random.choice((0.6, 0.75, 0.9, 1.15))
        side = max(24, round(found.input_hw * share / 8) * 8)
        width = random.choice(WIDTHS) if found.has_width else 1.0
        try:
            content = found.build(input_hw=side, width=width)
        except InputError:
            return
        yield Drawn(f"{sample_id}-{side}-{width:g}", content)


def _tokens(random: Random) -> Iterator[Drawn]:
    """A few layers of MobileBERT over other numbers of tokens."""
    while True:
        tokens = random.choice((48, 96, 192, 320))
        yield Drawn(f"mobilebert-{tokens}", mobilebert(tokens=tokens, layers=2))
