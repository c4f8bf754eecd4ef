"""Every evaluation in one list: `python -m predictors evaluate` and the accuracy part of `make bench`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict, fields

from predictors.evaluation.rows import EvaluationRow

Evaluate = Callable[[], list[EvaluationRow]]


def evaluations() -> dict[str, Evaluate]:
    """Title of each part -> what measures it, in the order they are shown."""
    # Imported here: scikit-learn is only needed once an evaluation runs.
    from predictors.evaluation import p40, tx2, xavier_nx

    return {
        "Huawei P40 Pro, kernels": p40.evaluate,
        "Other phones, reference networks": _phones,
        "Boards, networks": _boards,
        "Jetson TX2, convolutions": tx2.evaluate,
        "Jetson Xavier NX, networks": xavier_nx.evaluate,
    }


def _phones() -> list[EvaluationRow]:
    from data import open_bundle, queries
    from predictors.evaluation.phones import evaluate_phones

    return evaluate_phones(queries.application_measurements(open_bundle()))


def _boards() -> list[EvaluationRow]:
    from predictors.energy.board_data import bundled_system_rows
    from predictors.evaluation.boards import evaluate_boards

    return evaluate_boards(bundled_system_rows())


def evaluate_all() -> list[EvaluationRow]:
    """Rows of every evaluation (minutes on two cores)."""
    return [row for measure in evaluations().values() for row in measure()]


def evaluation_text(text_format: str) -> str:
    """All rows as `table`, `json` or `csv` text."""
    rows = evaluate_all()
    if text_format == "json":
        return json.dumps([asdict(row) for row in rows], indent=2)
    return _csv(rows) if text_format == "csv" else _table(rows)


def _csv(rows: list[EvaluationRow]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [field.name for field in fields(EvaluationRow)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return buffer.getvalue()


def _table(rows: list[EvaluationRow]) -> str:
    head = f"{'device':<20}{'delegate':<16}{'prec.':<6}{'quantity':<38}{'method':<44}{'left out':<28}"
    lines = [f"{head}{'n':>6}{'MAPE %':>8}{'median':>8}{'in 10 %':>8}{'in 80 % interval':>17}"]
    lines.extend(_line(row) for row in rows)
    return "\n".join([*lines, "* the method in use"])


def _line(row: EvaluationRow) -> str:
    covered = "" if row.coverage_percent is None else f"{row.coverage_percent:.0f}"
    marked = f"* {row.method}" if row.used else f"  {row.method}"
    names = f"{row.device_id:<20}{row.delegate[:15]:<16}{row.precision:<6}{row.quantity[:37]:<38}"
    figures = f"{row.n:>6}{row.mape_percent:>8.1f}{row.median_ape_percent:>8.1f}{row.within_10_percent:>8.0f}"
    return f"{names}{marked[:43]:<44}{row.protocol[:27]:<28}{figures}{covered:>17}"
