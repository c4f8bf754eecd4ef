"""What no estimate of a device may leave: its power at rest and at work, and its memory."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from data.messages import Message
from predictors.errors import InputError
from predictors.model.memory import MemoryNeed
from predictors.results.estimates import Estimate, Note

_FILE = Path(__file__).resolve().parents[1] / "settings" / "device_limits.toml"
POWER_HELD = "POWER_HELD"


@dataclass(frozen=True, slots=True)
class DeviceLimits:
    """Memory (bytes) and power (W) of a whole device; None where no source says."""

    memory_bytes: int | None = None
    idle_w: float | None = None
    peak_w: float | None = None


@lru_cache(maxsize=1)
def _all_limits() -> dict[str, DeviceLimits]:
    with _FILE.open("rb") as file:
        table = tomllib.load(file)
    return {
        device_id: DeviceLimits(
            round(row["memory_gb"] * 1e9) if "memory_gb" in row else None,
            row.get("idle_w"),
            row.get("peak_w"),
        )
        for device_id, row in table.items()
    }


def limits_of(device_id: str) -> DeviceLimits:
    """The limits of a device; without any figure for one that is not listed (one's own, for example)."""
    return _all_limits().get(device_id, DeviceLimits())


def held_within(estimate: Estimate) -> Estimate:
    """The estimate with a mean power between idle and peak of its device.

    Energy and latency are fitted apart, so far outside what was measured their ratio may be a power that the
    device can't draw. Above the peak the latency is too short for that energy, below idle the energy too
    small
    for that latency: the one that is short is raised, with its interval and its kernels, and a note says so.
    """
    limits, power_w = limits_of(estimate.device_id), estimate.avg_power_w
    if limits.peak_w is not None and power_w > limits.peak_w:
        return _longer(estimate, power_w / limits.peak_w, limits.peak_w)
    if limits.idle_w is not None and 0.0 < power_w < limits.idle_w:
        return _dearer(estimate, limits.idle_w / power_w, limits.idle_w)
    return estimate


def _longer(estimate: Estimate, times: float, peak_w: float) -> Estimate:
    kernels = tuple(replace(part, latency_ms=part.latency_ms * times) for part in estimate.kernels)
    note = Note(
        POWER_HELD,
        Message(
            "Energy and latency together would be {power:.3g} W, more than this device ever draws "
            "({peak:.3g} W): "
            "this network is far smaller than those measured here. The latency was raised until it fits.",
            power=estimate.avg_power_w, peak=peak_w,
        ),
    )  # fmt: skip
    return replace(
        estimate,
        kernels=kernels,
        latency_ms=sum(part.latency_ms for part in kernels),
        latency_ms_low=estimate.latency_ms_low * times,
        latency_ms_high=estimate.latency_ms_high * times,
        idle_energy_mj=min(estimate.idle_energy_mj * times, estimate.energy_mj),
        warnings=(*estimate.warnings, note),
    )


def _dearer(estimate: Estimate, times: float, idle_w: float) -> Estimate:
    kernels = tuple(
        replace(
            part,
            energy_mj=part.energy_mj * times,
            energy_mj_low=part.energy_mj_low * times,
            energy_mj_high=part.energy_mj_high * times,
        )
        for part in estimate.kernels
    )
    note = Note(
        POWER_HELD,
        Message(
            "Energy and latency together would be {power:.3g} W, less than this device draws at rest "
            "({idle:.3g} "
            "W). The energy was raised until it fits.",
            power=estimate.avg_power_w, idle=idle_w,
        ),
    )  # fmt: skip
    return replace(
        estimate,
        kernels=kernels,
        energy_mj=sum(part.energy_mj for part in kernels),
        energy_mj_low=estimate.energy_mj_low * times,
        energy_mj_high=estimate.energy_mj_high * times,
        warnings=(*estimate.warnings, note),
    )


GB = 1e9
TIGHT = 0.5
"""Share of the memory from which a network is said to be tight: the system and other programs need the
rest.
"""


def check_fits(device_id: str, need: MemoryNeed) -> None:
    """Raise InputError DOES_NOT_FIT where the network needs more memory than the largest variant has."""
    memory = limits_of(device_id).memory_bytes
    if memory is not None and need.peak > memory:
        raise InputError(
            "DOES_NOT_FIT",
            "No figure for {device_id}: the network can't run there. It needs {need:,.1f} GB of memory "
            "({weights:,.1f} "
            "GB of weights as the file stores them, the rest activations), and the device has "
            "{memory:,.0f} GB at "
            "most. Choose a device with more, or a network with smaller or packed weights.",
            device_id=device_id, need=need.peak / GB, weights=need.weights / GB, memory=memory / GB,
        )  # fmt: skip


def memory_notes(device_id: str, need: MemoryNeed) -> tuple[Note, ...]:
    """Warnings where the network barely fits, or fits only with its weights packed."""
    memory = limits_of(device_id).memory_bytes
    if memory is None:
        return ()
    unpacked = need.weights_fp32 + need.activations
    if need.weights < need.weights_fp32 and unpacked > memory:
        message = Message(
            "The weights fit into the memory of this device only as the file stores them: {need:,.1f} GB "
            "with all "
            "activations, of {memory:,.0f} GB. In fp32 it would be {unpacked:,.1f} GB and could not run.",
            need=need.peak / GB, memory=memory / GB, unpacked=unpacked / GB,
        )  # fmt: skip
        return (Note("MEMORY_TIGHT", message),)
    if need.peak > TIGHT * memory:
        message = Message(
            "It needs {need:,.1f} GB of memory, of {memory:,.0f} GB that the largest variant of this "
            "device has; the "
            "system and other programs need their share.",
            need=need.peak / GB, memory=memory / GB,
        )  # fmt: skip
        return (Note("MEMORY_TIGHT", message),)
    return ()
