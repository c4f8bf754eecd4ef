"""Every measured application of a network that can be built, against the sum of that network's kernels.

Applications are those of Tu et al. (SEC 2023): the whole phone at the battery connector, screen and other
cores included. The sums of kernels are this project's estimates on the Huawei P40 Pro's CPU in fp32, for
every phone, delegate and precision alike; `settings/reference_kernel_sums.csv` holds them.
"""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from data.messages import Message
from predictors.model.reference_networks import REFERENCE_DNNS

if TYPE_CHECKING:
    import pandas as pd

Quantity: TypeAlias = Literal["energy", "latency"]
QUANTITIES: tuple[Quantity, ...] = ("energy", "latency")
MISPRINTS: Final = frozenset({"redmi-note8-dnn2-nnapi"})
"""Declared corrections that say a digit was lost: such a row is not fitted and not tested."""

WHY_LEFT_OUT: Final = {
    "DNN9": Message(
        "the published file of this network has weights of 8 bits and sums in float, which is neither "
        "precision estimated here"
    ),
    "DNN12": Message("the application of this network waits for sound, so its energy is no property of it"),
}
WHY_NO_CORRECTION: Final = {
    "gpu": Message(
        "on GPUs the measured applications take 28 to 37 ms whatever the network, the time between two "
        "pictures of the camera, so the ratio to the kernels is no property of the network"
    ),
}

_SETTINGS_FOLDER = Path(__file__).parents[2] / "settings"
SUMS_PATH: Final = _SETTINGS_FOLDER / "reference_kernel_sums.csv"


@dataclass(frozen=True, slots=True)
class ApplicationSettings:
    """The contents of `settings/applications.toml`."""

    left_out: tuple[str, ...]
    no_correction: tuple[str, ...]
    ridge: Mapping[str, float]
    huber_log: float
    rounds: int
    level: float
    beyond_range: float
    widest_factor: float


@lru_cache(maxsize=1)
def application_settings() -> ApplicationSettings:
    """Read the settings file."""
    path = _SETTINGS_FOLDER / "applications.toml"
    raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return ApplicationSettings(
        tuple(raw["use"]["left_out"]),
        tuple(raw["use"]["no_correction"]),
        raw["ridge"],
        **raw["fit"],
        **raw["interval"],
    )


@dataclass(frozen=True, slots=True)
class KernelSum:
    """A network's kernels on the P40 Pro's CPU in fp32: mJ, ms, and half of the energy's interval (log)."""

    energy_mj: float
    latency_ms: float
    half_width: float


@lru_cache(maxsize=1)
def reference_sums() -> dict[str, KernelSum]:
    """Sample -> the sum of its kernels, from the committed table."""
    with SUMS_PATH.open(encoding="utf-8", newline="") as stream:
        return {
            row["sample_id"]: KernelSum(
                float(row["energy_mj"]),
                float(row["latency_ms"]),
                0.5 * math.log(float(row["energy_mj_high"]) / float(row["energy_mj_low"])),
            )
            for row in csv.DictReader(stream)
        }


@dataclass(frozen=True, slots=True)
class ApplicationCell:
    """One measured application. `network` is the architecture, the same for fp32 and int8.

    `log_ratio`: ln of measured energy and latency over those of the kernels; `log_sum_mj`: ln of their mJ.
    """

    device_id: str
    delegate: str
    precision: str
    dnn_id: str
    network: str
    log_ratio: Mapping[Quantity, float]
    log_sum_mj: float
    energy_mj: float
    latency_ms: float


def application_cells(measured: pd.DataFrame, settings: ApplicationSettings) -> list[ApplicationCell]:
    """The rows of the bundle's application_measurements that say something about other networks.

    Left out are rows printed empty, misprints, networks in `settings.left_out` and delegates without a
    correction.
    """
    return [
        _cell(row)
        for row in measured.dropna(subset=["energy_mj", "avg_power_w"]).itertuples()
        if row.dnn_id not in settings.left_out
        and row.delegate not in settings.no_correction
        and row.correction_ids not in MISPRINTS
    ]


def _cell(row: Any) -> ApplicationCell:
    network = REFERENCE_DNNS[row.dnn_id][0]
    kernels = reference_sums()[network]
    energy_mj = float(row.energy_mj)
    latency_ms = energy_mj / float(row.avg_power_w)
    return ApplicationCell(
        device_id=row.device_id,
        delegate=row.delegate,
        precision=row.precision,
        dnn_id=row.dnn_id,
        network=network,
        log_ratio={
            "energy": math.log(energy_mj / kernels.energy_mj),
            "latency": math.log(latency_ms / kernels.latency_ms),
        },
        log_sum_mj=math.log(kernels.energy_mj),
        energy_mj=energy_mj,
        latency_ms=latency_ms,
    )
