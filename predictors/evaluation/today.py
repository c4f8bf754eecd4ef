"""How far off the laws of newer measurements are: tokens on Jetson Orin Nano, cells on Raspberry Pi 5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.energy.cells.law import cell_laws
from predictors.evaluation.rows import EvaluationRow
from predictors.tokens.devices import mode_ratios, setup_of
from predictors.tokens.law import ENERGY, TIME, cells_of, held, left_out
from predictors.tokens.question import TokenQuestion

Floats: TypeAlias = NDArray[np.float64]
BOARD: Final = "jetson-orin-nano"
CELLS_BOARD: Final = "raspberry-pi-5"
QUANTITIES: Final = {ENERGY: "energy per token", TIME: "time per token"}
ALL_MODES: Final = "all power modes"
LAW: Final = "law of weights and parameters"
MODEL_OUT: Final = "a model left out whole"


def evaluate_tokens() -> list[EvaluationRow]:
    """Per quantity: all models and modes, each power mode, each model that was left out; then the modes."""
    cells = cells_of(setup_of(TokenQuestion(BOARD, params_b=1.0)).decode_of_all_modes)
    rows = [
        row for quantity, name in QUANTITIES.items() for row in _token_rows(left_out(cells, quantity), name)
    ]
    return [*rows, *_mode_rows()]


def _token_rows(errors: Mapping[tuple[str, str], float], quantity: str) -> list[EvaluationRow]:
    inside = held(errors)
    modes = dict.fromkeys(mode for _, mode in errors)
    models = dict.fromkeys(model for model, _ in errors)
    groups = [(ALL_MODES, "", list(errors))]
    groups += [(mode, "", [key for key in errors if key[1] == mode]) for mode in modes]
    groups += [(ALL_MODES, model, [key for key in errors if key[0] == model]) for model in models]
    return [
        _row(
            np.array([errors[key] for key in keys]),
            100.0 * float(np.mean([inside[key] for key in keys])),
            delegate=mode,
            quantity=quantity,
            method=LAW,
            stratum=model,
        )
        for mode, model, keys in groups
    ]


def _row(
    errors_log: Floats, coverage: float | None, *, delegate: str, quantity: str, method: str, stratum: str
) -> EvaluationRow:
    return EvaluationRow.from_errors(
        100.0 * np.abs(np.expm1(errors_log)),
        coverage,
        device_id=BOARD,
        delegate=delegate,
        precision="all",
        quantity=quantity,
        method=method,
        protocol=MODEL_OUT,
        used=True,
        stratum=stratum,
    )


def _mode_rows() -> list[EvaluationRow]:
    """The median ratio of the other models to 25 W, beside a model's own."""
    return [
        _row(
            np.log(np.array(ratio.left_out)),
            None,
            delegate=ratio.power_mode,
            quantity="energy beside 25 W",
            method="median ratio of the other models",
            stratum="",
        )
        for ratio in mode_ratios(BOARD)
    ]


def evaluate_cells() -> list[EvaluationRow]:
    """Per runtime: the sum over operators in use, and a line through the MACs beside it."""
    return [
        EvaluationRow.from_errors(
            100.0 * np.abs(np.expm1(errors)),
            coverage,
            device_id=CELLS_BOARD,
            delegate=law.software,
            precision="fp32",
            quantity="energy",
            method=method,
            protocol="5-fold",
            used=used,
        )
        for law in cell_laws()
        for method, errors, coverage, used in (
            ("sum over operators", law.errors, law.coverage_percent, True),
            ("baseline: MACs only", law.baseline_errors, None, False),
        )
    ]
