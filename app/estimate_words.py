"""What an estimate says, in words: kernels, shares, coverage, the check against published ranges."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

import pandas as pd

from app.formats import energy, energy_range, in_words, listing, percent, plural
from predictors.estimates import Coverage, Estimate
from predictors.kernels import Kernel, KernelKind

_NOUNS: Final[dict[str, tuple[str, str]]] = {
    "dwconv-bn-relu": ("depthwise convolution", ""),
    "fc": ("fully connected layer", ""),
    "bn": ("batch normalisation", ""),
    "bn-relu": ("batch normalisation with ReLU", "batch normalisations with ReLU"),
    "relu": ("ReLU", "ReLUs"),
    "hswish": ("hard-swish", "hard-swishes"),
    "add": ("addition", ""),
    "add-relu": ("addition with ReLU", "additions with ReLU"),
    "avgpool": ("average pooling", ""),
    "maxpool": ("max pooling", ""),
    "global-avgpool": ("global average pooling", ""),
    "concat": ("concatenation", ""),
    "split": ("split", ""),
    "channel-shuffle": ("channel shuffle", ""),
    "se": ("squeeze-and-excite block", ""),
    "grouped-conv": ("grouped convolution", ""),
    "dilated-conv": ("dilated convolution", ""),
    "transposed-conv": ("transposed convolution", ""),
    "conv-1d-3d": ("convolution in 1 or 3 dimensions", "convolutions in 1 or 3 dimensions"),
    "matmul": ("matrix product", ""),
    "attention": ("attention block", ""),
    "layernorm": ("layer normalisation", ""),
    "norm": ("normalisation", ""),
    "lrn": ("local response normalisation", ""),
    "activation": ("activation", ""),
    "softmax": ("softmax", "softmaxes"),
    "elementwise": ("element-wise operation", ""),
    "reduce": ("reduction", ""),
    "resize": ("resizing", ""),
    "embedding": ("embedding", ""),
    "rnn": ("recurrent layer", ""),
    "copy": ("copy", "copies"),
    "quantize": ("quantisation", ""),
    "unsupported": ("unknown operator", ""),
}
"""Kernel type -> noun, and its plural where it is not made with an s."""

_NUMERALS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
TOP: Final = 3


def kernel_words(kernel: Kernel) -> str:
    """Return what a kernel is: "pointwise convolution", "3×3 convolution", "fully connected layer"."""
    if kernel.kind is not KernelKind.CONV:
        return kind_words(kernel.kind.value)
    height, width = kernel.config.kernel_h, kernel.config.kernel_w
    if not height or not width:
        return "convolution"
    return "pointwise convolution" if height == width == 1 else f"{height}×{width} convolution"


def kind_words(kind: str) -> str:
    """Return the noun of a kernel type; the type itself where it has none."""
    if kind == KernelKind.CONV.value:
        return "convolution"
    return _NOUNS.get(kind, (kind, ""))[0]


def several(amount: int, words: str) -> str:
    """Return "three pointwise convolutions" or "a 3×3 convolution"."""
    if amount == 1:
        return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"
    plurals = {noun: many for noun, many in _NOUNS.values() if many}
    return f"{numeral(amount)} {plurals.get(words, words + 's')}"


def numeral(amount: int) -> str:
    """Return a small whole number as a word: "three", "42"."""
    return _NUMERALS[amount] if amount < len(_NUMERALS) else f"{amount:,}"


def energy_sentence(kernels: pd.DataFrame) -> str:
    """Return where the energy goes, in one computed sentence (columns words, energy_mj)."""
    total = float(kernels["energy_mj"].sum()) if len(kernels) else 0.0
    if total <= 0:
        return "No kernel of this model has a figure on this device."
    kernels = kernels[kernels["energy_mj"] > 0]
    top = kernels.nlargest(TOP, "energy_mj")
    share = percent(float(top["energy_mj"].sum()) / total, 2)
    groups = [several(int(amount), str(words)) for words, amount in _counts(top["words"])]
    if len(top) == len(kernels):
        return f"All of the energy goes into {listing(groups)}."
    take = "takes" if len(top) == 1 else "take"
    if len(groups) == 1:
        first = f"{_capital(groups[0])} {take} {share} of the energy"
    else:
        first = f"{_capital(numeral(len(top)))} kernels take {share} of the energy: {listing(groups)}"
    return f"{first}.{_largest_group(kernels, total)}"


def _largest_group(kernels: pd.DataFrame, total: float) -> str:
    sums = kernels.groupby("words")["energy_mj"].agg(["sum", "size"]).sort_values("sum", ascending=False)
    words, energy_mj, amount = str(sums.index[0]), float(sums["sum"].iloc[0]), int(sums["size"].iloc[0])
    if amount <= TOP:
        return ""
    return f" All {several(amount, words)} together take {percent(energy_mj / total, 2)}."


def _counts(words: pd.Series) -> Iterable[tuple[object, int]]:
    counts = words.value_counts(sort=False)
    return zip(counts.index, counts, strict=True)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def energy_interval(estimate: Estimate) -> str:
    """Return the interval of the energy in words: "8 in 10 times between 75.0 and 93.0 mJ"."""
    return in_words(energy_range(estimate.energy_mj_low, estimate.energy_mj_high), estimate.interval_level)


def coverage_words(coverage: Coverage) -> str:
    """Return "covers 62 of 64 kernels, 3 approximated"."""
    covered = coverage.kernels - coverage.unsupported
    return (
        f"covers {covered:,} of {plural(coverage.kernels, 'kernel')}, {coverage.approximated:,} approximated"
    )


def missing_words(kernels: pd.DataFrame) -> str:
    """Return what has no figure and what that means, "" if everything has one (columns evidence, ops)."""
    missing = kernels[kernels["evidence"] == "unsupported"]
    if missing.empty:
        return ""
    counts = missing["ops"].value_counts()
    named = [f"{ops} ({amount}×)" for ops, amount in zip(counts.index, counts, strict=True)]
    shown = named[:8] + ([f"{len(named) - 8} more"] if len(named) > 8 else [])
    have, are = ("has", "is") if len(missing) == 1 else ("have", "are")
    return (
        f"The total is too low: {len(missing):,} of {plural(len(kernels), 'kernel')} {have} no figure on "
        f"this device and {are} left out of it: {listing(shown)}."
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
    place = "below" if estimate.energy_mj < low else "above" if estimate.energy_mj > high else "inside"
    return (
        f"Check: {energy(estimate.energy_mj)} is {place} the published range of {int(row['variants'])} "
        f"{family} variants on this phone's {estimate.delegate.upper()}, {energy_range(low, high)}."
    )


def devices_sentence(targets: pd.DataFrame) -> str:
    """Return which target takes least and which most (columns label, energy_mj and its interval, sorted)."""
    if targets.empty:
        return "No device can be estimated for this model in this precision."
    least, most = targets.iloc[0], targets.iloc[-1]
    if len(targets) == 1:
        return f"{least['label']} takes {energy(least['energy_mj'])}."
    rivals = int((targets["energy_mj_low"] <= least["energy_mj_high"]).sum()) - 1
    unsure = (
        f" {_capital(plural(rivals, 'other'))} cannot be told apart from it: their intervals overlap."
        if rivals
        else " No other interval overlaps its own."
    )
    return (
        f"{least['label']} takes the least with {energy(least['energy_mj'])}, {most['label']} the most with "
        f"{energy(most['energy_mj'])}.{unsure}"
    )


def shape_text(shape: Sequence[int] | None) -> str:
    """Return a shape as "1×3×224×224"."""
    return "unknown" if shape is None else "×".join(str(extent) for extent in shape) or "scalar"


def megabytes(size_bytes: int) -> str:
    """Return the size of a file: "97.8 MB", "12.3 kB"."""
    if size_bytes < 1000:
        return f"{size_bytes} bytes"
    power = min(int(math.log10(size_bytes) // 3), 3)
    return f"{size_bytes / 1000**power:.3g} {('', 'kB', 'MB', 'GB')[power]}"
