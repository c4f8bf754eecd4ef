"""What an estimate says, in words: shares, coverage, the check against published ranges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from typing import Final

import pandas as pd

from app.i18n.formats import (
    capital,
    count,
    energy,
    energy_range,
    in_words,
    listing,
    megabytes,
    number,
    percent,
)
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn
from app.ui.kernel_names import noun_of, noun_words, numeral, several
from predictors.model.kernels import Kernel
from predictors.results.estimates import Estimate, Evidence
from predictors.results.report import ModelSummary

GB: Final = 1e9
TOP: Final = 3  # kernels that a sentence names; more are read in the picture
NAMED: Final = 8
"""So many operators without a figure are named; the rest is counted."""


def kernel_words(kernel: Kernel) -> str:
    """Return what a kernel is: "pointwise convolution", "3×3 convolution", "fully connected layer"."""
    return noun_words(noun_of(kernel))


def energy_sentence(kernels: pd.DataFrame) -> str:
    """Return where the energy goes, in one or two computed sentences (columns noun, energy_mj)."""
    total = float(kernels["energy_mj"].sum()) if len(kernels) else 0.0
    if total <= 0:
        return t("No kernel of this model has a figure on this device.")
    # Plain lists: of a hundred kernels pandas would take ten times as long, and this is said of every upload.
    drawn = [
        (str(noun), float(energy_mj))
        for noun, energy_mj in zip(kernels["noun"], kernels["energy_mj"], strict=True)
        if energy_mj > 0
    ]
    top = sorted(drawn, key=itemgetter(1), reverse=True)[:TOP]
    groups = [several(amount, noun) for noun, amount in Counter(noun for noun, _ in top).items()]
    if len(top) == len(drawn):
        return t("All of the energy goes into {kernels}.", kernels=listing(groups))
    share = percent(sum(energy_mj for _, energy_mj in top) / total, 2)
    return " ".join(filter(None, (_top_words(len(top), groups, share), _largest_group(drawn, total))))


def _top_words(amount: int, groups: list[str], share: str) -> str:
    if len(groups) > 1:
        return t(
            "{amount} kernels take {share} of the energy: {kernels}.",
            amount=capital(numeral(amount)),
            share=share,
            kernels=listing(groups),
        )
    return tn(
        "{kernels} takes {share} of the energy.",
        "{kernels} take {share} of the energy.",
        amount,
        kernels=capital(groups[0]),
        share=share,
    )


def _largest_group(drawn: Sequence[tuple[str, float]], total: float) -> str:
    sums: dict[str, list[float]] = {}
    for noun, energy_mj in drawn:
        sums.setdefault(noun, []).append(energy_mj)
    noun, members = max(sorted(sums.items()), key=lambda group: sum(group[1]))
    energy_mj, amount = sum(members), len(members)
    if amount <= TOP:
        return ""
    return t(
        "All {kernels} together take {share}.",
        kernels=several(amount, noun),
        share=percent(energy_mj / total, 2),
    )


def energy_interval(estimate: Estimate) -> str:
    """Return the interval of the energy in words: "8 in 10 times between 75.0 and 93.0 mJ"."""
    return in_words(energy_range(estimate.energy_mj_low, estimate.energy_mj_high), estimate.interval_level)


def coverage_words(estimate: Estimate) -> str:
    """Return "**Predicted**, covers 62 of 64 kernels, 3 approximated." (Markdown)."""
    coverage = estimate.coverage
    if estimate.evidence is Evidence.PREDICTED and coverage.predicted == coverage.kernels:
        return tn(
            "**Estimated** from measurements of the one kernel of this model.",
            "**Estimated** from measurements of all {n} kernels of this model.",
            coverage.kernels,
        )
    words = tn(
        "**{evidence}**, covers {covered} of {n} kernel, {approximated} approximated.",
        "**{evidence}**, covers {covered} of {n} kernels, {approximated} approximated.",
        coverage.kernels,
        evidence=capital(tell(estimate.evidence.value)),
        covered=count(coverage.kernels - coverage.unsupported),
        approximated=count(coverage.approximated),
    )
    if not coverage.unsupported:
        return words
    work = t(
        "By work: {macs} of the MACs, {moved} of the bytes moved.",
        macs=percent(coverage.macs_percent / 100, 3),
        moved=percent(coverage.bytes_percent / 100, 3),
    )
    return f"{words} {work}"


def memory_words(model: ModelSummary, device_bytes: int | None) -> str:
    """Return what memory a network needs, and whether it fits into that of the device."""
    needed, weights = megabytes(model.peak_memory_bytes), megabytes(model.weights_bytes)
    if device_bytes is None:
        return t(
            "Memory: {needed} needed at least, {weights} of them weights as the file stores them.",
            needed=needed,
            weights=weights,
        )
    return t(
        "Memory: {needed} needed at least, {weights} of them weights as the file stores them; it fits into "
        "the {device} GB of this device.",
        needed=needed,
        weights=weights,
        device=count(device_bytes / GB),
    )


def missing_words(kernels: pd.DataFrame) -> str:
    """Return what has no figure and what that means, "" if everything has one (columns evidence, ops)."""
    missing = kernels[kernels["evidence"] == "unsupported"]
    if missing.empty:
        return ""
    counts = missing["ops"].value_counts()
    named = [f"{ops} ({count(amount)}×)" for ops, amount in zip(counts.index, counts, strict=True)]
    shown = named[:NAMED]
    if len(named) > NAMED:
        shown.append(t("{amount} more", amount=count(len(named) - NAMED)))
    if len(missing) == len(kernels):
        return t(
            "There is no total: no kernel has a figure on this device: {operators}.", operators=listing(shown)
        )
    return tn(
        "The total is too low: {n} of {kernels} kernels has no figure on this device and is left out: "
        "{operators}.",
        "The total is too low: {n} of {kernels} kernels have no figure on this device and are left out: "
        "{operators}.",
        len(missing),
        kernels=count(len(kernels)),
        operators=listing(shown),
    )


def family_check(ranges: pd.DataFrame, family: str, estimate: Estimate) -> str:
    """Return how the estimate stands to the published range of its model family, "" if there is none.

    Columns of `ranges`: family, device_id, delegate, min_energy_mj, max_energy_mj, variants.
    """
    matching = ranges[
        (ranges["family"] == family)
        & (ranges["device_id"] == estimate.device_id)
        & (ranges["delegate"] == estimate.delegate)
    ]
    if matching.empty or estimate.precision != "fp32":
        return ""
    row = matching.iloc[0]
    low, high = float(row["min_energy_mj"]), float(row["max_energy_mj"])
    if not low <= high:  # a range without both ends says nothing
        return ""
    kernels_mj = estimate.kernel_sum.energy_mj
    return t(
        _place(kernels_mj, low, high),
        energy=energy(kernels_mj),
        variants=count(row["variants"]),
        family=family,
        delegate=estimate.delegate.upper(),
        range=energy_range(low, high),
    )


def _place(energy_mj: float, low: float, high: float) -> str:
    if energy_mj < low:
        return mark(
            "Plausibility, kernels alone: {energy} is below the published range of {variants} {family} "
            "variants on this phone's {delegate}, {range}."
        )
    if energy_mj > high:
        return mark(
            "Plausibility, kernels alone: {energy} is above the published range of {variants} {family} "
            "variants on this phone's {delegate}, {range}."
        )
    return mark(
        "Plausibility, kernels alone: {energy} is inside the published range of {variants} {family} variants "
        "on this phone's {delegate}, {range}."
    )


def devices_sentence(targets: pd.DataFrame) -> str:
    """Return which target takes least and which most (columns label, energy_mj and its interval, sorted)."""
    if targets.empty:
        return t("No device can be estimated for this model in this precision.")
    least, most = targets.iloc[0], targets.iloc[-1]
    if len(targets) == 1:
        return t("{device} takes {energy}.", device=least["label"], energy=energy(least["energy_mj"]))
    ends = t(
        "{least} takes the least with {low}, {most} the most with {high}.",
        least=least["label"],
        low=energy(least["energy_mj"]),
        most=most["label"],
        high=energy(most["energy_mj"]),
    )
    return f"{ends} {_rivals(int((targets['energy_mj_low'] <= least['energy_mj_high']).sum()) - 1)}"


def _rivals(amount: int) -> str:
    if not amount:
        return t("No other interval overlaps its own.")
    return tn(
        "{n} other may be just as good (the ranges overlap); as the least of them was picked, expect "
        "somewhat more than its figure.",
        "{n} others may be just as good (the ranges overlap); as the least of them was picked, expect "
        "somewhat more than its figure.",
        amount,
    )


def short_amount(value: float) -> str:
    """Return a large number in words that keep it short: "301 million", "58.8 thousand", "720"."""
    if value >= 1e6:
        return t("{value} million", value=number(value / 1e6))
    return t("{value} thousand", value=number(value / 1e3)) if value >= 1e4 else count(value)


def shape_text(shape: Sequence[int] | None) -> str:
    """Return a shape as "1×3×224×224"."""
    if shape is None:
        return t("unknown")
    return "×".join(str(extent) for extent in shape) or t("scalar")
