"""Two models side by side: before and after quantising, pruning, resizing, or two rivals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.messages import Message
from predictors.errors import InputError
from predictors.estimate import estimate_model, refusal_of
from predictors.model.graph import Shape
from predictors.research.alignment import align, is_same_work
from predictors.results.columns import KERNEL
from predictors.results.estimates import Estimate, Evidence, KernelEstimate
from predictors.results.figures import Scope, Spread
from predictors.results.frames import html_table, rounded, short, versions_line
from predictors.results.report import ModelReport, ModelSummary
from predictors.results.shared_error import Compared, difference_width_mj

if TYPE_CHECKING:
    import pandas as pd


CANNOT_BE_COMPARED = "cannot be compared"
MOST_MISSING = 0.1
"""Share of the multiply-accumulates, or of the kernels, without a figure from which on a total says
nothing.
"""
CLOSE = 0.05
"""Relative difference below which a named winner is wrong in one of four cases (an 80 % rule allows it):
25,782 pairs of measured networks on boards, both left out of the fit."""
CLOSE_WORDS = Message("At differences this small the one named is right three times in four.")
NOT_COMPARED = Message("A and B cannot be compared: too many kernels have no figure on this device.")


class Match(StrEnum):
    """How a row of a difference came about."""

    SAME = "same"
    CHANGED = "changed"
    ONLY_A = "only in A"
    ONLY_B = "only in B"


@dataclass(frozen=True, slots=True)
class DiffRow:
    """A kernel of A and the one of B that stands in its place; one of them is None where there is none."""

    a: KernelEstimate | None
    b: KernelEstimate | None
    match: Match

    @property
    def energy_diff_mj(self) -> float:
        """Energy of B's kernel minus A's (mJ); a missing kernel takes none."""
        return (self.b.energy_mj if self.b else 0.0) - (self.a.energy_mj if self.a else 0.0)

    @property
    def latency_diff_ms(self) -> float:
        """Latency of B's kernel minus A's (ms)."""
        return (self.b.latency_ms if self.b else 0.0) - (self.a.latency_ms if self.a else 0.0)

    @property
    def macs_diff(self) -> int:
        """Multiply-accumulates of B's kernel minus A's."""
        return (self.b.kernel.macs if self.b else 0) - (self.a.kernel.macs if self.a else 0)


@dataclass(frozen=True, slots=True)
class ModelDiff:
    """Model B against model A on one device and delegate.

    Both are compared in one `scope`: as applications where both have that figure, else by their kernels
    alone. `rows` hold every kernel of both, largest change of energy first, at the kernels' own scale.
    `energy_diff_mj` is B minus A with its 80 % interval (see `predictors.results.shared_error` for what the
    two have in common); `kernels_diff` is the same for the kernels alone.
    The latency of kernels has no interval of its own, so its difference has none either.
    """

    model_a: ModelSummary
    model_b: ModelSummary
    a: Estimate
    b: Estimate
    rows: tuple[DiffRow, ...]
    energy_diff_mj: float
    energy_diff_mj_low: float
    energy_diff_mj_high: float
    kernels_diff: Spread
    data_version: str = ""
    method_version: str = ""

    @property
    def scope(self) -> Scope:
        """What is compared."""
        return self.a.scope

    @property
    def latency_diff_ms(self) -> float:
        """Latency of B minus A (ms)."""
        return self.b.latency_ms - self.a.latency_ms

    @property
    def macs_diff(self) -> int:
        """Multiply-accumulates of B minus A, as fused for this device."""
        return sum(row.macs_diff for row in self.rows)

    @property
    def unmatched(self) -> tuple[DiffRow, ...]:
        """Kernels without a partner."""
        return tuple(row for row in self.rows if row.match in {Match.ONLY_A, Match.ONLY_B})

    @property
    def verdict(self) -> str:
        """ "uses less", "uses more", "cannot be told apart" or "takes the same" (B against A).

        "cannot be compared" where too much of one of them has no figure.
        """
        if any(is_mostly_missing(each) for each in (self.a, self.b)):
            return CANNOT_BE_COMPARED
        if all(row.match is Match.SAME for row in self.rows):
            return "takes the same"
        if self.energy_diff_mj_high < 0:
            return "uses less"
        return "uses more" if self.energy_diff_mj_low > 0 else "cannot be told apart"

    @property
    def is_close(self) -> bool:
        """Whether a verdict is said at so small a difference that it is often wrong (see `CLOSE`)."""
        said = self.verdict in {"uses less", "uses more"}
        return said and abs(self.energy_diff_mj) < CLOSE * max(self.a.energy_mj, self.b.energy_mj)

    def to_frame(self) -> pd.DataFrame:
        """One row per pair of kernels, largest change first (see `predictors.research.diff.diff_frame`)."""

        return diff_frame(self)

    def _repr_html_(self) -> str:
        """The table a notebook shows."""

        return diff_html(self)


def diff_models(
    a: bytes | memoryview | Path | str,
    b: bytes | memoryview | Path | str,
    *,
    device: str,
    delegate: str,
    precision: str | None = None,
    shapes: Mapping[str, Shape] | None = None,
    precision_b: str | None = None,
    shapes_b: Mapping[str, Shape] | None = None,
) -> ModelDiff:
    """Estimate two ONNX models on one device and delegate and compare them kernel by kernel.

    Without `precision` each model is taken in its own (an int8 file against an fp32 one, for example).
    `shapes` sets open input dimensions of both; `precision_b` and `shapes_b` are those of B where it differs.
    Raises ModelError, InputError as `estimate_model` does, and InputError OPTION_VALUE when device and
    delegate name more than one target.
    """
    cases = (
        (a, precision, shapes),
        (b, precision if precision_b is None else precision_b, shapes if shapes_b is None else shapes_b),
    )
    reports = [
        estimate_model(source, device=device, delegate=delegate, precision=own_precision, shapes=own_shapes)
        for source, own_precision, own_shapes in cases
    ]
    return diff_reports(*reports)


def diff_reports(a: ModelReport, b: ModelReport) -> ModelDiff:
    """Compare two reports of one estimate each. Raises InputError OPTION_VALUE if there are more."""
    first, second = in_one_scope(_only(a), _only(b))
    rows = diff_rows(first, second)
    change = difference(first, second, rows)
    alone = first.at_kernels(), second.at_kernels()
    kernels_diff = change if first.application is None else difference(*alone, rows)
    return ModelDiff(
        a.model,
        b.model,
        first,
        second,
        rows,
        change.value,
        change.low,
        change.high,
        kernels_diff,
        a.data_version,
        a.method_version,
    )


def in_one_scope(a: Estimate, b: Estimate) -> tuple[Estimate, Estimate]:
    """Both estimates as they are where their scope is one, else their kernels alone."""
    return (a, b) if a.scope is b.scope else (a.at_kernels(), b.at_kernels())


def difference(a: Estimate, b: Estimate, rows: Sequence[DiffRow] | None = None) -> Spread:
    """Energy of B minus A (mJ) with its 80 % interval; `rows` are their aligned kernels, if known already.

    The one rule by which two models on one target are told apart, on every page and command line.
    """
    rows = diff_rows(a, b) if rows is None else rows
    changed = [row for row in rows if row.match is not Match.SAME]
    width = difference_width_mj(
        Compared(a, _changed(row.a for row in changed)), Compared(b, _changed(row.b for row in changed))
    )
    change = b.energy_mj - a.energy_mj
    return Spread(change, change - width, change + width)


def is_mostly_missing(estimate: Estimate) -> bool:
    """Whether so much of a network has no figure that its total says nothing: see `MOST_MISSING`."""
    parts = estimate.kernels
    missing = [part for part in parts if part.evidence is Evidence.UNSUPPORTED]
    macs = sum(part.kernel.macs for part in parts)
    share = sum(part.kernel.macs for part in missing) / macs if macs else 0.0
    return share > MOST_MISSING or len(missing) > MOST_MISSING * len(parts)


def _only(report: ModelReport) -> Estimate:
    if not report.estimates and len(report.not_estimated) == 1:
        reason = report.not_estimated[0].reason
        raise refusal_of(reason)
    if len(report.estimates) != 1:
        names = ", ".join(f"{each.delegate} {each.precision}" for each in report.estimates)
        message = Message(
            "Two models are compared on one delegate at a time. Choose one of: {names}.",
            names=names or "none",
        )
        raise InputError("OPTION_VALUE", message)
    return report.estimates[0]


def _changed(parts: Iterable[KernelEstimate | None]) -> tuple[KernelEstimate, ...]:
    return tuple(part for part in parts if part is not None)


def diff_rows(a: Estimate, b: Estimate) -> tuple[DiffRow, ...]:
    """Every kernel of two estimates, aligned, largest change of energy first (ties in execution order)."""
    pairs = align([part.kernel for part in a.kernels], [part.kernel for part in b.kernels])
    rows = [
        _row(
            None if i is None else a.kernels[i],
            None if j is None else b.kernels[j],
            a.precision == b.precision,
        )
        for i, j in pairs
    ]
    return tuple(sorted(rows, key=lambda row: -abs(row.energy_diff_mj)))


def _row(a: KernelEstimate | None, b: KernelEstimate | None, same_precision: bool) -> DiffRow:
    if a is None:
        return DiffRow(a, b, Match.ONLY_B)
    if b is None:
        return DiffRow(a, b, Match.ONLY_A)
    same = same_precision and is_same_work(a.kernel, b.kernel)
    return DiffRow(a, b, Match.SAME if same else Match.CHANGED)


ROW_COLUMNS = (
    "match", "index_a", "name_a", "kernel_a", "index_b", "name_b", "kernel_b", "energy_mj_a", "energy_mj_b",
    "energy_diff_mj", "latency_ms_a", "latency_ms_b", "latency_diff_ms", "macs_a", "macs_b", "macs_diff",
    "evidence_a", "evidence_b",
)  # fmt: skip


def diff_sentence(diff: ModelDiff) -> str:
    """The difference in words, with interval and where the two can be told apart the percentage."""
    return _verdict_sentence(diff) + _without_figure(diff)


def _without_figure(diff: ModelDiff) -> str:
    missing = diff.a.coverage.unsupported, diff.b.coverage.unsupported
    if not any(missing):
        return ""
    return f" Left out of the totals, without a figure: {missing[0]} kernels of A, {missing[1]} of B."


def _verdict_sentence(diff: ModelDiff) -> str:
    if diff.verdict == CANNOT_BE_COMPARED:
        return NOT_COMPARED
    low, high = diff.energy_diff_mj_low, diff.energy_diff_mj_high
    if diff.verdict == "takes the same":
        return f"B takes the same energy as A: {len(diff.rows)} kernels, all alike."
    moved, least, most = (short(each, sign="+") for each in (diff.energy_diff_mj, low, high))
    change = f"{moved} mJ, 8 in 10 times between {least} and {most} mJ"
    scope = SCOPE_WORDS.get(diff.scope, "")
    if diff.verdict == "cannot be told apart":
        return f"{scope}A and B cannot be told apart in energy ({change})."
    share = 100.0 * abs(diff.energy_diff_mj) / diff.a.energy_mj if diff.a.energy_mj > 0 else 0.0
    close = f" {CLOSE_WORDS}" if diff.is_close else ""
    return f"{scope}B {diff.verdict} energy than A by {short(share)} % ({change}).{close}"


SCOPE_WORDS = {Scope.APPLICATION: "As a running application: ", Scope.KERNELS: "In kernels alone: "}


def row_dict(row: DiffRow) -> dict[str, Any]:
    """One aligned pair of kernels as plain data, in the order of `ROW_COLUMNS`; None where one is missing."""
    cells: dict[str, Any] = {"match": row.match.value, **_side(row.a, "a"), **_side(row.b, "b")}
    cells["energy_diff_mj"] = rounded(row.energy_diff_mj)
    cells["latency_diff_ms"] = rounded(row.latency_diff_ms)
    cells["macs_diff"] = row.macs_diff
    return {column: cells[column] for column in ROW_COLUMNS}


_OF_KERNEL = ("index", "name", "kernel", "energy_mj", "latency_ms", "macs", "evidence")


def _side(part: KernelEstimate | None, side: str) -> dict[str, Any]:
    return {f"{name}_{side}": None if part is None else KERNEL[name].plain(part) for name in _OF_KERNEL}


SHOWN_DIFF = ("match", "name_a", "name_b", "energy_mj_a", "energy_mj_b", "energy_diff_mj", "latency_diff_ms")


def diff_frame(diff: ModelDiff) -> pd.DataFrame:
    """One row per pair of kernels, largest change first: the fields of the JSON (mJ, ms, MACs; B minus A)."""
    import pandas as pd

    return pd.DataFrame([row_dict(row) for row in diff.rows], columns=list(ROW_COLUMNS))


def diff_html(diff: ModelDiff) -> str:
    """Two models as an HTML table for notebooks, the difference in words above."""
    return html_table(
        diff_frame(diff),
        SHOWN_DIFF,
        [diff_sentence(diff)],
        [versions_line(diff.data_version, diff.method_version)],
    )
