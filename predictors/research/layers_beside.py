"""The layers of a profiler log, with the energy a recording gives them, beside the estimate of the same
model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from data.inert_csv import csv_text
from data.messages import Message
from data.tracing.layers import MEASURED, LayerEnergy
from predictors.errors import InputError, printable
from predictors.model.graph import Graph
from predictors.research.layer_matching import BY_NAME, BY_ORDER, NOT_MATCHED, matched
from predictors.results.estimates import Estimate, KernelEstimate
from predictors.results.frames import rounded

LEAST_NAMED: Final = 0.5
"""Where layers without a known name take more than half of the time, names alone don't tell the network."""
LEAST_ORDERED: Final = 0.9
"""Share of the time, and of the kernels that compute, that must agree in type and order where names don't."""
MEASURED_HOW, SHARE_HOW, BOTH_HOW = "measured", "share-of-time", "partly-measured"


@dataclass(frozen=True, slots=True)
class Beside:
    """Layers and kernels that are the same work; one of the lists may be empty. `how` says how they were
    matched: "name", "order" or ""."""

    layers: tuple[LayerEnergy, ...]
    kernels: tuple[KernelEstimate, ...]
    how: str

    @property
    def name(self) -> str:
        """The kernels' names; the layers' where there is no kernel."""
        return " + ".join(
            [each.kernel.name for each in self.kernels] or [each.layer.name for each in self.layers]
        )

    @property
    def time_ms(self) -> float:
        """Time of the layers per inference (ms), as profiled; NaN without a layer."""
        return _sum(each.layer.time_ms for each in self.layers)

    @property
    def energy_mj(self) -> float:
        """Energy of the layers per inference (mJ); NaN where it cannot be told."""
        return _sum(each.energy_mj for each in self.layers)

    @property
    def method(self) -> str:
        """Whether the energy is measured, a share by time, or both; "" without a layer."""
        found = {each.method == MEASURED for each in self.layers}
        if len(found) > 1:
            return BOTH_HOW
        return "" if not found else MEASURED_HOW if found == {True} else SHARE_HOW


@dataclass(frozen=True, slots=True)
class LayersBeside:
    """Every layer and kernel in a row, in the order of the network, with the estimate they stand beside."""

    rows: tuple[Beside, ...]
    estimate: Estimate

    def time_share(self, *hows: str) -> float:
        """Share of the profiled time in layers that were matched in one of these ways."""
        whole = sum(row.time_ms for row in self.rows if row.layers)
        found = sum(row.time_ms for row in self.rows if row.layers and row.how in hows)
        return found / whole if whole else 0.0

    @property
    def kernel_share(self) -> float:
        """Share of the kernels with multiplications that have a layer."""
        computing = [row.layers for row in self.rows for part in row.kernels if part.kernel.macs]
        return sum(bool(layers) for layers in computing) / len(computing) if computing else 1.0

    @property
    def notes(self) -> tuple[Message, ...]:
        """What has to be known of the two columns."""
        scope = Message(
            "The recording holds what its meter saw, the estimate the kernels on {device} ({delegate}). "
            "Compare the shares; the joules only where the recording is of that device and meter.",
            device=self.estimate.device_id,
            delegate=self.estimate.delegate,
        )
        lone = sum(not row.kernels for row in self.rows)
        ordered = sum(row.how == BY_ORDER for row in self.rows)
        found = [scope]
        if lone:
            found.append(
                Message(
                    "{layers:,} layers are the runtime's own or free in the estimate, such as copies in "
                    "another layout: they have no kernel.",
                    layers=lone,
                )
            )
        if ordered:
            found.append(
                Message(
                    "{rows:,} rows were matched by type and order, since the log does not name the model's "
                    "layers.",
                    rows=ordered,
                )
            )
        return tuple(found)


def _sum(values: Any) -> float:
    found = list(values)
    return float(sum(found)) if found else float("nan")


def layers_beside(
    layers: Sequence[LayerEnergy], graph: Graph, estimate: Estimate, format_id: str
) -> LayersBeside:
    """Put layers of a profile (`format_id` as `data.tracing.profiles` says) beside an estimate of `graph`.

    Raises InputError LAYERS_DIFFER where neither the names nor the types in their order are the model's.
    """
    parts = estimate.kernels
    matches = matched([each.layer for each in layers], graph, [part.kernel for part in parts])
    rows = tuple(
        Beside(tuple(layers[at] for at in match.layers), tuple(parts[at] for at in match.kernels), match.how)
        for match in matches
    )
    found = LayersBeside(rows, estimate)
    # ONNX Runtime keeps the model's names, and calls depthwise and other convolutions alike.
    ordered = 0.0 if format_id == "ort" else found.time_share(BY_NAME, BY_ORDER)
    alike = min(ordered, found.kernel_share)
    if found.time_share(BY_NAME) < LEAST_NAMED and alike < LEAST_ORDERED:
        raise InputError(
            "LAYERS_DIFFER",
            "Names tell the kernel of {named:.0%} of the profiled time, and types in their order of "
            "{alike:.0%}, so the log is of another network or of one compiled beyond recognition. Give the "
            "model that was profiled.",
            named=found.time_share(BY_NAME),
            alike=alike,
        )
    return found


COLUMNS: Final = (
    "kernel", "kind", "layers", "matched_by", "time_ms", "energy_mj", "energy_above_idle_mj", "energy_share",
    "method", "samples", "estimated_time_ms", "estimated_energy_mj", "estimated_energy_mj_low",
    "estimated_energy_mj_high", "estimated_share", "evidence", "device", "delegate", "precision",
)  # fmt: skip
"""Columns of the CSV and keys of a row in the JSON."""


def beside_rows(found: LayersBeside) -> list[dict[str, Any]]:
    """The rows as plain values: ms, mJ and shares of all rows; None where something is not there."""
    measured = sum(row.energy_mj for row in found.rows if row.layers)
    estimated = sum(part.energy_mj for part in found.estimate.kernels)
    where = {
        "device": found.estimate.device_id,
        "delegate": found.estimate.delegate,
        "precision": found.estimate.precision,
    }
    return [_measured_half(row, measured) | _estimated_half(row, estimated) | where for row in found.rows]


def _measured_half(row: Beside, whole_mj: float) -> dict[str, Any]:
    share = row.energy_mj / whole_mj if whole_mj > 0 else float("nan")
    return {
        "kernel": row.name,
        "kind": " + ".join(dict.fromkeys(part.kernel.kind.value for part in row.kernels)),
        "layers": [each.layer.name for each in row.layers],
        "matched_by": row.how or NOT_MATCHED,
        "time_ms": _known(row.time_ms),
        "energy_mj": _known(row.energy_mj),
        "energy_above_idle_mj": _known(_sum(each.above_idle_mj for each in row.layers)),
        "energy_share": _known(share),
        "method": row.method,
        "samples": round(sum(each.samples for each in row.layers), 1),
    }


def _estimated_half(row: Beside, whole_mj: float) -> dict[str, Any]:
    energy = _sum(part.energy_mj for part in row.kernels)
    return {
        "estimated_time_ms": _known(_sum(part.latency_ms for part in row.kernels)),
        "estimated_energy_mj": _known(energy),
        # Sums of bounds: as if the kernels of a row erred together, which is the widest it can be.
        "estimated_energy_mj_low": _known(_sum(part.energy_mj_low for part in row.kernels)),
        "estimated_energy_mj_high": _known(_sum(part.energy_mj_high for part in row.kernels)),
        "estimated_share": _known(energy / whole_mj if whole_mj > 0 else float("nan")),
        "evidence": " + ".join(dict.fromkeys(part.evidence.value for part in row.kernels)),
    }


def _known(value: float) -> float | None:
    return rounded(value) if np.isfinite(value) else None


def beside_json(found: LayersBeside, recording: dict[str, Any]) -> str:
    """The rows as JSON, with the figures of the recording and what has to be known."""
    return json.dumps(
        {
            "recording": recording,
            "estimate": {
                "device": found.estimate.device_id,
                "delegate": found.estimate.delegate,
                "precision": found.estimate.precision,
                "energy_mj": rounded(found.estimate.kernel_sum.energy_mj),
                "latency_ms": rounded(found.estimate.kernel_sum.latency_ms),
                "scope": "kernels",
            },
            "matched_time_share": rounded(found.time_share(BY_NAME, BY_ORDER)),
            "kernels": beside_rows(found),
            "notes": list(found.notes),
        },
        indent=2,
    )


def beside_csv(found: LayersBeside) -> str:
    """The rows as CSV; layers of one row are joined by " + "."""
    return csv_text(COLUMNS, ({**row, "layers": " + ".join(row["layers"])} for row in beside_rows(found)))


def beside_table(found: LayersBeside) -> str:
    """The rows as a text table in the order of the network."""
    head = f"{'kernel':<44}{'ms':>9}{'mJ':>10}{'share':>8}  {'how':<16}{'est. mJ':>10}{'share':>8}"
    lines = [
        f"{printable(row['kernel'], 43):<44}{_cell(row['time_ms']):>9}{_cell(row['energy_mj']):>10}"
        f"{_percent(row['energy_share']):>8}  {row['method']:<16}"
        f"{_cell(row['estimated_energy_mj']):>10}{_percent(row['estimated_share']):>8}"
        for row in beside_rows(found)
    ]
    return "\n".join([head, *lines, *found.notes])


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"
