"""Find the hyper-parameters of the P40 Pro's kernel models and write them to `predictors/settings`.

Maximum marginal likelihood by scikit-learn on all measured kernels of a type; the calibration factor
makes 80 % intervals hold for four in five kernels left out of the fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from sklearn.gaussian_process.kernels import Kernel as Covariance

from predictors.energy.fitting.features import Floats, feature_matrix
from predictors.energy.fitting.gaussian_process import Z_80, GaussianSettings, MaternTerm
from predictors.energy.kernels.fit import MeasuredKernels, measured_kernels
from predictors.energy.kernels.kernel_model import ROUNDING_STEP, QuantityModel, QuantitySettings
from predictors.energy.p40.cpu import DEVICE_ID, SETTINGS_DIR
from predictors.evaluation.rows import FEW_ROWS, Places, random_folds
from predictors.model.kernels import KernelKind
from predictors.training.toml_text import toml_text

LENGTH_BOUNDS = (0.05, 1e3)
ROUGH_BOUNDS = (0.02, 1e2)
CALIBRATION_LIMITS = (0.8, 2.0)
NOISE_FLOOR = 1e-5
NOISE_FLOOR_FEW_ROWS = 2.5e-3
"""Squared log units: kernel types with few rows could otherwise be interpolated as if they had no noise."""


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a process before its numbers are known: features, trend and smoothness of its terms."""

    features: tuple[str, ...]
    trend: tuple[str, ...]
    smoothness: tuple[float, ...] = (1.5,)


CPU_CONV_ENERGY = Form(
    ("log_macs", "log_moved", "log_intensity", "log_params", "log_in", "log_out", "log_window", "stride",
     "log_in_side", "log_c_in", "log_c_out", "log_tile_waste"),
    ("log_macs", "log_params", "log_in", "log_out", "log_window"),
    (2.5,),
)  # fmt: skip
CPU_CONV_LATENCY = Form(
    ("log_moved", "log_out_side", "log_c_in", "log_c_out", "log_window", "stride", "log_tile_waste",
     "log_in"),
    ("log_out_side", "log_c_in", "log_c_out", "log_window"),
    (2.5, 0.5),
)  # fmt: skip
DWCONV = Form(
    ("log_window_work", "log_in", "log_window", "stride", "log_in_side"), ("log_window_work", "log_in")
)
POOL = Form(("log_out", "log_in", "log_window"), ("log_out", "log_in", "log_window"))
POINTWISE = Form(("log_in", "log_in_side"), ("log_in",))
ELEMENTS_ONLY = Form(("log_in",), ("log_in",))
CONCAT = Form(("log_in", "log_in_side", "parts"), ("log_in",))
DENSE = Form(("log_macs",), ("log_macs",))
GPU_CONV = (
    Form(
        ("log_out_side", "log_c_in", "log_c_out", "log_window", "stride"),
        ("log_out_side", "log_c_in", "log_c_out", "log_window"),
        (2.5, 0.5),
    ),
    Form(
        ("log_macs", "log_out_side", "log_c_in", "log_c_out", "log_window", "stride", "log_slice_waste",
         "log_out_slice_waste", "log_out_slices"),
        ("log_macs", "log_out_side", "log_c_in", "log_c_out", "log_window"),
        (2.5, 0.5),
    ),
)  # fmt: skip

CPU_FORMS: dict[KernelKind, tuple[Form, Form]] = {
    KernelKind.CONV: (CPU_CONV_ENERGY, CPU_CONV_LATENCY),
    KernelKind.DWCONV: (DWCONV, DWCONV),
    KernelKind.AVGPOOL: (POOL, POOL),
    KernelKind.MAXPOOL: (POOL, POOL),
    KernelKind.CONCAT: (CONCAT, CONCAT),
    KernelKind.FC: (DENSE, DENSE),
    KernelKind.GLOBAL_AVGPOOL: (ELEMENTS_ONLY, ELEMENTS_ONLY),
}


def train_cpu() -> str:
    """Settings text of the P40 Pro CPU: energy and latency of every measured kernel type except SE."""
    tables: dict[str, Any] = {}
    for kind, rows in measured_kernels(DEVICE_ID, "cpu").items():
        if kind is KernelKind.SE or rows.latency_ms is None:
            continue
        energy, latency = CPU_FORMS.get(kind, (POINTWISE, POINTWISE))
        tables[kind.value] = {
            "energy_mj": _quantity_table(rows, (energy,), rows.energy_mj),
            "latency_ms": _quantity_table(rows, (latency,), rows.latency_ms),
        }
    return toml_text(tables, _HEADER.format(delegate="CPU"))


def train_gpu() -> str:
    """Settings text of the P40 Pro GPU: energy of convolutions, the mean of two processes."""
    rows = measured_kernels(DEVICE_ID, "gpu")[KernelKind.CONV]
    tables = {KernelKind.CONV.value: {"energy_mj": _quantity_table(rows, GPU_CONV, rows.energy_mj)}}
    return toml_text(tables, _HEADER.format(delegate="GPU"))


_HEADER = (
    "Hyper-parameters of the Huawei P40 Pro {delegate} kernel models. "
    "Written by `python -m predictors train`.\n"
    "Length scales are in standard deviations of their feature, variances in squared natural-log units."
)


def write_settings() -> None:
    """Search again and replace both settings files (about two minutes on two cores)."""
    (SETTINGS_DIR / "p40_cpu.toml").write_text(train_cpu(), encoding="utf-8")
    (SETTINGS_DIR / "p40_gpu.toml").write_text(train_gpu(), encoding="utf-8")


def _quantity_table(rows: MeasuredKernels, forms: tuple[Form, ...], values: Floats) -> Mapping[str, Any]:
    members = tuple(_search(form, rows, values) for form in forms)
    calibration = _calibration(QuantitySettings(members, 1.0), rows, values)
    return {"calibration": calibration, "members": [_member_table(member) for member in members]}


def _member_table(settings: GaussianSettings) -> Mapping[str, Any]:
    terms = [
        {"variance": term.variance, "nu": term.nu, "length_scales": term.length_scales}
        for term in settings.terms
    ]
    return {
        "features": settings.features,
        "trend": settings.trend,
        "noise_variance": settings.noise_variance,
        "terms": terms,
    }


def _search(form: Form, rows: MeasuredKernels, values: Floats) -> GaussianSettings:
    """Hyper-parameters that maximise the marginal likelihood of the residual of the linear trend."""
    raw = feature_matrix(rows.kernels, form.features)
    standard = (raw - raw.mean(axis=0)) / np.where(raw.std(axis=0) > 1e-9, raw.std(axis=0), 1.0)
    columns = [form.features.index(name) for name in form.trend]
    design = np.column_stack([np.ones(len(raw)), standard[:, columns]])
    ridge = 1e-3 * np.eye(design.shape[1])
    ridge[0, 0] = 0.0
    log_values = np.log(values)
    residual = log_values - design @ np.linalg.solve(design.T @ design + ridge, design.T @ log_values)
    rounding = (ROUNDING_STEP / np.sqrt(12.0) / values) ** 2
    noise_floor = NOISE_FLOOR if len(values) >= FEW_ROWS else NOISE_FLOOR_FEW_ROWS
    process = GaussianProcessRegressor(_start(form, noise_floor), alpha=rounding, random_state=0)
    return _settings_of(form, process.fit(standard, residual).kernel_)


def _start(form: Form, noise_floor: float) -> Covariance:
    width = len(form.features)
    smooth = ConstantKernel(1.0, (1e-4, 1e3)) * Matern(
        np.full(width, 5.0 if len(form.smoothness) > 1 else 1.0), LENGTH_BOUNDS, nu=form.smoothness[0]
    )
    if len(form.smoothness) == 1:
        return smooth + WhiteKernel(1e-2, (noise_floor, 1.0))
    rough = Matern(np.full(width, 0.5), ROUGH_BOUNDS, nu=form.smoothness[1])
    return smooth + ConstantKernel(0.1, (1e-4, 1e3)) * rough + WhiteKernel(1e-2, (noise_floor, 1.0))


def _settings_of(form: Form, kernel: Covariance) -> GaussianSettings:
    parts, noise = kernel.k1, float(kernel.k2.noise_level)
    products = [parts] if len(form.smoothness) == 1 else [parts.k1, parts.k2]
    terms = tuple(_term(product, len(form.features)) for product in products)
    return GaussianSettings(form.features, form.trend, terms, noise)


def _term(product: Covariance, width: int) -> MaternTerm:
    scales = np.broadcast_to(product.k2.length_scale, (width,))
    return MaternTerm(float(product.k1.constant_value), product.k2.nu, tuple(float(s) for s in scales))


def _calibration(settings: QuantitySettings, rows: MeasuredKernels, values: Floats) -> float:
    """Factor on the standard deviation after which 80 % of held-out kernels lie inside their interval."""
    scores = np.concatenate([
        _scores(settings, rows, values, train, test) for train, test in random_folds(rows.kernels)
    ])  # fmt: skip
    return float(np.clip(np.quantile(np.abs(scores), 0.8) / Z_80, *CALIBRATION_LIMITS))


def _scores(
    settings: QuantitySettings, rows: MeasuredKernels, values: Floats, train: Places, test: Places
) -> Floats:
    kept, left_out = rows.select(train), rows.select(test)
    prediction = QuantityModel(settings, kept.kernels, values[train]).predict(left_out.kernels)
    return np.asarray((np.log(values[test]) - prediction.mean) / prediction.sd)
