"""How well boards are predicted: every measured system, four ways of leaving out, beside two baselines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.energy.boards.data import (
    PRECISIONS,
    BoardSettings,
    SystemRows,
    board_settings,
    bundled_system_rows,
)
from predictors.energy.boards.fit import (
    HeldOutRuns,
    by_value,
    farthest_of,
    grown,
    held_out_runs,
    k_folds,
    spread_of,
)
from predictors.energy.boards.later import later_fits
from predictors.energy.boards.pairs import BoardCase
from predictors.energy.boards.predictor import source_of
from predictors.energy.fitting.nonnegative import fit_nonnegative
from predictors.evaluation.rows import EvaluationRow

Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Baseline: TypeAlias = Callable[[Floats, Floats, Floats], Floats]

OURS = "non-negative sum over kernels"
MACS_ONLY = "baseline: MACs only"
FOREST = "baseline: random forest, published features"
FIVE_FOLD = "5-fold"
NETWORK_OUT = "leave-one-network-out"
FAMILY_OUT = "leave-one-family-out"
LARGEST = "largest 20 %"
ALL_BOARDS = "all-boards"

_LARGEST_SHARE = 0.2
_TREES = 30  # of the baseline: a choice of this project, the source names none


@dataclass(frozen=True, slots=True)
class Outcome:
    """Errors (per cent, one per left-out run) of one method, and whether each run was in its interval."""

    ape_percent: Floats
    covered: Mask | None


def protocol_masks(rows: SystemRows) -> dict[str, list[Mask]]:
    """Protocol -> masks of the left-out runs (anchors, that is ResNet-50, are left out of none)."""
    return {
        FIVE_FOLD: k_folds(rows.networks),
        NETWORK_OUT: by_value(rows.networks),
        FAMILY_OUT: by_value(rows.families),
        LARGEST: [_largest(rows)],
    }


def _largest(rows: SystemRows) -> Mask:
    macs_m = np.full(len(rows.networks), -np.inf)
    macs_m[~rows.anchor] = rows.published[:, 0]
    threshold = np.quantile(macs_m[~rows.anchor], 1.0 - _LARGEST_SHARE)
    return np.asarray(macs_m >= threshold)


def evaluate_system(
    rows: SystemRows, quantity: str, *, forest: bool = True
) -> dict[tuple[str, str], Outcome]:
    """(method, protocol) -> outcome for one system, precision and quantity ("energy" or "latency")."""
    settings = board_settings()
    baselines: dict[str, Baseline] = {MACS_ONLY: macs_only}
    if forest:
        baselines[FOREST] = random_forest
    found: dict[tuple[str, str], Outcome] = {}
    for protocol, masks in protocol_masks(rows).items():
        found[OURS, protocol] = our_outcome(rows, quantity, masks, settings)
        for name, baseline in baselines.items():
            found[name, protocol] = _baseline_outcome(rows, quantity, masks, baseline)
    return found


@dataclass(frozen=True, slots=True)
class HeldOutSystem:
    """One system's left-out runs, and for each mask of them the runs that its interval is made of."""

    runs: HeldOutRuns
    parts: tuple[tuple[Mask, HeldOutRuns], ...]

    @property
    def tested(self) -> Mask:
        """The runs that were left out once."""
        return np.isfinite(self.runs.residual_log)

    def ends(self, tail: float) -> Floats:
        """How far (log) each run's interval reaches below and above its estimate, (n, 2); NaN if not tested.

        It leaves `tail` of the seen runs out at an end.
        """
        ends = np.full((len(self.tested), 2), np.nan)
        for tested, inner in self.parts:
            spread, farthest = spread_of(inner, tail), farthest_of(inner)
            for place in np.flatnonzero(tested):
                interval = grown(spread, float(self.runs.leverage[place]), farthest)
                ends[place] = interval.below, interval.above
        return ends

    def covered(self, tail: float) -> Mask:
        """Whether each tested run lies in that interval."""
        (below, above), residual = self.ends(tail).T, self.runs.residual_log
        return np.asarray((-below <= residual) & (residual <= above))[self.tested]


def hold_out_system(
    rows: SystemRows, quantity: str, masks: Sequence[Mask], settings: BoardSettings
) -> HeldOutSystem:
    """Leave each mask out: the intervals, too, come from the runs that were not left out."""
    folds = k_folds(rows.networks)
    parts = [
        (tested, held_out_runs(rows, quantity, folds, settings, within=~mask | rows.anchor))
        for mask in masks
        if (tested := mask & ~rows.anchor).any()
    ]
    return HeldOutSystem(held_out_runs(rows, quantity, masks, settings), tuple(parts))


def our_outcome(rows: SystemRows, quantity: str, masks: Sequence[Mask], settings: BoardSettings) -> Outcome:
    """Our errors and the coverage of our intervals."""
    held_out = hold_out_system(rows, quantity, masks, settings)
    return Outcome(held_out.runs.ape_percent[held_out.tested], held_out.covered(settings.tail))


def target_rows() -> dict[tuple[str, str], SystemRows]:
    """(system, precision) -> rows, of the systems that a target stands for."""
    logged, later = bundled_system_rows(), [fit.rows for fit in later_fits()]
    chosen = board_settings().systems.values()
    found = {(system, precision): logged[system, precision] for system in chosen for precision in PRECISIONS}
    return found | {(rows.system, rows.precision): rows for rows in later}


def board_cases_without(
    quantity: str, protocol: str, systems: Sequence[SystemRows] | None = None
) -> list[BoardCase]:
    """Every run of these systems (of all targets, some 10 s, if None), estimated without its network or
    family, as `protocol` says."""
    cases = []
    for rows in target_rows().values() if systems is None else systems:
        held_out = hold_out_system(rows, quantity, protocol_masks(rows)[protocol], board_settings())
        ends, measured = held_out.ends(board_settings().tail), rows.measured(quantity)
        source_id = source_of(rows)
        for place in np.flatnonzero(held_out.tested):
            residual = float(held_out.runs.residual_log[place])
            names = rows.device_id, rows.delegate, rows.precision, rows.networks[place], source_id
            cases.append(BoardCase(*names, float(measured[place]), residual, *ends[place].tolist()))
    return cases


def macs_only(published: Floats, measured: Floats, asked: Floats) -> Floats:
    """A line through the published MACs, fitted on relative error, slope and constant at least 0."""
    line = fit_nonnegative(_with_one(published[:, 0]), measured, ridge=0.0)
    return line.predict(_with_one(asked[:, 0]))


def _with_one(macs_m: Floats) -> Floats:
    return np.column_stack([macs_m, np.ones(len(macs_m))])


def random_forest(published: Floats, measured: Floats, asked: Floats) -> Floats:
    """A random forest on published MACs, parameters and input size; imports scikit-learn at first use."""
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(n_estimators=_TREES, random_state=0, n_jobs=1)
    predicted: Floats = model.fit(published, measured).predict(asked)
    return predicted


def _baseline_outcome(rows: SystemRows, quantity: str, masks: Sequence[Mask], baseline: Baseline) -> Outcome:
    plain = ~rows.anchor
    measured, errors = rows.measured(quantity)[plain], np.full(int(plain.sum()), np.nan)
    for mask in masks:
        tested = mask[plain]
        if tested.any() and not tested.all():
            predicted = baseline(rows.published[~tested], measured[~tested], rows.published[tested])
            errors[tested] = 100.0 * np.abs(predicted / measured[tested] - 1.0)
    return Outcome(errors[np.isfinite(errors)], None)


def evaluate_boards(
    systems: dict[tuple[str, str], SystemRows],
    quantities: Sequence[str] = ("energy", "latency"),
    *,
    forest: bool = True,
) -> list[EvaluationRow]:
    """Rows for every system and precision, then `ALL_BOARDS` rows: medians over the systems.

    A system behind a target has the target's device, delegate and precision; any other has its name in
    brackets behind the delegate. In `ALL_BOARDS` rows, of all systems and of each precision, `n` counts
    systems, and every figure is the median over systems (coverage: the mean, with its range over systems).
    """
    chosen = set(board_settings().systems.values())
    rows: list[EvaluationRow] = []
    for quantity in quantities:
        own: list[EvaluationRow] = []
        for (system, _), measured in systems.items():
            delegate = measured.delegate if system in chosen else f"{measured.delegate} [{system}]"
            for (method, protocol), outcome in evaluate_system(measured, quantity, forest=forest).items():
                own.append(_row(measured, delegate, quantity, method, protocol, outcome))
        rows += own + _medians(own, "all")
        rows += [row for precision in ("fp32", "int8") for row in _medians(own, precision)]
    return rows


def _row(
    rows: SystemRows, delegate: str, quantity: str, method: str, protocol: str, outcome: Outcome
) -> EvaluationRow:
    return EvaluationRow.from_errors(
        outcome.ape_percent,
        None if outcome.covered is None else 100.0 * float(outcome.covered.mean()),
        device_id=rows.device_id,
        delegate=delegate,
        precision=rows.precision,
        quantity=quantity,
        method=method,
        protocol=protocol,
        used=method == OURS,
    )


def _medians(rows: Sequence[EvaluationRow], precision: str) -> list[EvaluationRow]:
    of_precision = [row for row in rows if precision in ("all", row.precision)]
    return [
        _median([row for row in of_precision if (row.method, row.protocol) == key], precision, *key)
        for key in dict.fromkeys((row.method, row.protocol) for row in of_precision)
    ]


def _median(rows: Sequence[EvaluationRow], precision: str, method: str, protocol: str) -> EvaluationRow:
    coverages = [row.coverage_percent for row in rows if row.coverage_percent is not None]
    return EvaluationRow(
        device_id=ALL_BOARDS,
        delegate="all",
        precision=precision,
        quantity=rows[0].quantity,
        method=method,
        protocol=protocol,
        n=len(rows),
        mape_percent=float(np.median([row.mape_percent for row in rows])),
        median_ape_percent=float(np.median([row.median_ape_percent for row in rows])),
        within_10_percent=float(np.median([row.within_10_percent for row in rows])),
        coverage_percent=float(np.mean(coverages)) if coverages else None,
        used=method == OURS,
        coverage_low_percent=min(coverages, default=None),
        coverage_high_percent=max(coverages, default=None),
    )
