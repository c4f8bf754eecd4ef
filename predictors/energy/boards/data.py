"""The measured networks of every board system, in the terms of the board model.

The amounts of each network are those of `settings/board_networks_features.csv`, which
`python -m predictors.energy.boards.data` writes anew by generating every network as ONNX, reading it and
fusing it, the way a user's file goes. Measured energy and latency come from the bundle.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.energy.boards.features import TERMS, largest_kernel, network_terms
from predictors.fusing import fuse
from predictors.model.kernels import FusedModel
from predictors.model.shared_work import shared_work

if TYPE_CHECKING:
    import pandas as pd

Floats: TypeAlias = NDArray[np.float64]

SETTINGS_FOLDER = Path(__file__).parents[2] / "settings"
FEATURES_PATH = SETTINGS_FOLDER / "board_networks_features.csv"
SETTINGS_PATH = SETTINGS_FOLDER / "boards.toml"

DENSE_NETWORK = "resnet50"
"""Measured in fp32 on most systems: the only measured network of dense 3x3 convolutions."""

RUNTIMES = {
    "tflite-ruy": "tflite-cpu",
    "tflite-xnnpack": "tflite-cpu",
    "armnn-neon": "armnn",
    "armnn-opencl": "armnn",
    "tflite-v4.0": "tflite-cpu",
    "tflite-v3.1-maxq": "tflite-cpu",
    "tflite-v3.1": "tflite-cpu",
    "armnn-neon-22.11-v3.1-maxq": "armnn",
    "armnn-neon-23.05-v3.1-maxq": "armnn",
    "armnn-neon-23.05-v3.1": "armnn",
    "armnn-neon-23.05": "armnn",
    "armnn-neon-23.11": "armnn",
}
PRECISIONS: tuple[Literal["fp32", "int8"], ...] = ("fp32", "int8")
KEY_COLUMNS = ("network", "family", "precision", "runtime")
LARGEST_COLUMNS = ("largest_kernel_macs_m", "largest_kernel_moved_m")


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """The contents of `settings/boards.toml`; `systems` maps (device_id, delegate) to a measured system."""

    ridge: float
    coupling_ridge: float
    couplings: Mapping[int, int]
    tail: float
    approximated_factor: float
    widest_factor: float
    warn_factor: float
    systems: Mapping[tuple[str, str], str]
    excluded: Mapping[str, str]


@lru_cache(maxsize=1)
def board_settings() -> BoardSettings:
    """Read the settings file."""
    raw: dict[str, Any] = tomllib.loads(SETTINGS_PATH.read_text(encoding="utf-8"))
    column = {term: position for position, term in enumerate(TERMS)}
    return BoardSettings(
        ridge=raw["fit"]["ridge"],
        coupling_ridge=raw["fit"]["coupling_ridge"],
        couplings={column[term]: column[partner] for term, partner in raw["fit"]["couplings"].items()},
        **raw["interval"],
        systems={
            (device_id, delegate): system
            for device_id, by_delegate in raw["systems"].items()
            for delegate, system in by_delegate.items()
        },
        excluded={item["system"]: item["reason"] for item in raw["excluded"].values()},
    )


@dataclass(frozen=True, slots=True)
class NetworkAmounts:
    """Amounts of one network on one runtime: `terms` (len(TERMS),), and its largest kernel's (2,)."""

    family: str
    terms: Floats
    largest: Floats


@lru_cache(maxsize=1)
def network_amounts() -> dict[tuple[str, str, str], NetworkAmounts]:
    """(network, precision, runtime) -> amounts, from the committed table."""
    with FEATURES_PATH.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        return {
            (row["network"], row["precision"], row["runtime"]): NetworkAmounts(
                row["family"],
                np.array([float(row[term]) for term in TERMS]),
                np.array([float(row[column]) for column in LARGEST_COLUMNS]),
            )
            for row in rows
        }


@dataclass(frozen=True, slots=True)
class SystemRows:
    """Everything measured of one system in one precision; arrays have one entry per run.

    `anchor` marks runs that are trained on and not evaluated on (ResNet-50), always the last ones.
    `published` has the columns macs_m, params_m, input_hw of all other runs, for the baselines. `largest`:
    the millions of MACs and of moved elements of the largest kernel. `idle_power_w`: median after the runs.
    """

    device_id: str
    delegate: str
    precision: str
    system: str
    networks: tuple[str, ...]
    families: tuple[str, ...]
    terms: Floats
    energy_mj: Floats
    latency_ms: Floats
    published: Floats
    anchor: NDArray[np.bool_]
    largest: Floats
    idle_power_w: float

    def measured(self, quantity: str) -> Floats:
        """Energy (mJ) or latency (ms) of every run."""
        return self.energy_mj if quantity == "energy" else self.latency_ms


def system_rows(networks: pd.DataFrame, runs: pd.DataFrame) -> dict[tuple[str, str], SystemRows]:
    """(system, precision) -> rows, for every system that ran the networks.

    `networks` and `runs` are the bundle's board_networks and board_runs. Runs without energy are left out.
    """
    measured = networks.dropna(subset=["energy_mj", "latency_ms"])
    dense = dense_runs(runs)
    found: dict[tuple[str, str], SystemRows] = {}
    for (system, precision), group in measured.groupby(["system", "precision"], sort=True):
        anchors = dense[dense["system"] == system] if precision == "fp32" else dense.iloc[:0]
        found[str(system), str(precision)] = rows_of(group, anchors)
    return found


def dense_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """The fp32 single-stream runs of ResNet-50: columns system, energy_mj, latency_ms (median of repeats)."""
    chosen = runs[
        (runs["model"] == DENSE_NETWORK) & (runs["batch"] == 1) & (runs["scenario"] == "single-stream")
    ]
    chosen = chosen.dropna(subset=["energy_mj", "latency_ms"])
    return chosen.groupby("system", as_index=False)[["energy_mj", "latency_ms"]].median()


def rows_of(group: pd.DataFrame, anchors: pd.DataFrame) -> SystemRows:
    """The rows of one system and precision; `anchors`: its runs of ResNet-50, empty where there are none."""
    first = group.iloc[0]
    runtime, precision = RUNTIMES[first["delegate"]], str(first["precision"])
    names = [*group["network"], *([DENSE_NETWORK] * len(anchors))]
    amounts = [network_amounts()[name, precision, runtime] for name in names]
    return SystemRows(
        device_id=str(first["device_id"]),
        delegate=str(first["delegate"]),
        precision=precision,
        system=str(first["system"]),
        networks=tuple(names),
        families=tuple(item.family for item in amounts),
        terms=np.array([item.terms for item in amounts]),
        energy_mj=_joined(group, anchors, "energy_mj"),
        latency_ms=_joined(group, anchors, "latency_ms"),
        published=group[["macs_m", "params_m", "input_hw"]].to_numpy(dtype=np.float64),
        anchor=np.array([False] * len(group) + [True] * len(anchors)),
        largest=np.max([item.largest for item in amounts], axis=0),
        idle_power_w=float(group["idle_power_w"].median()),
    )


def _joined(group: pd.DataFrame, anchors: pd.DataFrame, column: str) -> Floats:
    return np.concatenate(
        [group[column].to_numpy(dtype=np.float64), anchors[column].to_numpy(dtype=np.float64)]
    )


@lru_cache(maxsize=1)
def bundled_system_rows() -> dict[tuple[str, str], SystemRows]:
    """`system_rows` of the bundle, once per process."""
    from data import kept_bundle, queries

    bundle = kept_bundle()
    return system_rows(queries.board_networks(bundle), queries.board_runs(bundle))


def generated_amounts(network_models: Mapping[tuple[str, str], str]) -> Iterator[dict[str, str]]:
    """Rows of the feature table, made by generating, reading and fusing every network.

    `network_models` maps (network, family) to a model name that the sample generator knows.
    """
    from predictors.reading import read_model
    from predictors.samples import board_network

    for (network, family), model in sorted(network_models.items()):
        for precision in PRECISIONS:
            graph = read_model(board_network(model, precision))
            with shared_work():
                models = [(runtime, fuse(graph, runtime)) for runtime in sorted(set(RUNTIMES.values()))]
            for runtime, fused in models:
                keys = dict(zip(KEY_COLUMNS, (network, family, precision, runtime), strict=True))
                yield keys | _table_cells(fused)


def _table_cells(model: FusedModel) -> dict[str, str]:
    amounts = dict(zip(TERMS, network_terms(model.kernels), strict=True))
    amounts |= dict(zip(LARGEST_COLUMNS, largest_kernel(model.kernels), strict=True))
    return {name: f"{value:.6f}".rstrip("0").rstrip(".") for name, value in amounts.items()}


def network_models(networks: pd.DataFrame) -> dict[tuple[str, str], str]:
    """(network, family) -> a model name of it, for all of the bundle's board networks and ResNet-50."""
    first = networks.sort_values("model").drop_duplicates("network")
    found = {(str(row.network), str(row.family)): str(row.model) for row in first.itertuples()}
    return found | {(DENSE_NETWORK, DENSE_NETWORK): DENSE_NETWORK}


def write_features(path: Path, models: Mapping[tuple[str, str], str]) -> int:
    """Write the feature table; returns the number of rows."""
    rows = list(generated_amounts(models))
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(
            "# Amounts of the measured board networks, written by python -m predictors.energy.boards.data\n"
        )
        writer = csv.DictWriter(stream, [*KEY_COLUMNS, *TERMS, *LARGEST_COLUMNS], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def main() -> None:
    """Write the feature table anew from the networks of the bundle."""
    from data import kept_bundle, queries

    count = write_features(FEATURES_PATH, network_models(queries.networks(kept_bundle())))
    print(f"{count} rows in {FEATURES_PATH.name}")


if __name__ == "__main__":
    main()
