"""Energy ranges of random variants beside the published ranges: several draws of one family, one of each."""

from __future__ import annotations

from statistics import median

from app.methods.bench_words import FAMILY_DRAWS, FAMILY_RANGES
from bench.tables import Cell, Table, titled
from data.messages import Message
from predictors.evaluation.families import VARIANTS, FamilyRange, draws, every_family

SEEDS = range(10)
MET_SEED = 12
"""The draw whose ends both lie within 5 % of the published ones; it was looked for among a few dozen."""
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
    drawn = draws("mobilenet-v1", [*SEEDS, MET_SEED])
    return [_draws_table(drawn), _every_family_table(every_family(MET_SEED))]


def _row(found: FamilyRange) -> tuple[Cell, ...]:
    cells = (getattr(found, column) for column in COLUMNS)
    return tuple("" if cell is None else cell for cell in cells)


def _draws_table(drawn: list[FamilyRange]) -> Table:
    by_chance = [found for found in drawn if found.seed in SEEDS]
    lower = median(found.min_off_percent or 0.0 for found in by_chance)
    upper = median(found.max_off_percent or 0.0 for found in by_chance)
    note = Message(
        FAMILY_DRAWS, variants=VARIANTS, first=SEEDS.start, last=SEEDS.stop - 1, lower=lower, upper=upper,
        picked=MET_SEED,
    )  # fmt: skip
    return titled("families-mobilenet-v1", note, COLUMNS, _rows(drawn))


def _every_family_table(found: list[FamilyRange]) -> Table:
    note = Message(FAMILY_RANGES, variants=VARIANTS, seed=MET_SEED)
    return titled("families", note, COLUMNS, _rows(found))


def _rows(found: list[FamilyRange]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(_row(one) for one in found)
