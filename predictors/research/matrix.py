"""A matrix of models and devices: energy with its range, and what lies within limits; as CSV and LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data.inert_csv import csv_text
from data.version import DATA_VERSION
from predictors.exports.documents import in_latex
from predictors.results.frames import rounded, short
from predictors.results.report import ModelReport
from predictors.version import METHOD_VERSION

Target = tuple[str, str]
"""Device and delegate."""


@dataclass(frozen=True, slots=True)
class Within:
    """The most energy (mJ) and latency (ms) per inference; None: not limited."""

    energy_mj: float | None = None
    latency_ms: float | None = None

    @property
    def is_set(self) -> bool:
        """Whether anything is limited."""
        return self.energy_mj is not None or self.latency_ms is not None

    def holds(self, cell: Cell) -> bool:
        """Whether the predicted values of a cell keep the limits, and there are limits."""
        energy = self.energy_mj is None or cell.energy_mj <= self.energy_mj
        return self.is_set and energy and (self.latency_ms is None or cell.latency_ms <= self.latency_ms)


UNLIMITED = Within()


@dataclass(frozen=True, slots=True)
class Cell:
    """One model on one target: energy (mJ, with the range that holds it 8 times in 10) and latency (ms).

    `missing`: kernels without a figure, which the sums lack.
    """

    model: str
    device_id: str
    delegate: str
    precision: str
    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float
    latency_ms: float
    evidence: str
    missing: int = 0

    @property
    def target(self) -> Target:
        """Device and delegate."""
        return self.device_id, self.delegate


def cells_of(name: str, report: ModelReport) -> tuple[Cell, ...]:
    """The cells of one model, under the name it is shown with."""
    return tuple(
        Cell(
            name,
            one.device_id,
            one.delegate,
            one.precision,
            one.energy_mj,
            one.energy_mj_low,
            one.energy_mj_high,
            one.latency_ms,
            one.evidence.value,
            one.coverage.unsupported,
        )
        for one in report.estimates
    )


def targets_of(cells: Iterable[Cell]) -> list[Target]:
    """The targets of a matrix, in the order they come."""
    return list(dict.fromkeys(cell.target for cell in cells))


def models_of(cells: Iterable[Cell]) -> list[tuple[str, str]]:
    """The rows of a matrix: models and the precision they run in, in the order they come."""
    return list(dict.fromkeys((cell.model, cell.precision) for cell in cells))


_CSV_FIGURES = (
    "energy_mj",
    "energy_mj_low",
    "energy_mj_high",
    "latency_ms",
    "within_limits",
    "missing_kernels",
)


def matrix_csv(cells: Sequence[Cell], limits: Within) -> str:
    """One row per model, six columns per target; an empty cell has no figure.

    A model's name that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    by_place = {(cell.model, cell.precision, cell.target): cell for cell in cells}
    targets = targets_of(cells)
    heads = [f"{device} {delegate} {name}" for device, delegate in targets for name in _CSV_FIGURES]
    columns = ["model", "precision", "interval_level", "data_version", "method_version", *heads]
    rows = []
    for model, precision in models_of(cells):
        row: list[object] = [model, precision, 0.8, DATA_VERSION, METHOD_VERSION]
        for target in targets:
            row += _figures(by_place.get((model, precision, target)), limits)
        rows.append(dict(zip(columns, row, strict=True)))
    return csv_text(columns, rows)


def _figures(cell: Cell | None, limits: Within) -> list[object]:
    if cell is None:
        return [""] * len(_CSV_FIGURES)
    energies = [rounded(one) for one in (cell.energy_mj, cell.energy_mj_low, cell.energy_mj_high)]
    inside = ("yes" if limits.holds(cell) else "no") if limits.is_set else ""
    return [*energies, rounded(cell.latency_ms), inside, cell.missing]


def matrix_latex(cells: Sequence[Cell], limits: Within) -> str:
    """A table for a paper, without packages: a row per target, a column per model, framed within limits."""
    by_place = {(cell.model, cell.precision, cell.target): cell for cell in cells}
    models = models_of(cells)
    heads = " & ".join(f"{in_latex(model)} ({in_latex(precision)})" for model, precision in models)
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_caption(limits)}}}",
        rf"\begin{{tabular}}{{ll{'r' * len(models)}}}",
        r"\hline",
        rf"Device & Delegate & {heads} \\",
        r"\hline",
    ]
    for target in targets_of(cells):
        found = [by_place.get((model, precision, target)) for model, precision in models]
        values = " & ".join(_latex_cell(cell, limits) for cell in found)
        lines.append(rf"{in_latex(target[0])} & {in_latex(target[1])} & {values} \\")
    return "\n".join([*lines, r"\hline", r"\end{tabular}", r"\end{table}", ""])


def _latex_cell(cell: Cell | None, limits: Within) -> str:
    if cell is None:
        return "--"
    text = f"{short(cell.energy_mj)} ({short(cell.energy_mj_low)}--{short(cell.energy_mj_high)})"
    text += r"\textsuperscript{*}" if cell.missing else ""
    return rf"\fbox{{{text}}}" if limits.holds(cell) else text


def _caption(limits: Within) -> str:
    parts = [] if limits.energy_mj is None else [f"{short(limits.energy_mj)} mJ"]
    if limits.latency_ms is not None:
        parts.append(f"{short(limits.latency_ms)} ms")
    framed = f" Framed: within {' and '.join(parts)} per inference." if parts else ""
    return (
        "Energy per inference (mJ) as predicted by JouleLens, with the range that holds it 8 times in 10 "
        rf"(data {in_latex(DATA_VERSION)}, method {in_latex(METHOD_VERSION)}).{framed} "
        r"\textsuperscript{*}: kernels without a figure are missing from the sum."
    )
