"""Energy ranges of random variants beside the published ranges: several draws of one family, one of each."""

from __future__ import annotations

from statistics import median

from app.methods.bench_words import FAMILY_DRAWS, FAMILY_RANGES
from bench.tables import Cell, Table, titled
from data.messages import Message
from predictors.evaluation.families import VARIANTS, FamilyRange, draws, every_family

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
