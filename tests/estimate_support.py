"""Hand-made estimates and small model files for the tests of the estimate page."""

from __future__ import annotations

import json
from typing import Any

import onnx
import onnx.parser
from streamlit.testing.v1 import AppTest

from app.paths import ROOT
from predictors.model.kernels import Kernel, KernelConfig, KernelKind
from predictors.results.estimates import Estimate, Evidence, KernelEstimate, Note

ENTRY = str(ROOT / "app" / "main.py")
PAGE = str(ROOT / "pages" / "estimate.py")

HOSTILE = "<b>x</b>&*_[a](b)$1$"
"""A kernel's name that would be bold, a link and a formula if it were not shown as it is."""

_WEIGHTS = ",".join(["0"] * 216)
OPEN_MODEL = f"""
<ir_version: 8, opset_import: ["" : 17]>
net (float[batch,3,height,width] image) => (float[batch,8,h,w] y)
<float[8,3,3,3] w = {{{_WEIGHTS}}}>
{{
    c = Conv<pads=[1,1,1,1], strides=[2,2]>(image, w)
    r = Relu(c)
    y = Mystery(r)
}}
"""


def open_model() -> bytes:
    """A convolution with an open batch, height and width, a hostile name, and an operator nobody knows."""
    model = onnx.parser.parse_model(OPEN_MODEL)
    model.graph.node[0].name = HOSTILE
    return bytes(model.SerializeToString())


def model_without_rank() -> bytes:
    """A convolution whose input has no shape at all."""
    model = onnx.parser.parse_model(OPEN_MODEL)
    model.graph.input[0].type.tensor_type.ClearField("shape")
    return bytes(model.SerializeToString())


def kernel(index: int, kind: KernelKind, *, window: int = 0, name: str = "", ops: str = "Conv") -> Kernel:
    """A kernel with nothing but what the page shows."""
    config = KernelConfig(kernel_h=window, kernel_w=window)
    return Kernel(
        index, name or f"k{index}", kind, config, ops=(ops,), output_shapes=((1, 8, 4, 4),), macs=10
    )


def part(
    made: Kernel,
    energy_mj: float,
    latency_ms: float,
    evidence: Evidence = Evidence.PREDICTED,
) -> KernelEstimate:
    """An estimate of one kernel with an interval of 20 % either way."""
    return KernelEstimate(made, energy_mj, 0.8 * energy_mj, 1.2 * energy_mj, latency_ms, evidence, "a law")


def estimate(
    *parts: KernelEstimate, notes: tuple[Note, ...] = (), device_id: str = "huawei-p40-pro"
) -> Estimate:
    """An estimate whose totals are the sums of its parts."""
    energy_mj = sum(each.energy_mj for each in parts)
    latency_ms = sum(each.latency_ms for each in parts)
    return Estimate(
        device_id,
        "cpu",
        "fp32",
        energy_mj,
        0.9 * energy_mj,
        1.1 * energy_mj,
        latency_ms,
        0.9 * latency_ms,
        1.1 * latency_ms,
        Evidence.PREDICTED,
        parts,
        notes,
    )


def four_kernels() -> Estimate:
    """Two pointwise convolutions (50 and 30 mJ), a fully connected layer (15), an addition (5)."""
    return estimate(
        part(kernel(0, KernelKind.CONV, window=1, name=HOSTILE), 50.0, 20.0),
        part(kernel(1, KernelKind.FC), 15.0, 10.0, Evidence.APPROXIMATED),
        part(kernel(2, KernelKind.CONV, window=1), 30.0, 15.0),
        part(kernel(3, KernelKind.ADD), 5.0, 5.0),
    )


def opened(**query: str) -> AppTest:
    """The estimate page, through the entry file."""
    app = AppTest.from_file(ENTRY, default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(PAGE)
    return app.run()


def texts(app: AppTest) -> str:
    """All running text of a page."""
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption, *app.warning, *app.error))


def chart(app: AppTest) -> dict[str, Any]:
    """The only picture of the open tab."""
    [found] = app.get("plotly_chart")
    return dict(json.loads(found.proto.spec))


def values(cells: Any) -> list[float]:
    """The numbers of a trace, which plotly may pack."""
    import base64

    import numpy as np

    if isinstance(cells, dict):
        return [float(each) for each in np.frombuffer(base64.b64decode(cells["bdata"]), dtype=cells["dtype"])]
    return [float(each) for each in cells]
