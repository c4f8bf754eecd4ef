"""How well the other phones are predicted: each reference network left out in turn, on all at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from predictors.energy.fitting.transfer import (
    HeldOut,
    LogInterval,
    RatioCell,
    leave_one_network_out,
    residual_interval,
)
from predictors.energy.phones.evidence import (
    METHODS,
    QUANTITIES,
    Method,
    PhoneSettings,
    Quantity,
    phone_settings,
    ratio_cells,
)
from predictors.evaluation.rows import EvaluationRow

PROTOCOL = "leave-one-network-out"
NAMES: Mapping[Method, str] = {
    "pooled": "pooled ratio",
    "median": "median ratio of the phone and delegate",
}
BASELINE = f"baseline: {NAMES['median']}"
NOT_USED = f"not used: {NAMES['pooled']}"
ALL_PHONES = "other-phones"
ALL_DELEGATES = "all with a figure"


@dataclass(frozen=True, slots=True)
class Case:
    """One left-out cell: the residual (true minus predicted log) of every method, the method in use, and
    what that method left as residuals of the same delegate and precision without the cell's network."""

    cell: RatioCell
    residual_log: Mapping[Method, float]
    used: Method
    alike: tuple[HeldOut, ...]

    def interval(self, tail: float) -> LogInterval:
        """Interval of the method in use that leaves the share `tail` out at either end."""
        return residual_interval(self.alike, tail)

    def covered(self, tail: float) -> bool:
        """Whether the true value lies in the interval."""
        interval = self.interval(tail)
        return -interval.below <= self.residual_log[self.used] <= interval.above


def evaluate_phones(applications: pd.DataFrame) -> list[EvaluationRow]:
    """Rows per phone, delegate and precision and over all phones per delegate, for energy and latency.

    `applications` as in `predictors.energy.phones.evidence.ratio_cells`. The source is the P40 Pro's
    measured CPU figure in the same precision, so this is the error of the transfer alone. Intervals are made
    without the left-out network as well. `ALL_PHONES` rows leave the P40 Pro itself out; those of
    `ALL_DELEGATES` have every delegate and precision for which a figure is given.
    """
    settings = phone_settings()
    rows: list[EvaluationRow] = []
    for quantity in QUANTITIES:
        supported: list[Case] = []
        for delegate in settings.pools:
            cases = held_out_cases(applications, quantity, delegate, settings)
            rows += _rows(cases, quantity, delegate, settings)
            supported += with_a_figure(cases, settings)
        rows.append(_overall(supported, quantity, settings))
    return rows


def held_out_cases(
    applications: pd.DataFrame, quantity: Quantity, delegate: str, settings: PhoneSettings
) -> list[Case]:
    """Every cell of a delegate, predicted by fits that saw nothing of its network."""
    pool, used = settings.pools[delegate], settings.methods[quantity, delegate]
    cells = [cell for cell in ratio_cells(applications, quantity, settings) if cell.delegate in pool]
    cases: list[Case] = []
    for dnn_id in dict.fromkeys(cell.dnn_id for cell in cells if cell.delegate == delegate):
        seen = [cell for cell in cells if cell.dnn_id != dnn_id]
        left_out = [cell for cell in cells if cell.dnn_id == dnn_id and cell.delegate == delegate]
        cases += _predict(seen, left_out, used, settings)
    return cases


def _predict(
    seen: Sequence[RatioCell], left_out: Sequence[RatioCell], used: Method, settings: PhoneSettings
) -> Iterator[Case]:
    models = {method: settings.fit_by(method)(seen) for method in METHODS}
    inner = leave_one_network_out(seen, settings.fit_by(used))
    for cell in left_out:
        place = (cell.device_id, cell.delegate, cell.log_source_mj)
        residuals = {method: cell.log_ratio - model.log_ratio(*place) for method, model in models.items()}
        alike = tuple(held for held in inner if _same(held.cell, cell))
        yield Case(cell, residuals, used, alike)


def _same(one: RatioCell, other: RatioCell) -> bool:
    return (one.delegate, one.precision) == (other.delegate, other.precision)


def with_a_figure(cases: Sequence[Case], settings: PhoneSettings) -> list[Case]:
    """Cases on other phones whose delegate and precision carry an estimate (evidence is not too thin)."""
    from predictors.energy.phones.evidence import phone_evidence

    evidence = phone_evidence()
    return [
        case
        for case in cases
        if case.cell.device_id != settings.source_device_id
        and not evidence.why_thin(case.cell.device_id, case.cell.delegate, case.cell.precision)
    ]


def _rows(
    cases: Sequence[Case], quantity: str, delegate: str, settings: PhoneSettings
) -> list[EvaluationRow]:
    tail = settings.tail
    others = [case for case in cases if case.cell.device_id != settings.source_device_id]
    rows = _every_method(others, ALL_PHONES, delegate, "all", quantity, tail)
    for precision in dict.fromkeys(case.cell.precision for case in cases):
        of_precision = [case for case in cases if case.cell.precision == precision]
        other = [case for case in others if case.cell.precision == precision]
        rows += _every_method(other, ALL_PHONES, delegate, precision, quantity, tail)
        for device_id in dict.fromkeys(case.cell.device_id for case in of_precision):
            own = [case for case in of_precision if case.cell.device_id == device_id]
            rows += _every_method(own, device_id, delegate, precision, quantity, tail)
    return rows


def _every_method(
    cases: Sequence[Case], device_id: str, delegate: str, precision: str, quantity: str, tail: float
) -> list[EvaluationRow]:
    """The method in use first, then the other one."""
    target = (device_id, delegate, precision, quantity)
    used = cases[0].used
    covered = 100.0 * float(np.mean([case.covered(tail) for case in cases]))
    other: Method = "median" if used == "pooled" else "pooled"
    compared = BASELINE if other == "median" else NOT_USED
    return [
        _row(target, NAMES[used], [case.residual_log[used] for case in cases], covered),
        _row(target, compared, [case.residual_log[other] for case in cases], None),
    ]


def _overall(cases: Sequence[Case], quantity: str, settings: PhoneSettings) -> EvaluationRow:
    covered = 100.0 * float(np.mean([case.covered(settings.tail) for case in cases]))
    residuals = [case.residual_log[case.used] for case in cases]
    return _row((ALL_PHONES, ALL_DELEGATES, "all", quantity), "method in use", residuals, covered)


def _row(
    target: tuple[str, str, str, str], method: str, residuals: Sequence[float], coverage: float | None
) -> EvaluationRow:
    device_id, delegate, precision, quantity = target
    return EvaluationRow.from_errors(
        np.array([100.0 * abs(math.exp(-residual) - 1.0) for residual in residuals]),
        coverage,
        device_id=device_id,
        delegate=delegate,
        precision=precision,
        quantity=quantity,
        method=method,
        protocol=PROTOCOL,
        used=coverage is not None,
    )
