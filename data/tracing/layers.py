"""Energy of the layers of a network: measured where a recording has samples enough of a layer, else by its
share of the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from data.messages import Message
from data.tracing.alignment import Alignment, placed_by
from data.tracing.inferences import InferenceLog
from data.tracing.per_inference import PerInference
from data.tracing.profiles import Layer, Profile
from data.tracing.recording import Recording

LEAST_SAMPLES: Final = 10
"""Fewer samples of a layer say more about where they happened to fall than about the layer."""
MEASURED, BY_SHARE = Message("measured"), Message("share of the time")


@dataclass(frozen=True, slots=True)
class LayerEnergy:
    """A layer with its energy per inference (mJ), in all and above idle; NaN where it cannot be told.

    `samples` is how many samples of the recording lie in it over all runs; `method` MEASURED or BY_SHARE.
    """

    layer: Layer
    samples: float
    energy_mj: float
    above_idle_mj: float
    method: Message


def layer_energies(
    profile: Profile,
    recording: Recording,
    alignment: Alignment | None,
    figures: PerInference | None,
    idle_w: float,
) -> tuple[LayerEnergy, ...]:
    """The energy of each layer of a profile whose inferences lie on a recording.

    `figures` are those of the inferences, whose energy is shared out to the layers without samples enough;
    `idle_w` is the idle power (W). The layers add up to the energy of an inference, time between them
    included.
    """
    own_clock = profile.log is not None and alignment is not None
    seen = [_samples(layer, recording) if own_clock else 0.0 for layer in profile.layers]
    found = {
        at: _measured(layer, recording, alignment, profile.runs, idle_w)
        for at, layer in enumerate(profile.layers)
        if alignment is not None and seen[at] >= LEAST_SAMPLES
    }
    rest_ms = sum(layer.time_ms for at, layer in enumerate(profile.layers) if at not in found)
    mean, above = (figures.mean_mj, figures.above_idle_mj) if figures is not None else (np.nan, np.nan)
    left = max(0.0, mean - sum(energy for energy, _ in found.values())) if mean == mean else mean
    left_above = max(0.0, above - sum(energy for _, energy in found.values())) if above == above else above
    result = []
    for at, layer in enumerate(profile.layers):
        share = layer.time_ms / rest_ms if rest_ms > 0 else 0.0
        energy, energy_above = found.get(at, (left * share, left_above * share))
        method = MEASURED if at in found else BY_SHARE
        result.append(LayerEnergy(layer, seen[at], float(energy), float(energy_above), method))
    return tuple(result)


def _samples(layer: Layer, recording: Recording) -> float:
    """Samples within a layer over all its runs; 0 where one run is shorter than a sample's distance."""
    lasting = layer.end_s - layer.start_s
    if not len(lasting) or recording.step_s <= 0 or float(np.median(lasting)) < recording.step_s:
        return 0.0
    return float(lasting.sum() / recording.step_s)


def _measured(
    layer: Layer, recording: Recording, alignment: Alignment, runs: int, idle_w: float
) -> tuple[float, float]:
    """Energy of a layer (mJ) per inference, and above idle."""
    none = np.zeros(len(layer.start_s), dtype=np.bool_)
    placed = placed_by(recording, InferenceLog(layer.start_s, layer.end_s, none, ""), alignment)
    energy, covered, _ = recording.until(np.concatenate([placed.start_s, placed.end_s])).reshape(
        3, 2, len(layer.start_s)
    )
    joules, seconds = float((energy[1] - energy[0]).sum()), float((covered[1] - covered[0]).sum())
    per = 1000.0 / max(1, runs)
    return per * joules, per * (joules - idle_w * seconds)


def layers_noted(energies: tuple[LayerEnergy, ...], profile: Profile) -> tuple[Message, ...]:
    """What has to be said of the energies: how many are measured, and what a share of time means."""
    measured = sum(each.method == MEASURED for each in energies)
    if measured == len(energies):
        return (Message("All {layers:,} layers are measured.", layers=measured), *profile.notes)
    if measured:
        note = Message(
            "{measured:,} of {layers:,} layers are measured; the others share what is left by their time.",
            measured=measured,
            layers=len(energies),
        )
    else:
        note = Message(
            "No layer has {least:,} samples of the recording in it, so the energy of an inference is shared "
            "out by time: a layer that draws more than the mean gets too little.",
            least=LEAST_SAMPLES,
        )
    return (note, *profile.notes)


def layers_json(energies: tuple[LayerEnergy, ...], profile: Profile) -> dict[str, Any]:
    """The layers as plain values, with the unit in each name."""
    return {
        "profile_format": profile.format_id,
        "profile_runs": profile.runs,
        "layers": [
            {
                "name": each.layer.name,
                "operator": each.layer.operator,
                "time_ms": each.layer.time_ms,
                "calls": each.layer.calls,
                "samples": round(each.samples, 1),
                "energy_mj": None if np.isnan(each.energy_mj) else each.energy_mj,
                "energy_above_idle_mj": None if np.isnan(each.above_idle_mj) else each.above_idle_mj,
                "method": "measured" if each.method == MEASURED else "share-of-time",
            }
            for each in energies
        ],
        "layer_notes": list(layers_noted(energies, profile)),
    }
