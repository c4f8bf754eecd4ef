"""The measured kernels that the kernel models are fitted on, straight from the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from data import open_bundle, queries
from predictors.energy.fitting.features import Floats
from predictors.model.kernel_rows import kernel_from_row
from predictors.model.kernels import Kernel, KernelKind

EXCLUDED_KERNEL_IDS = frozenset({"8TZF2X", "JAWP59"})
"""Rows whose published energy, power and latency contradict each other (declared in the corrections)."""


@dataclass(frozen=True, slots=True)
class MeasuredKernels:
    """Kernels of one type with their measured energy (mJ) and, on the CPU, latency (ms)."""

    kind: KernelKind
    kernels: tuple[Kernel, ...]
    energy_mj: Floats
    latency_ms: Floats | None

    def select(self, rows: NDArray[np.intp]) -> MeasuredKernels:
        """The rows at these positions (whole numbers)."""
        places = [int(row) for row in rows]
        latency = None if self.latency_ms is None else self.latency_ms[places]
        chosen = tuple(self.kernels[place] for place in places)
        return MeasuredKernels(self.kind, chosen, self.energy_mj[places], latency)


@lru_cache(maxsize=8)
def measured_kernels(device_id: str, delegate: str) -> Mapping[KernelKind, MeasuredKernels]:
    """Every kernel type with configured measurements of a device and delegate, in a fixed order.

    Read once per process: several models ask for the same rows.
    """
    frame = queries.kernel_measurements(open_bundle(), device_id, delegate, configured_only=True)
    frame = frame[~frame["kernel_id"].isin(EXCLUDED_KERNEL_IDS)].sort_values(["kernel", "kernel_id"])
    result: dict[KernelKind, MeasuredKernels] = {}
    for name, rows in frame.groupby("kernel", sort=True):
        records = rows.to_dict("records")
        kernels = tuple(kernel_from_row(record, index) for index, record in enumerate(records))
        energy = rows["energy_mj"].to_numpy(dtype=np.float64)
        latency = rows["latency_ms"].to_numpy(dtype=np.float64) if "latency_ms" in rows else None
        if latency is not None and np.isnan(latency).any():
            latency = None
        kind = KernelKind(str(name))
        result[kind] = MeasuredKernels(kind, kernels, energy, latency)
    return MappingProxyType(result)
