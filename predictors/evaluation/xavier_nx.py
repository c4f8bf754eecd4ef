"""How well Xavier NX is reached from the TX2's GPU: each measured network left out in turn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from predictors.energy.xavier_nx.anchors import ANCHORS
from predictors.energy.xavier_nx.predictor import (
    DELEGATE,
    DEVICE_ID,
    PRECISION,
    leave_one_out_errors,
    log_ratio,
    nx_fit,
)
from predictors.evaluation.rows import EvaluationRow

PROTOCOL = "leave one network out"
BEST = "best"
MACS_ONLY = "baseline: MACs only"
TIMES = "ratio of times"
"""Time from the TX2's time instead of its energy: worse, so not used."""


def evaluate() -> list[EvaluationRow]:
    """Energy and latency of the anchors, by the energy of the TX2's layer law and by MACs alone."""
    known = nx_fit().anchors
    macs = [float(sum(kernel.macs for kernel in layers())) for layers in ANCHORS.values()]
    energy, latency = [a.energy_mj for a in known], [a.latency_ms for a in known]
    return [
        _row("energy", BEST, energy, [a.tx2_energy_mj for a in known]),
        _row("energy", MACS_ONLY, energy, macs),
        _row("latency", BEST, latency, [a.tx2_energy_mj for a in known]),
        _row("latency", TIMES, latency, [a.tx2_latency_ms for a in known]),
        _row("latency", MACS_ONLY, latency, macs),
    ]


def _row(quantity: str, method: str, measured: Sequence[float], estimated: Sequence[float]) -> EvaluationRow:
    return EvaluationRow.from_errors(
        100.0 * np.abs(leave_one_out_errors(measured, estimated)),
        _coverage(measured, estimated) if method == BEST else None,
        device_id=DEVICE_ID,
        delegate=DELEGATE,
        precision=PRECISION,
        quantity=quantity,
        method=method,
        protocol=PROTOCOL,
        used=method == BEST,
    )


def _coverage(measured: Sequence[float], estimated: Sequence[float]) -> float:
    """Share (per cent) of networks inside the interval that the others give."""
    inside = []
    for left_out in range(len(measured)):
        others = [number for number in range(len(measured)) if number != left_out]
        ratio = log_ratio([measured[i] for i in others], [estimated[i] for i in others])
        log_error = np.log(measured[left_out] / estimated[left_out]) - ratio.mean
        inside.append(abs(float(log_error)) <= ratio.half_width)
    return 100.0 * float(np.mean(inside))
