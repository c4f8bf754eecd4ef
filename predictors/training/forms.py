"""The forms of the P40 Pro's processes before their numbers are known: own choices, made on held-out rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from predictors.energy.fitting.gaussian_process import GaussianSettings, MaternTerm
from predictors.model.kernels import KernelKind

Names = tuple[str, ...]
OFF = math.inf
"""Length scale of a feature that a term does not look at."""


@dataclass(frozen=True, slots=True)
class Form:
    """Features, trend and smoothness of a process; `rough` are the features of a second, rough term.

    `unseen` are features that only the trend or the rough term looks at. `over_law`: the process describes
    what is left over the law of the kernel type.
    """

    features: Names
    trend: Names
    smoothness: float = 1.5
    rough: Names = ()
    unseen: Names = field(default=())
    over_law: bool = False

    def start(self) -> GaussianSettings:
        """Settings of this form with length scales of 1, or OFF."""
        every = (*self.features, *self.unseen)
        terms = [_term(every, self.smoothness, self.features)]
        if self.rough:
            terms.append(_term(every, 0.5, self.rough))
        return GaussianSettings(every, self.trend, tuple(terms), 1.0, 1.0, self.over_law)


def _term(every: Names, smoothness: float, used: Names) -> MaternTerm:
    return MaternTerm(1.0, smoothness, tuple(1.0 if name in used else OFF for name in every))


_WORK = (
    "log_macs", "log_moved", "log_intensity", "log_params", "log_in", "log_out", "log_window", "stride",
    "log_in_side", "log_c_in", "log_c_out", "log_tile_waste",
)  # fmt: skip
_GEMM = (
    "log_macs", "log_c_out", "log_out_area", "log_depth", "log_window", "log_c_in", "stride",
    "log_in", "log_out", "log_params", "log_moved", "log_intensity", "log_tile_waste",
)  # fmt: skip
_WORK_TREND = ("log_macs", "log_params", "log_in", "log_out", "log_window")
_GEMM_TREND = ("log_c_out", "log_out_area", "log_depth", "log_window", "log_law")
_PADDING_8 = ("log_out_padding_8", "log_area_padding_8", "log_depth_padding_4")
_PADDING = (*_PADDING_8, "log_out_padding_4", "log_area_padding_4")
_ROUGH = ("log_c_out", "log_out_area", "log_depth", *_PADDING_8)
_UNSEEN = ("log_out_area", "log_depth", *_PADDING_8)
WORK = Form(_WORK, _WORK_TREND, 2.5, _ROUGH, _UNSEEN)
GEMM_8 = Form(_GEMM, _GEMM_TREND, 2.5, _ROUGH, (*_PADDING_8, "log_law"), over_law=True)
GEMM_4 = Form(_GEMM, _GEMM_TREND, 1.5, (*_ROUGH, *_PADDING[3:]), (*_PADDING, "log_law"), over_law=True)
CPU_CONV = (WORK, GEMM_8, GEMM_4)
"""A convolution is a matrix product: how it fills the tiles of the matrix kernel is a process of its own."""

_GPU_SIZES = ("log_out_side", "log_c_in", "log_c_out", "log_window", "stride")
_GPU_WORK = (
    "log_macs", *_GPU_SIZES, "log_slice_waste", "log_out_slice_waste", "log_out_slices",
)  # fmt: skip
GPU_CONV = (
    Form(_GPU_SIZES, _GPU_SIZES[:-1], 2.5, _GPU_SIZES),
    Form(_GPU_WORK, ("log_macs", *_GPU_SIZES[:-1]), 2.5, _GPU_WORK),
)

_POOL = Form(("log_out", "log_in", "log_window"), ("log_out", "log_in", "log_window"))
_ELEMENTS = Form(("log_in",), ("log_in",))
POINTWISE = Form(("log_in", "log_in_side"), ("log_in",))
CPU_FORMS: dict[KernelKind, tuple[Form, ...]] = {
    KernelKind.CONV: CPU_CONV,
    KernelKind.DWCONV: (
        Form(
            ("log_window_work", "log_in", "log_window", "stride", "log_in_side"),
            ("log_window_work", "log_in"),
        ),
    ),
    KernelKind.AVGPOOL: (_POOL,),
    KernelKind.MAXPOOL: (_POOL,),
    KernelKind.CONCAT: (Form(("log_in", "log_in_side", "parts"), ("log_in",)),),
    KernelKind.FC: (Form(("log_macs",), ("log_macs",)),),
    KernelKind.GLOBAL_AVGPOOL: (_ELEMENTS,),
}
"""Every other measured kernel type: POINTWISE."""
