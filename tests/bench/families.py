"""Energy ranges of random variants of nine network families, beside the ranges DeepEn2023 publishes.

The published ends are the smallest and largest of 50 networks drawn at random. Ours are too, from the same
lists (`predictors.samples.variants`), but they are not the same networks: an end moves with the draw. So the
comparison is made for several draws, and says how far the ends move.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from app.methods.bench_words import FAMILY_DRAWS, FAMILY_RANGES
from bench.tables import Cell, Table, titled
from data.messages import Message
from predictors.energy.p40.cpu import DEVICE_ID
from predictors.fusing import fuse
from predictors.model.shared_work import shared_work
from predictors.reading import read_model
from predictors.registry import predictor
from predictors.samples import SAMPLES, sample_variants
from predictors.samples.variants import VARIANT_FAMILIES

VARIANTS = 50  # as many as the source measured a family
DELEGATES = ("cpu", "gpu")
SEEDS = range(10)
"""The first ones, none looked for: an end depends on the draw."""
COLUMNS = (
    "family",
    "delegate",
    "seed",
    "variants",
    "min_energy_mj",
    "published_min_energy_mj",
    "min_off_percent",
    "max_energy_mj",
    "published_max_energy_mj",
    "max_off_percent",
)


@dataclass(frozen=True, slots=True)
class FamilyRange:
    """Smallest and largest energy (mJ) of one draw of a family on the P40 Pro, and the published ones.

    The published ends are None where none are printed (ShuffleNetV2 on the GPU).
    """

    family: str
    delegate: str
    seed: int
    variants: int
    min_energy_mj: float
    max_energy_mj: float
    published_min_energy_mj: float | None
    published_max_energy_mj: float | None

    @property
    def min_off_percent(self) -> float | None:
        """How far our lower end is above (+) or below (-) the published one, in per cent of it."""
        return _off_percent(self.min_energy_mj, self.published_min_energy_mj)

    @property
    def max_off_percent(self) -> float | None:
        """How far our upper end is above (+) or below (-) the published one, in per cent of it."""
        return _off_percent(self.max_energy_mj, self.published_max_energy_mj)


def _off_percent(ours_mj: float, published_mj: float | None) -> float | None:
    return None if published_mj is None else 100.0 * (ours_mj / published_mj - 1.0)


def family_ranges(
    sample_id: str, seed: int, *, delegates: Sequence[str] = DELEGATES, count: int = VARIANTS
) -> list[FamilyRange]:
    """Draw `count` variants of a family and estimate each on the delegates; one range per delegate.

    Raises InputError (OPTION_VALUE) for a family without variants.
    """
    energies: dict[str, list[float]] = {delegate: [] for delegate in delegates}
    for variant in sample_variants(sample_id, count, seed):
        graph = read_model(variant.build())
        with shared_work():
            for delegate in delegates:
                device = predictor(DEVICE_ID, delegate, "fp32")
                energies[delegate].append(device.estimate(fuse(graph, device.target.runtime)).energy_mj)
    family, published = SAMPLES[sample_id].family, published_ends()
    return [
        FamilyRange(
            family, delegate, seed, count, min(drawn), max(drawn),
            *published.get((family, delegate), (None, None)),
        )
        for delegate, drawn in energies.items()
    ]  # fmt: skip


def published_ends() -> dict[tuple[str, str], tuple[float, float]]:
    """(family, delegate) -> smallest and largest published energy (mJ); ranges printed empty are absent."""
    from data import open_bundle, queries

    return {
        (str(row.family), str(row.delegate)): (float(row.min_energy_mj), float(row.max_energy_mj))
        for row in queries.model_ranges(open_bundle()).itertuples()
        if not math.isnan(row.min_energy_mj) and not math.isnan(row.max_energy_mj)
    }


def draws(sample_id: str, seeds: Iterable[int], delegate: str = "cpu") -> list[FamilyRange]:
    """The same family drawn with several seeds: how far the ends move by chance alone."""
    return [found for seed in seeds for found in family_ranges(sample_id, seed, delegates=(delegate,))]


def every_family(seed: int) -> list[FamilyRange]:
    """All nine families on CPU and GPU from one draw each (about half a minute)."""
    return [found for sample_id in VARIANT_FAMILIES for found in family_ranges(sample_id, seed)]


def tables() -> list[Table]:
    """The draws of MobileNetV1 on the CPU, and all nine families on both delegates (about a minute)."""
    drawn = draws("mobilenet-v1", SEEDS)
    return [_draws_table(drawn), _every_family_table(every_family(SEEDS.start))]


def _row(found: FamilyRange) -> tuple[Cell, ...]:
    cells = (getattr(found, column) for column in COLUMNS)
    return tuple("" if cell is None else cell for cell in cells)


def _draws_table(drawn: list[FamilyRange]) -> Table:
    lower = [found.min_off_percent or 0.0 for found in drawn]
    upper = [found.max_off_percent or 0.0 for found in drawn]
    note = Message(
        FAMILY_DRAWS, variants=VARIANTS, first=SEEDS.start, last=SEEDS.stop - 1,
        lower=median(lower), lower_least=min(lower), lower_most=max(lower),
        upper=median(upper), upper_least=min(upper), upper_most=max(upper),
    )  # fmt: skip
    return titled("families-mobilenet-v1", note, COLUMNS, _rows(drawn))


def _every_family_table(found: list[FamilyRange]) -> Table:
    note = Message(FAMILY_RANGES, variants=VARIANTS, seed=SEEDS.start)
    return titled("families", note, COLUMNS, _rows(found))


def _rows(found: list[FamilyRange]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(_row(one) for one in found)
