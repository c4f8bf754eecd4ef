"""Tables behind the pictures of an estimate: kernels, kernel types, steps of power, devices."""

from __future__ import annotations

from itertools import accumulate

import pandas as pd

from app.estimate.words import kernel_words, shape_text
from app.ui.kernel_names import noun_of, noun_words
from predictors.errors import printable
from predictors.research.blocks import block_rows, name_parts
from predictors.results.columns import KERNEL, values
from predictors.results.estimates import Estimate, KernelEstimate


def kernel_frame(estimate: Estimate) -> pd.DataFrame:
    """Return one row per kernel in execution order.

    Columns: index, name, noun (see `noun_of`), words (in the reader's language), kind, ops, input, output
    (shapes as text), macs, params, energy_mj, energy_mj_low, energy_mj_high, share (of the model's energy),
    latency_ms, power_w, evidence, law, in_range, start_ms (time since the inference began).
    """
    frame = pd.DataFrame([_kernel_row(part) for part in estimate.kernels], columns=_KERNEL_COLUMNS)
    total = estimate.kernel_sum.energy_mj
    frame["share"] = frame["energy_mj"] / total if total > 0 else 0.0
    frame["start_ms"] = frame["latency_ms"].cumsum() - frame["latency_ms"]
    return frame


_OF_KERNEL = (
    "index", "name", "macs", "params", "energy_mj", "energy_mj_low", "energy_mj_high", "latency_ms",
    "evidence", "law", "in_range",
)  # fmt: skip
_KERNEL_COLUMNS = [*_OF_KERNEL, "noun", "words", "kind", "ops", "input", "output", "power_w"]


def _kernel_row(part: KernelEstimate) -> dict[str, object]:
    kernel = part.kernel
    return values(KERNEL, part, _OF_KERNEL) | {
        "noun": noun_of(kernel),
        "words": kernel_words(kernel),
        "kind": kernel.kind.value,
        "ops": " + ".join(kernel.ops),
        "input": ", ".join(shape_text(shape) for shape in kernel.input_shapes),
        "output": ", ".join(shape_text(shape) for shape in kernel.output_shapes),
        "power_w": part.power_mw / 1000.0,
    }


def kind_frame(kernels: pd.DataFrame) -> pd.DataFrame:
    """Return one row per kernel type, largest energy first.

    Columns: kind, words, kernels (how many), macs, energy_mj, latency_ms, share (of the model's energy).
    """
    sums = kernels.groupby("kind", sort=False).agg(
        kernels=("index", "size"),
        macs=("macs", "sum"),
        energy_mj=("energy_mj", "sum"),
        latency_ms=("latency_ms", "sum"),
        share=("share", "sum"),
    )
    sums = sums.reset_index().sort_values("energy_mj", ascending=False, kind="stable", ignore_index=True)
    return sums.assign(words=[noun_words(kind) for kind in sums["kind"]])


def power_frame(kernels: pd.DataFrame) -> pd.DataFrame:
    """Return the steps of the predicted timeline: the kernels that take time, with the power drawn in each.

    Added columns: step_w, step_w_low, step_w_high (W). Energy of kernels for which no time is predicted is
    spread evenly over the inference, so that the sum of latency_ms * step_w is the energy of all (mJ).
    """
    steps = kernels[kernels["latency_ms"] > 0].copy()
    timeless = kernels[kernels["latency_ms"] <= 0]
    duration_ms = float(steps["latency_ms"].sum())
    for ending in ("", "_low", "_high"):
        spread_w = float(timeless[f"energy_mj{ending}"].sum()) / duration_ms if duration_ms > 0 else 0.0
        steps[f"step_w{ending}"] = steps[f"energy_mj{ending}"] / steps["latency_ms"] + spread_w
    return steps


def timeless_energy_mj(kernels: pd.DataFrame) -> float:
    """Return the energy (mJ) of kernels for which no time is predicted."""
    return float(kernels.loc[kernels["latency_ms"] <= 0, "energy_mj"].sum())


def block_frame(estimate: Estimate) -> tuple[pd.DataFrame, bool]:
    """Return one row per block and kernel of the flame graph, and whether names in the file made the blocks.

    Columns: name, short (its last part), depth, begin_mj, energy_mj, energy_mj_low, energy_mj_high, share
    (of the kernels' energy),
    latency_ms, kernels (how many), kind (of a single kernel, "" for a block), index (of its costliest
    kernel).
    """
    blocks, parts = block_rows(estimate), estimate.kernels
    begins = [0.0, *accumulate(part.energy_mj for part in parts)]
    total = begins[-1]
    rows = [
        {
            "name": printable(row.name, 60),
            "short": printable(name_parts(row.name)[-1], 60),
            "depth": row.depth,
            "begin_mj": begins[row.start],
            "energy_mj": row.energy_mj,
            "energy_mj_low": row.energy_mj_low,
            "energy_mj_high": row.energy_mj_high,
            "share": row.energy_mj / total if total > 0 else 0.0,
            "latency_ms": row.latency_ms,
            "kernels": row.stop - row.start,
            "kind": parts[row.start].kernel.kind.value if row.is_kernel else "",
            "index": max(parts[row.start : row.stop], key=lambda part: part.energy_mj).kernel.index,
        }
        for row in blocks.rows
    ]
    return pd.DataFrame(rows), blocks.by_names
