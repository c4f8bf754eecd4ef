"""Every evaluation in one list: `python -m predictors evaluate` and the accuracy part of `make bench`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields

from data.inert_csv import csv_text
from predictors.evaluation.rows import CalibrationRow, EvaluationRow

Evaluate = Callable[[], list[EvaluationRow]]
ACCURACY, CALIBRATION = "accuracy", "calibration"


def evaluations() -> dict[str, Evaluate]:
    """Title of each part -> what measures it, in the order they are shown."""
    # Imported here: scikit-learn is only needed once an evaluation runs.
    from predictors.evaluation import p40, tx2, xavier_nx
    from predictors.evaluation.calibrated import evaluate_calibrated
    from predictors.evaluation.today import evaluate_cells, evaluate_tokens

    return {
        "Huawei P40 Pro, kernels": p40.evaluate,
        "Other phones, reference networks": _phones,
        "Boards, networks": _boards,
        "Own devices, networks": evaluate_calibrated,
        "Jetson TX2, convolutions": tx2.evaluate,
        "Jetson Xavier NX, networks": xavier_nx.evaluate,
        "Jetson Orin Nano, language models": evaluate_tokens,
        "Raspberry Pi 5, cells on one core": evaluate_cells,
    }


def _phones() -> list[EvaluationRow]:
    from data import open_bundle, queries
    from predictors.evaluation.phones import evaluate_phones

    return evaluate_phones(queries.application_measurements(open_bundle()))


def _boards() -> list[EvaluationRow]:
    from predictors.energy.boards.data import bundled_system_rows
    from predictors.evaluation.boards import evaluate_boards

    return evaluate_boards(bundled_system_rows())


def evaluate_all() -> list[EvaluationRow]:
    """Rows of every evaluation (minutes on two cores)."""
    return [row for measure in evaluations().values() for row in measure()]


def calibrate_all() -> list[CalibrationRow]:
    """Shares of left-out measurements inside intervals of every level (a minute)."""
    from predictors.evaluation import calibration

    return calibration.calibrate_all()


def evaluation_text(text_format: str, what: str = ACCURACY) -> str:
    """All rows of ACCURACY or CALIBRATION as `table`, `json` or `csv` text."""
    if what == CALIBRATION:
        shares = calibrate_all()
        return calibration_table(shares) if text_format == "table" else _as_data(shares, text_format)
    rows = evaluate_all()
    return _table(rows) if text_format == "table" else _as_data(rows, text_format)


def _as_data(rows: Sequence[EvaluationRow] | Sequence[CalibrationRow], text_format: str) -> str:
    entries = [asdict(row) for row in rows]
    if text_format == "json":
        return json.dumps(entries, indent=2)
    return csv_text([field.name for field in fields(rows[0])], entries)


def _table(rows: list[EvaluationRow]) -> str:
    head = f"{'device':<20}{'delegate':<16}{'prec.':<6}{'quantity':<38}{'method':<44}{'left out':<28}"
    lines = [f"{head}{'n':>6}{'MAPE %':>8}{'median':>8}{'in 10 %':>8}{'in 80 % interval':>17}"]
    lines.extend(_line(row) for row in rows)
    return "\n".join([*lines, "* the method in use", "Intervals of other levels: --what calibration"])


def _line(row: EvaluationRow) -> str:
    covered = "" if row.coverage_percent is None else f"{row.coverage_percent:.0f}"
    marked = f"* {row.method}" if row.used else f"  {row.method}"
    names = f"{row.device_id:<20}{row.delegate[:15]:<16}{row.precision:<6}{row.quantity[:37]:<38}"
    figures = f"{row.n:>6}{row.mape_percent:>8.1f}{row.median_ape_percent:>8.1f}{row.within_10_percent:>8.0f}"
    return f"{names}{marked[:43]:<44}{row.protocol[:27]:<28}{figures}{covered:>17}"


def calibration_table(rows: Sequence[CalibrationRow]) -> str:
    """One line per series of left-out measurements, one column per nominal level."""
    levels = list(dict.fromkeys(row.nominal_percent for row in rows))
    lines: dict[str, list[float]] = {}
    for row in rows:
        lines.setdefault(_series(row), []).append(row.observed_percent)
    head = f"{'device':<16}{'delegate':<18}{'quantity':<9}{'what':<17}{'left out':<35}{'n':>5}"
    nominal = "".join(f"{level:>4.0f}%" for level in levels)
    shares = [name + "".join(f"{share:>5.0f}" for share in observed) for name, observed in lines.items()]
    explained = "Columns: nominal level. Figures: share (%) of left-out measurements inside that interval."
    return "\n".join([head + nominal, *shares, explained])


def _series(row: CalibrationRow) -> str:
    names = f"{row.device_id[:15]:<16}{row.delegate[:17]:<18}{row.quantity:<9}{row.what:<17}"
    return f"{names}{row.protocol[:34]:<35}{row.n:>5}"
