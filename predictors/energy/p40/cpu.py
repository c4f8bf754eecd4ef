"""Huawei P40 Pro, CPU (one big core, TensorFlow Lite): kernel by kernel from DeepEn2023 measurements."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from data.messages import Message
from predictors.energy.assemble import assemble_estimate, kernel_estimates
from predictors.energy.fitting.gaussian_process import COMPOSITION_SD
from predictors.energy.kernels.composition import predict_kernels
from predictors.energy.kernels.fit import KIND_CLASSES, KindModels, measured_kernels
from predictors.energy.kernels.kernel_model import KindModel, QuantitySettings
from predictors.energy.kernels.transformers import attention_notes, composition_sd_of
from predictors.energy.stored.store import fitted
from predictors.model.kernels import FusedModel, Kernel, KernelKind
from predictors.results.estimates import Estimate, Evidence, KernelEstimate, Note
from predictors.results.targets import Target

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


CPU_TARGET = Target(
    device_id=DEVICE_ID,
    delegate="cpu",
    precision="fp32",
    runtime="tflite-cpu",
    evidence=Evidence.PREDICTED,
    error_percent=1.8,
    error_basis=Message(
        "median over {count} measured convolution kernels, 10-fold; sums over a whole network were not "
        "measured",
        count=537,
    ),
    error_high_percent=4.9,
    error_count=537,
    source_ids=("deepen2023-kernels",),
    meter=Message("power monitor at the battery connector (whole phone), idle not subtracted"),
)


APPLICATION_OVER_KERNELS = {"cpu": 1.56, "gpu": 3.3}
"""Energy of a whole application over the sum of its kernels on this phone: DNN7 and DNN5 of Tu et al.
(SEC 2023) over our estimates of MobileNetV1 and EfficientNet-lite0, geometric means."""
KERNELS_ONLY = "KERNELS_ONLY"


def kernels_only_note(delegate: str) -> Note:
    """What the sum of kernels leaves out, for delegate `cpu` or `gpu`."""
    multiple = APPLICATION_OVER_KERNELS[delegate]
    return Note(
        KERNELS_ONLY,
        Message(
            "The total is the sum of the kernels, each measured on its own. As whole applications two "
            "reference networks took {multiple:.1f} times as much on this phone's {delegate}: starting "
            "kernels, moving data and the running application are not in it.",
            multiple=multiple,
            delegate=delegate.upper(),
        ),
    )


CPU_FAMILY = "p40-cpu"
"""Where the fits of this delegate are stored."""


def fit_cpu() -> dict[KernelKind, KindModel]:
    """Models of every kernel type measured on the CPU, all of them fitted."""
    return dict(_fitted_when_asked())


def _fitted_when_asked() -> KindModels:
    return KindModels(measured_kernels(DEVICE_ID, "cpu"), kind_settings("cpu"))


@lru_cache(maxsize=1)
def cpu_models() -> Mapping[KernelKind, KindModel]:
    """Models of every kernel type measured on the CPU: stored ones, else each fitted once per process."""
    return fitted(CPU_FAMILY, KIND_CLASSES, _fitted_when_asked)


@dataclass(frozen=True, slots=True)
class P40CpuPredictor:
    """Predictor of the P40 Pro's CPU; models are loaded, or fitted, at first use."""

    target: Target = CPU_TARGET

    def estimate(self, model: FusedModel) -> Estimate:
        """Estimate a whole network from its kernels."""
        figures = predict_kernels(cpu_models(), model.kernels)
        notes = (kernels_only_note("cpu"), *attention_notes(model.kernels, "cpu"))
        composition_sd = composition_sd_of(model.kernels, "cpu", COMPOSITION_SD)
        return assemble_estimate(self.target, model.kernels, figures, notes, composition_sd)

    def estimate_kernels(self, kernels: Sequence[Kernel]) -> list[KernelEstimate]:
        """Estimate kernels on their own, in the order given."""
        return list(kernel_estimates(kernels, predict_kernels(cpu_models(), kernels)))
