"""`estimate` for a device of one's own without a sensor: latency, kernel by kernel, and no energy."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from data.inert_csv import csv_text
from predictors.cli.options import parse_shapes
from predictors.errors import InputError

if TYPE_CHECKING:
    from predictors.energy.own_kernels.latency import LatencyEstimate


def latency_only(options: argparse.Namespace) -> str | None:
    """The answer where the device asked for has profiled kernels and no energy; None for any other.

    Raises InputError OPTION_VALUE for a format that has no form without energy, and what reading raises.
    """
    if options.device is None or not os.environ.get("JOULELENS_DEVICES"):
        return None
    from predictors.energy.own_kernels.latency import estimate_latency, latency_devices
    from predictors.fusing.network import Network
    from predictors.reading import read_isolated

    device = next((each for each in latency_devices() if each.device_id == options.device), None)
    if device is None:
        return None
    if options.format not in FORMS:
        raise InputError(
            "OPTION_VALUE",
            "{device} has latencies only, which --format {given} has no form for. Give one of {choices}.",
            device=device.name,
            given=options.format,
            choices=", ".join(FORMS),
        )
    graph = read_isolated(options.model, shapes=parse_shapes(options.shape))
    return FORMS[options.format](estimate_latency(device, Network(graph)))


def _table(found: LatencyEstimate) -> str:
    lines = [
        f"{found.device.name}: {found.latency_ms:.4g} ms, 80 % range {found.low_ms:.4g} to "
        f"{found.high_ms:.4g}",
        f"{found.note}",
        f"{'kernel':<44}{'type':<20}{'ms':>10}  evidence",
    ]
    for row in found.as_dict["kernels"]:
        far = "" if row["in_range"] else ", outside the measured range"
        lines.append(
            f"{row['name'][:42]:<44}{row['kind']:<20}{row['latency_ms']:>10.4f}  {row['evidence']}{far}"
        )
    return "\n".join(lines)


def _json(found: LatencyEstimate) -> str:
    return json.dumps(found.as_dict, indent=2, ensure_ascii=False)


def _csv(found: LatencyEstimate) -> str:
    rows = found.as_dict["kernels"]
    return csv_text(tuple(rows[0]), rows)


FORMS: Final[dict[str, Callable[[LatencyEstimate], str]]] = {"table": _table, "json": _json, "csv": _csv}
