"""Where the P40 Pro's settings live and how they are read."""

from __future__ import annotations

import tomllib
from pathlib import Path

from predictors.energy.kernels.kernel_model import QuantitySettings
from predictors.model.kernels import KernelKind

DEVICE_ID = "huawei-p40-pro"
SETTINGS_DIR = Path(__file__).resolve().parents[2] / "settings"


def kind_settings(delegate: str) -> dict[KernelKind, dict[str, QuantitySettings]]:
    """Settings per kernel type and quantity (`energy_mj`, `latency_ms`) for delegate `cpu` or `gpu`."""
    with (SETTINGS_DIR / f"p40_{delegate}.toml").open("rb") as file:
        tables = tomllib.load(file)
    return {
        KernelKind(kind): {name: QuantitySettings.from_mapping(table) for name, table in quantities.items()}
        for kind, quantities in tables.items()
    }
