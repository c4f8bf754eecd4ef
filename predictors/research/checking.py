"""Limits of energy and latency, checked for a model and against the model it replaces."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from predictors.errors import InputError, ModelError, printable
from predictors.estimate import estimate_model
from predictors.exports.documents import in_markdown
from predictors.model.graph import Shape
from predictors.results.estimates import Estimate
from predictors.results.frames import short
from predictors.results.report import ModelReport

MB = 1e6


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is allowed per inference; None: not limited. The increase counts for each quantity."""

    energy_mj: float | None = None
    latency_ms: float | None = None
    increase_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity of one target: `value`, `low`, `high` (NaN: no interval) and `before` in `unit`, limits as
    asked for."""

    estimate: Estimate
    quantity: str
    unit: str
    value: float
    low: float
    high: float
    before: float | None
    limit: float | None
    increase_percent: float | None

    @property
    def change_percent(self) -> float | None:
        """Change against the model before (percent of it)."""
        return None if not self.before else 100 * (self.value / self.before - 1)

    @property
    def is_kept(self) -> bool:
        """Whether the predicted value keeps both limits."""
        change = self.change_percent
        grows = self.increase_percent is not None and change is not None and change > self.increase_percent
        return not grows and (self.limit is None or self.value <= self.limit)

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit for it."""
        return self.limit is not None or self.increase_percent is not None

    def result(self) -> str:
        """In a word; with it whether the limit lies inside the range, so that it could be otherwise."""
        if not self.is_limited:
            return "no limit"
        inside = self.limit is not None and self.low <= self.limit <= self.high
        return ("kept" if self.is_kept else "**exceeded**") + (", limit inside the range" if inside else "")


@dataclass(frozen=True, slots=True)
class Checked:
    """What came out of a check."""

    name: str
    before_name: str
    report: ModelReport
    rows: tuple[Row, ...]

    @property
    def is_kept(self) -> bool:
        """Whether every limit is kept on every target that has a figure."""
        return all(row.is_kept for row in self.rows)

    def markdown(self) -> str:
        """One table, with notes below it on what it rests on."""
        verdict = "keeps its limits" if self.is_kept else "exceeds its limits"
        if not any(row.is_limited for row in self.rows):
            verdict = "has no limit to keep"
        against = f", compared with {in_markdown(self.before_name)}" if self.before_name else ""
        lines = [
            f"**{in_markdown(self.name)}** {verdict}{against}.",
            "",
            "| Device | Delegate | Precision | Scope | Per inference | Predicted | 8 in 10 times | Before "
            "| Change | Limit | Result |",
            "|---|---|---|---|---|--:|:-:|--:|--:|--:|---|",
            *(_line(row) for row in self.rows),
            "",
            *_notes(self.report),
            f"Predicted by JouleLens, data {self.report.data_version}, method {self.report.method_version}.",
        ]
        return "\n".join(lines)


def _line(row: Row) -> str:
    change = row.change_percent
    limits = [] if row.limit is None else [f"{short(row.limit)} {row.unit}"]
    if row.increase_percent is not None:
        limits.append(f"{row.increase_percent:+g} %")
    cells = (
        row.estimate.device_id,
        row.estimate.delegate,
        row.estimate.precision,
        row.estimate.scope.value,
        row.quantity,
        f"{short(row.value)} {row.unit}",
        "–" if math.isnan(row.low) else f"{short(row.low)} to {short(row.high)}",
        "–" if row.before is None else f"{short(row.before)} {row.unit}",
        "–" if change is None else f"{change:+.1f} %",
        ", ".join(limits) or "–",
        row.result(),
    )
    return "| " + " | ".join(cells) + " |"


def _notes(report: ModelReport) -> Iterator[str]:
    """What the figures leave out, a line each."""
    lines: dict[str, None] = {f"- {_memory(report)}": None}
    for estimate in report.estimates:
        if missing := estimate.coverage.unsupported:
            where = f"{estimate.device_id}, {estimate.delegate}, {estimate.precision}"
            covered = estimate.coverage
            kernels = f"{missing} of {covered.kernels} kernels have no figure"
            work = f"{100 - covered.macs_percent:.3g} % of the multiply-accumulates"
            moved = f"{100 - covered.bytes_percent:.3g} % of the bytes moved"
            lines[f"- {where}: {kernels} ({work}, {moved}), so the real sum is higher."] = None
    for failure in report.not_estimated:
        where = f"{failure.device_id}, {failure.delegate}, {failure.precision}"
        lines[f"- No figure for {where}: {in_markdown(failure.reason.message)} (`{failure.reason.code}`)"] = (
            None
        )
    notes = {note.message for estimate in report.estimates for note in estimate.warnings}
    lines.update(dict.fromkeys(f"- {in_markdown(note)}" for note in sorted(notes)))
    yield from lines
    yield ""


def _memory(report: ModelReport) -> str:
    """What memory the model needs, beside that of the device."""
    needed = f"Memory: {short(report.model.peak_memory_bytes / MB)} MB needed at least"
    devices = {one.device_id: one.device_memory_bytes for one in report.estimates}
    known = [f"{name} has {short(size / MB)} MB" for name, size in devices.items() if size is not None]
    return f"{needed}; {', '.join(known)}." if known else f"{needed}."


def check_models(
    model: Path,
    against: Path | None,
    limits: Limits,
    *,
    device: str,
    delegate: str | None = None,
    precision: str | None = None,
    shapes: Mapping[str, Shape] | None = None,
) -> Checked:
    """Predict a model, and the one before it if there is one, and hold the limits against both.

    Raises ModelError with the file's name, and InputError for names that do not exist and where a device has
    no figure for either model.
    """

    def report_of(path: Path) -> ModelReport:
        try:
            return estimate_model(path, device=device, delegate=delegate, precision=precision, shapes=shapes)
        except ModelError as error:
            raise ModelError(
                error.code, "{file}: {what}", file=printable(path.name), what=error.message
            ) from error

    report = report_of(model)
    before = None if against is None else report_of(against)
    if not report.estimates:
        raise _without(model, report)
    earlier = {} if before is None else {(e.device_id, e.delegate): e for e in before.estimates}
    rows: list[Row] = []
    for estimate in report.estimates:
        old = earlier.get((estimate.device_id, estimate.delegate))
        if against is not None and old is None:
            raise _without(against, before) if before is not None else _no_figure(against)
        rows += _rows(estimate, old, limits)
    return Checked(model.name, "" if against is None else against.name, report, tuple(rows))


def _without(path: Path, report: ModelReport) -> InputError:
    """The error for a model without a figure on any target, with the first reason."""
    if not report.not_estimated:
        return _no_figure(path)
    reason = report.not_estimated[0].reason
    return InputError(reason.code, "{file}: {what}", file=printable(path.name), what=reason.message)


def _no_figure(path: Path) -> InputError:
    return InputError(
        "NO_FIGURE",
        "{file} has no figure on a target that is to be checked. Choose another device, or name one delegate "
        "with --delegate.",
        file=printable(path.name),
    )


def _rows(estimate: Estimate, old: Estimate | None, limits: Limits) -> list[Row]:
    """Energy and latency of one target."""
    energy = Row(
        estimate,
        "energy",
        "mJ",
        estimate.energy_mj,
        estimate.energy_mj_low,
        estimate.energy_mj_high,
        None if old is None else old.energy_mj,
        limits.energy_mj,
        limits.increase_percent,
    )
    latency = Row(
        estimate,
        "latency",
        "ms",
        estimate.latency_ms,
        *(
            (estimate.latency_ms_low, estimate.latency_ms_high)
            if estimate.has_latency_interval
            else (math.nan, math.nan)
        ),
        None if old is None else old.latency_ms,
        limits.latency_ms,
        limits.increase_percent,
    )
    return [energy, latency]
