"""A matrix of models and devices: energy with its range, and what lies within limits; as CSV and LaTeX."""

from __future__ import annotations

from dataclasses import dataclass

from data.inert_csv import csv_text
from data.messages import Message
from data.version import DATA_VERSION
from predictors.exports.documents import in_latex
from predictors.results.columns import ESTIMATE, cells, values
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
OF_CELLS = (
    "device_id", "delegate", "precision", "scope", "energy_mj", "energy_mj_low", "energy_mj_high",
    "latency_ms", "evidence",
)  # fmt: skip
"""Columns of an estimate that a cell holds."""
MB = 1e6
DOES_NOT_FIT = "DOES_NOT_FIT"
WHY_EMPTY = {DOES_NOT_FIT: Message("does not fit")}
NO_FIGURE = Message("no figure")
"""Code of a reason -> what stands in the place of a figure; for all others "no figure"."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One model on one target: energy (mJ, with the range that holds it 8 times in 10) and latency (ms).

    `missing`: kernels without a figure, which the sums lack. `peak_mb`: memory that the model needs at least
    (MB), None where that is not known. `scope`: what the energy is of (a value of `Scope`), "" if not said.
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
    peak_mb: float | None = None
    scope: str = ""

    @property
    def target(self) -> Target:
        """Device and delegate."""
        return self.device_id, self.delegate


@dataclass(frozen=True, slots=True)
class Gap:
    """One model on one target that has no figure there, and the code of the reason."""

    model: str
    device_id: str
    delegate: str
    precision: str
    code: str
    peak_mb: float | None = None

    @property
    def target(self) -> Target:
        """Device and delegate."""
        return self.device_id, self.delegate

    @property
    def words(self) -> Message:
        """What stands in its place: it does not fit into the memory, or there is no figure."""
        return WHY_EMPTY.get(self.code, NO_FIGURE)


def parts_of(name: str, report: ModelReport) -> tuple[tuple[Cell, ...], tuple[Gap, ...]]:
    """The cells and gaps of one model, under the name it is shown with."""
    peak_mb = report.model.peak_memory_bytes / MB
    cells = tuple(
        Cell(name, **values(ESTIMATE, one, OF_CELLS), missing=one.coverage.unsupported, peak_mb=peak_mb)
        for one in report.estimates
    )
    gaps = tuple(
        Gap(name, one.device_id, one.delegate, one.precision, one.reason.code, peak_mb)
        for one in report.not_estimated
    )
    return cells, gaps


_FIGURES = ("scope", "energy_mj", "energy_mj_low", "energy_mj_high", "latency_ms")
_CSV_FIGURES = (*_FIGURES, "within_limits", "missing_kernels", "why_empty")


@dataclass(frozen=True, slots=True)
class Matrix:
    """Models by targets: what has a figure, what has none, and the limits.

    Targets on which no model has a figure are left out, but where one does not fit into the memory.
    """

    cells: tuple[Cell, ...]
    gaps: tuple[Gap, ...] = ()
    limits: Within = UNLIMITED

    @property
    def targets(self) -> list[Target]:
        """The columns, in the order they come."""
        told = (gap.target for gap in self.gaps if gap.code == DOES_NOT_FIT)
        return list(dict.fromkeys((*(cell.target for cell in self.cells), *told)))

    @property
    def models(self) -> list[tuple[str, str]]:
        """The rows: models and the precision they run in, in the order they come."""
        return list(dict.fromkeys((one.model, one.precision) for one in self._all()))

    def _all(self) -> list[Cell | Gap]:
        return [*self.cells, *self.gaps]

    def by_place(self) -> dict[tuple[str, str, Target], Cell | Gap]:
        """What stands where."""
        return {(one.model, one.precision, one.target): one for one in self._all()}

    def csv(self) -> str:
        """One row per model, eight columns per target; a cell without a figure says why.

        A model's name that a spreadsheet would take for a formula gets an apostrophe in front.
        """
        places, targets, peaks = self.by_place(), self.targets, self._peaks()
        heads = [f"{device} {delegate} {name}" for device, delegate in targets for name in _CSV_FIGURES]
        first = ["model", "precision", "peak_memory_mb", "interval_level", "data_version", "method_version"]
        columns, rows = [*first, *heads], []
        for model, precision in self.models:
            peak_mb = peaks[model]
            row: list[object] = [model, precision, "" if peak_mb is None else rounded(peak_mb)]
            row += [0.8, DATA_VERSION, METHOD_VERSION]
            for target in targets:
                row += self._figures(places.get((model, precision, target)))
            rows.append(dict(zip(columns, row, strict=True)))
        return csv_text(columns, rows)

    def _peaks(self) -> dict[str, float | None]:
        return {one.model: one.peak_mb for one in self._all()}

    def _figures(self, cell: Cell | Gap | None) -> list[object]:
        if not isinstance(cell, Cell):
            return [*[""] * 7, "" if cell is None else cell.words]
        inside = ("yes" if self.limits.holds(cell) else "no") if self.limits.is_set else ""
        return [*cells(ESTIMATE, cell, _FIGURES).values(), inside, cell.missing, ""]

    def latex(self) -> str:
        """A table for a paper, without packages: a row per target, a column per model, framed in limits."""
        places, models, peaks = self.by_place(), self.models, self._peaks()
        heads = " & ".join(f"{in_latex(model)} ({in_latex(precision)})" for model, precision in models)
        lines = [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_caption(self.limits)}}}",
            rf"\begin{{tabular}}{{lll{'r' * len(models)}}}",
            r"\hline",
            rf"Device & Delegate & Energy of & {heads} \\",
            r"\hline",
        ]
        for target in self.targets:
            found = [places.get((model, precision, target)) for model, precision in models]
            values = " & ".join(self._latex_cell(cell) for cell in found)
            scopes = ", ".join(dict.fromkeys(each.scope for each in found if isinstance(each, Cell)))
            place = " & ".join(map(in_latex, (*target, scopes)))
            lines.append(rf"{place} & {values} \\")
        needs = [peaks[model] for model, _ in models]
        shown = " & ".join("--" if peak_mb is None else short(peak_mb) for peak_mb in needs)
        lines += [r"\hline", rf"Memory needed (MB) & & & {shown} \\"]
        return "\n".join([*lines, r"\hline", r"\end{tabular}", r"\end{table}", ""])

    def _latex_cell(self, cell: Cell | Gap | None) -> str:
        if not isinstance(cell, Cell):
            return "--" if cell is None else cell.words
        text = f"{ESTIMATE['energy_mj'].shown(cell)} ({ESTIMATE['energy_range'].shown(cell, '--')})"
        text += r"\textsuperscript{*}" if cell.missing else ""
        return rf"\fbox{{{text}}}" if self.limits.holds(cell) else text


def _caption(limits: Within) -> str:
    parts = [] if limits.energy_mj is None else [f"{short(limits.energy_mj)} mJ"]
    if limits.latency_ms is not None:
        parts.append(f"{short(limits.latency_ms)} ms")
    framed = f" Framed: within {' and '.join(parts)} per inference." if parts else ""
    return (
        "Energy per inference (mJ) as predicted by JouleLens, with the range that holds it 8 times in 10 "
        rf"(data {in_latex(DATA_VERSION)}, method {in_latex(METHOD_VERSION)}). Rows whose energy is of "
        rf"different things are not comparable.{framed} "
        r"\textsuperscript{*}: kernels without a figure are missing from the sum. Memory: weights as the "
        r"file stores them and the largest activations that live at once."
    )
