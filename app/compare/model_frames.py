"""Models side by side on one device and delegate: figures, differences, and where these come from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from app.compare.conditions import NONE
from app.compare.frames import BASE_WORDS, HEADINGS
from app.compare.words import ENERGY, LATENCY, POWER, cell_words
from app.i18n.formats import count, energy, energy_range, latency, latency_range, power, with_signs
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn
from app.measurements.noise import correlation
from app.models.gists import gist
from app.ui.kernel_names import noun_words
from predictors.research.diff import CLOSE, difference, in_one_scope, is_mostly_missing
from predictors.results.estimates import Estimate
from predictors.results.report import ModelReport
from scoring.verdict import Difference, Verdict, compare_values, log_sd

NO_FIGURE: Final = mark("no figure")
DIFFERENCES: Final = {ENERGY: mark("Energy difference"), LATENCY: mark("Time difference")}

INPUT: Final = mark("input")
PRECISION: Final = mark("precision of the file")
OBTAINED: Final = mark("obtained")
KERNELS: Final = mark("kernels")
APPROXIMATED: Final = mark("approximated by a law")
WITHOUT: Final = mark("without a figure")
OUTSIDE: Final = mark("outside measured configurations")
WARNINGS: Final = mark("warnings")


def estimate_difference(
    first: Estimate, second: Estimate, quantity: str, families: tuple[str, str]
) -> Difference | None:
    """Compare two estimates for one target in energy or latency, in one scope; None where one has no figure.

    Energy by the rule of Two models and `diff`. Of time only the whole is known: errors of networks of one
    family are partly shared there (`app.measurements.noise`), which narrows the interval.
    """
    first, second = in_one_scope(first, second)
    if quantity != LATENCY:
        return energy_difference(first, second)
    one, other = _interval(first), _interval(second)
    if not (first.has_latency_interval and second.has_latency_interval):
        return None
    if min(one[0], other[0], one[1], other[1]) <= 0:
        return None
    sds = log_sd(*one[1:]), log_sd(*other[1:])
    return compare_values(one[0], other[0], sds, correlation(*families))


def energy_difference(first: Estimate, second: Estimate) -> Difference | None:
    """Compare the energy of two estimates for one target: first over second; None where one has no figure."""
    if min(first.energy_mj, second.energy_mj) <= 0.0 or is_mostly_missing(first) or is_mostly_missing(second):
        return None
    change = difference(second, first)
    ratio, low, high = (
        max(end / second.energy_mj + 1.0, SMALLEST_RATIO) for end in (change.value, change.low, change.high)
    )
    return Difference(ratio, low, high)


def is_close_call(difference: Difference | None) -> bool:
    """Return whether a verdict is said at so small a difference that it is often wrong (see `CLOSE`)."""
    if difference is None or difference.verdict is Verdict.ALIKE:
        return False
    return min(difference.ratio, 1.0 / difference.ratio) > 1.0 - CLOSE


def _interval(estimate: Estimate) -> tuple[float, float, float]:
    ends = estimate.latency_ms_low, estimate.latency_ms_high
    return estimate.latency_ms, *(ends if estimate.has_latency_interval else (math.nan, math.nan))


SMALLEST_RATIO: Final = 0.01
"""The low end of a wide difference may lie below nothing at all."""


def alike(reports: Mapping[str, ModelReport]) -> dict[str, Estimate]:
    """Return the estimate of each model as it is where their scope is one, else their kernels alone."""
    estimates = {each: report.estimates[0] for each, report in reports.items()}
    if len({each.scope for each in estimates.values()}) < 2:
        return estimates
    return {each: estimate.at_kernels() for each, estimate in estimates.items()}


def model_differences(
    reports: Mapping[str, ModelReport], titles: Mapping[str, str], families: Mapping[str, str], base: str
) -> pd.DataFrame:
    """Return one row per model with its differences, all text, the one compared with first.

    Each report (by model id) has one estimate, all for the same target.
    """
    rows = []
    for model_id in sorted(reports, key=lambda each: each != base):
        estimate = reports[model_id].estimates[0]
        pair = families[model_id], families[base]
        row = {t("Model"): titles[model_id]}
        for quantity, heading in DIFFERENCES.items():
            found = estimate_difference(estimate, reports[base].estimates[0], quantity, pair)
            row[t(heading)] = t(BASE_WORDS) if model_id == base else cell_words(found, quantity)
        shown = alike(reports)[model_id]
        row[t(HEADINGS[ENERGY])] = energy(shown.energy_mj)
        row[t("Latency")] = _latency(shown)
        rows.append(row)
    return pd.DataFrame(rows)


def model_figures(reports: Mapping[str, ModelReport], titles: Mapping[str, str], base: str) -> pd.DataFrame:
    """Return one row per model with its figures and their intervals, in the order of `model_differences`."""
    ordered = sorted(reports, key=lambda each: each != base)
    shown = alike(reports)
    return pd.DataFrame(
        [{t("Model"): titles[each]} | _figures(reports[each], shown[each]) for each in ordered]
    )


def _latency(estimate: Estimate) -> str:
    return latency(estimate.latency_ms) if estimate.latency_ms > 0 else t(NO_FIGURE)


def _figures(report: ModelReport, estimate: Estimate) -> dict[str, str]:
    coverage = estimate.coverage
    spread = energy_range(estimate.energy_mj_low, estimate.energy_mj_high)
    if coverage.unsupported:
        spread = tn(
            "{range}, {n} kernel missing", "{range}, {n} kernels missing", coverage.unsupported, range=spread
        )
    return {
        t(HEADINGS[ENERGY]): energy(estimate.energy_mj),
        t("Energy, 8 in 10 times"): spread,
        t("Latency"): _latency(estimate),
        t("Latency, 8 in 10 times"): latency_range(*_interval(estimate)[1:]),
        t(HEADINGS[POWER]): power(estimate.avg_power_w),
        t("MACs"): f"{count(report.model.macs / 1e6)} M",
        t("Parameters"): with_signs(f"{report.model.params / 1e6:.1f} M"),
    }


def interval_frame(reports: Mapping[str, ModelReport], titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the columns that `app.charts.device_intervals` draws, one row per model, least energy first."""
    rows = []
    for model_id, estimate in alike(reports).items():
        rows.append(
            {
                "target_id": model_id,
                "device_id": estimate.device_id,
                "label": titles[model_id],
                "energy_mj": estimate.energy_mj,
                "energy_mj_low": estimate.energy_mj_low,
                "energy_mj_high": estimate.energy_mj_high,
                "latency_ms": estimate.latency_ms,
                "evidence": estimate.evidence.value,
                "scope": estimate.scope.value,
            }
        )
    return pd.DataFrame(rows).sort_values("energy_mj", kind="stable", ignore_index=True)


def kind_energies(reports: Mapping[str, ModelReport], titles: Mapping[str, str]) -> pd.DataFrame:
    """Return energy (mJ) by kernel type (rows, in words) and model (columns), largest spread first."""
    columns = {}
    for model_id, report in reports.items():
        sums: dict[str, float] = {}
        for part in report.estimates[0].kernels:
            words = noun_words(part.kernel.kind.value)
            sums[words] = sums.get(words, 0.0) + part.energy_mj
        columns[titles[model_id]] = sums
    frame = pd.DataFrame(columns).fillna(0.0)
    spread = frame.max(axis=1) - frame.min(axis=1)
    return frame.loc[spread.sort_values(ascending=False, kind="stable").index]


def kind_sentence(energies: pd.DataFrame, base: str) -> str:
    """Return in which kernel type each model differs most from `base` (its column), a sentence each."""
    sentences = []
    for model in energies.columns.drop(base):
        change = energies[model] - energies[base]
        if change.abs().max() <= 0:
            continue
        kind = change.abs().idxmax()
        values = {"model": model, "base": base, "amount": energy(abs(change[kind])), "kind": kind}
        sentences.append(
            t("{model} spends {amount} less than {base} in kernels of type {kind}.", **values)
            if change[kind] < 0
            else t("{model} spends {amount} more than {base} in kernels of type {kind}.", **values)
        )
    return " ".join(sentences)


def model_facts(report: ModelReport) -> dict[str, str]:
    """Return under which conditions an estimate stands, by name in English."""
    estimate, coverage = report.estimates[0], report.estimates[0].coverage
    outside = sum(not part.in_range for part in estimate.kernels)
    shapes = ["×".join(map(str, each.shape)) if each.shape else t("unknown") for each in report.model.inputs]
    return {
        INPUT: ", ".join(shapes),
        PRECISION: report.model.precision,
        OBTAINED: tell(estimate.evidence.value),
        KERNELS: count(coverage.kernels),
        APPROXIMATED: count(coverage.approximated),
        WITHOUT: count(coverage.unsupported),
        OUTSIDE: count(outside),
        WARNINGS: _codes(estimate),
    }


def _codes(estimate: Estimate) -> str:
    return ", ".join(dict.fromkeys(gist(note) for note in estimate.warnings)) or t(NONE)


def missing_models(failures: Sequence[tuple[str, str, str]]) -> pd.DataFrame:
    """Return models without an estimate as a table: title, code, reason."""
    return pd.DataFrame(failures, columns=[t("Model"), t("Code"), t("Why")])
