"""Kernels as files hold them: large windows, pads before a change of layout, packed weights, experts."""

from __future__ import annotations

import pytest
from onnx import TensorProto, helper

from predictors import estimate_model
from predictors.energy.device_limits import limits_of
from predictors.energy.p40.cpu import P40CpuPredictor
from predictors.estimate import estimate_graph
from predictors.fusing import fuse
from predictors.model.kernels import FusedModel, Kernel, KernelKind
from predictors.model.memory import memory_need
from predictors.reading import read_model
from predictors.results.estimates import Estimate, Evidence
from reading_support import from_nodes

MS, QONNX = "com.microsoft", "qonnx.custom_op.general"
INT8, UINT8 = TensorProto.INT8, TensorProto.UINT8
Dims = list[int | str | None]


def _fused(source: bytes) -> FusedModel:
    return fuse(read_model(source), "tflite-cpu")


def _estimate(source: bytes, device: str = "huawei-p40-pro", delegate: str = "cpu") -> Estimate:
    (estimate,) = estimate_model(source, device=device, delegate=delegate).estimates
    return estimate


def _conv(x: Dims, w: list[int], **attributes: object) -> bytes:
    node = helper.make_node("Conv", ["x", "w"], ["y"], **attributes)
    return from_nodes([node], {"x": x}, {"w": w})


def _product(rows: int, width: int, columns: int) -> bytes:
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    return from_nodes([node], {"x": [rows, width]}, {"w": [width, columns]})


@pytest.mark.parametrize(
    ("convolution", "product"),
    [
        (_conv([1, 1, 28, 28], [1024, 1, 28, 28]), (1, 784, 1024)),
        (_conv([1, 3, 224, 224], [768, 3, 16, 16], strides=[16, 16]), (196, 768, 768)),
        (_conv([1, 1, 16_000], [128, 1, 400], strides=[160]), (98, 400, 128)),
    ],
)
def test_a_large_window_costs_the_matrix_product_it_is(
    convolution: bytes, product: tuple[int, int, int]
) -> None:
    window, plain = _estimate(convolution), _estimate(_product(*product))
    assert window.kernels[0].kernel.macs == plain.kernels[0].kernel.macs
    assert window.energy_mj == pytest.approx(plain.energy_mj, rel=0.01)
    assert window.latency_ms == pytest.approx(plain.latency_ms, rel=0.01)
    assert window.kernels[0].evidence is Evidence.APPROXIMATED


def test_windows_that_were_measured_stay_predicted() -> None:
    estimate = _estimate(_conv([1, 3, 224, 224], [64, 3, 11, 11], strides=[4, 4], pads=[2, 2, 2, 2]))
    assert estimate.kernels[0].evidence is Evidence.PREDICTED


def test_a_depthwise_window_beyond_those_measured_costs_by_its_area() -> None:
    """14 x 14 is four times 7 x 7; both keep the 56 x 56 picture."""
    large = _conv([1, 64, 56, 56], [64, 1, 14, 14], group=64, pads=[6, 6, 7, 7])
    small = _conv([1, 64, 56, 56], [64, 1, 7, 7], group=64, pads=[3, 3, 3, 3])
    assert _estimate(large).energy_mj == pytest.approx(4 * _estimate(small).energy_mj, rel=1e-6)


def test_a_pad_before_a_change_of_layout_leaves_the_convolution_its_sizes() -> None:
    """Channels last, padded, turned, then a depthwise convolution of stride 2."""
    pads = helper.make_tensor("pads", TensorProto.INT64, [8], [0, 1, 1, 0, 0, 1, 1, 0])
    nodes = [
        helper.make_node("Constant", [], ["pads"], value=pads),
        helper.make_node("Relu", ["x"], ["r"]),
        helper.make_node("Pad", ["r", "pads"], ["p"]),
        helper.make_node("Transpose", ["p"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["t", "w"], ["y"], group=64, strides=[2, 2]),
    ]
    kernel = _fused(from_nodes(nodes, {"x": [1, 112, 112, 64]}, {"w": [64, 1, 3, 3]})).kernels[-1]
    assert (kernel.kind, kernel.ops) == (KernelKind.DWCONV, ("Pad", "Conv"))
    c = kernel.config
    assert (c.c_in, c.input_h, c.input_w, c.out_h, c.padding) == (64, 112, 112, 56, "same")


def test_a_pad_before_a_new_axis_leaves_the_convolution_its_sizes() -> None:
    """A signal of 576 samples, padded to 704, with a channel put in front: 258 filters of 256 samples."""
    pads = helper.make_tensor("pads", TensorProto.INT64, [4], [0, 64, 0, 64])
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    nodes = [
        helper.make_node("Constant", [], ["pads"], value=pads),
        helper.make_node("Constant", [], ["axes"], value=axes),
        helper.make_node("Pad", ["x", "pads"], ["p"]),
        helper.make_node("Unsqueeze", ["p", "axes"], ["u"]),
        helper.make_node("Conv", ["u", "w"], ["y"], strides=[128]),
    ]
    estimate = _estimate(from_nodes(nodes, {"x": [1, 576]}, {"w": [258, 1, 256]}))
    c = estimate.kernels[0].kernel.config
    assert (c.c_in, c.input_h, c.input_w, c.out_w) == (1, 1, 576, 4)
    assert estimate.energy_mj < 1


PACKED = {"q": [4096, 128, 16], "s": [524_288]}


def _packed(rows: int) -> bytes:
    node = helper.make_node(
        "MatMulNBits", ["x", "q", "s"], ["y"], domain=MS, K=4096, N=4096, bits=4, block_size=32
    )
    return from_nodes([node], {"x": [1, rows, 4096]}, PACKED, types={"q": UINT8})


def test_packed_weights_count_one_by_one_and_cost_their_bytes() -> None:
    """16,777,216 weights of 4 bits and a scale per 32: 10.5 MB, 0.156 of the bytes in fp32."""
    (kernel,) = _fused(_packed(1)).kernels
    assert (kernel.params, kernel.weight_bytes) == (4096 * 4096, 4096 * 4096 // 2 + 524_288 * 4)
    assert read_model(_packed(1)).params == 4096 * 4096
    few, full = _estimate(_packed(1)), _estimate(_product(1, 4096, 4096))
    assert few.evidence is Evidence.APPROXIMATED
    assert few.energy_mj / full.energy_mj == pytest.approx(0.156, rel=0.35)


def test_many_rows_of_packed_weights_cost_what_they_compute() -> None:
    few, full = _estimate(_packed(512)), _estimate(_product(512, 4096, 4096))
    assert few.energy_mj == pytest.approx(full.energy_mj, rel=0.05)


@pytest.mark.parametrize(
    ("code", "size"), [(TensorProto.INT4, 0.5), (INT8, 1.0), (TensorProto.FLOAT8E4M3FN, 1.0)]
)
def test_weights_that_are_unpacked_first_cost_their_bytes_too(code: int, size: float) -> None:
    """DequantizeLinear of a weight, then a plain product in floating point."""
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "s"], ["w"]),
        helper.make_node("MatMul", ["x", "w"], ["y"]),
    ]
    source = from_nodes(nodes, {"x": [1, 2048]}, {"q": [2048, 1024], "s": []}, opset=21, types={"q": code})
    (kernel,) = _fused(source).kernels
    assert (kernel.params, kernel.weight_bytes) == (2048 * 1024, int(2048 * 1024 * size))
    assert _estimate(source).evidence is Evidence.APPROXIMATED


@pytest.mark.parametrize(("rows", "chosen"), [(1, 2), (128, 2), (128, 1)])
def test_of_experts_the_chosen_ones_count(rows: int, chosen: int) -> None:
    """Each row through `chosen` of 8 experts of 512 x 2048 and back."""
    node = helper.make_node("MoE", ["x", "r", "u", "", "d"], ["y"], domain=MS, k=chosen)
    inputs: dict[str, Dims] = {"x": [1, rows, 512], "r": [rows, 8]}
    (kernel,) = _fused(from_nodes([node], inputs, {"u": [8, 2048, 512], "d": [8, 512, 2048]})).kernels
    assert kernel.macs == rows * chosen * 2 * 512 * 2048
    assert kernel.params == 8 * 2 * 512 * 2048
    c = kernel.config
    assert c.batch * c.input_h * c.c_in * c.c_out >= kernel.macs


def test_experts_of_four_bits_count_unpacked() -> None:
    node = helper.make_node(
        "QMoE", ["x", "r", "u", "us", "", "d", "ds"], ["y"], domain=MS, k=2, expert_weight_bits=4
    )
    weights = {"u": [8, 2048, 256], "us": [8, 2048], "d": [8, 512, 1024], "ds": [8, 512]}
    inputs: dict[str, Dims] = {"x": [1, 4, 512], "r": [4, 8]}
    (kernel,) = _fused(from_nodes([node], inputs, weights, types={"u": UINT8, "d": UINT8})).kernels
    assert kernel.macs == 4 * 2 * 2 * 512 * 2048


@pytest.mark.parametrize(
    ("equation", "shapes", "macs"),
    [
        ("bij,bjk,bkl->bil", [[2, 32, 64], [2, 64, 48], [2, 48, 16]], 2 * 32 * 64 * 48 + 2 * 32 * 48 * 16),
        ("bqhd,bkhd->bhqk", [[1, 8, 4, 16], [1, 12, 4, 16]], 4 * 8 * 12 * 16),
        ("...ij,...jk->...ik", [[2, 3, 8, 16], [2, 3, 16, 4]], 6 * 8 * 16 * 4),
        ("ij->ji", [[8, 4]], 0),
    ],
)
def test_an_einsum_is_contracted_pair_by_pair(equation: str, shapes: list[list[int]], macs: int) -> None:
    names = [f"x{place}" for place in range(len(shapes))]
    node = helper.make_node("Einsum", names, ["y"], equation=equation)
    inputs: dict[str, Dims] = {name: list(shape) for name, shape in zip(names, shapes, strict=True)}
    graph = read_model(from_nodes([node], inputs))
    if graph.shape("y") is not None:
        (kernel,) = fuse(graph, "tflite-cpu").kernels
        assert kernel.macs == macs
        c = kernel.config
        assert len(shapes) != 2 or c.batch * c.input_h * c.c_in * c.c_out == macs


def _only(source: bytes) -> Kernel:
    (kernel,) = _fused(source).kernels
    return kernel


def test_deformable_convolution_and_sampling_of_a_grid() -> None:
    deformed = helper.make_node("DeformConv", ["x", "w", "o"], ["y"], pads=[1, 1, 1, 1])
    inputs: dict[str, Dims] = {"x": [1, 16, 64, 64], "o": [1, 18, 64, 64]}
    kernel = _only(from_nodes([deformed], inputs, {"w": [16, 16, 3, 3]}, opset=20))
    assert kernel.macs == 16 * 16 * 9 * 64 * 64
    sampled = helper.make_node("GridSample", ["x", "g"], ["y"])
    grid: dict[str, Dims] = {"x": [1, 16, 64, 64], "g": [1, 64, 64, 2]}
    assert _only(from_nodes([sampled], grid, opset=20)).kind is KernelKind.RESIZE


def test_an_integer_recurrent_layer() -> None:
    """50 steps of (64 + 128) * 4 * 128, and the shapes of its three results."""
    node = helper.make_node(
        "DynamicQuantizeLSTM", ["x", "w", "r", "", "", "", "", "", "ws", "wz", "rs", "rz"], ["y", "h", "c"],
        domain=MS, hidden_size=128,
    )  # fmt: skip
    weights = {
        "w": [1, 64, 512],
        "r": [1, 128, 512],
        "ws": [1, 512],
        "wz": [1, 512],
        "rs": [1, 512],
        "rz": [1, 512],
    }
    types = {"w": INT8, "r": INT8, "wz": INT8, "rz": INT8}
    graph = read_model(from_nodes([node], {"x": [50, 1, 64]}, weights, outputs=("y", "h", "c"), types=types))
    assert fuse(graph, "tflite-cpu").macs == 50 * 192 * 512
    assert [graph.shape(name) for name in "yhc"] == [(50, 1, 1, 128), (1, 1, 128), (1, 1, 128)]
    assert graph.params == 192 * 512


@pytest.mark.parametrize(
    ("op", "domain"), [("Scaler", "ai.onnx.ml"), ("Quant", QONNX), ("Normalizer", "ai.onnx.ml")]
)
def test_operators_that_keep_the_shape_let_the_network_behind_them_be_counted(op: str, domain: str) -> None:
    nodes = [
        helper.make_node(op, ["x", "s", "s", "s"] if op == "Quant" else ["x"], ["a"], domain=domain),
        helper.make_node("MatMul", ["a", "w"], ["y"]),
    ]
    source = from_nodes(nodes, {"x": [1, 16]}, {"w": [16, 256], "s": []})
    model = _fused(source)
    assert model.macs == 16 * 256
    assert all(kernel.kind is not KernelKind.UNSUPPORTED for kernel in model.kernels)


@pytest.mark.parametrize("width", [2, 16, 128])
@pytest.mark.parametrize(
    ("device", "delegate"), [("raspberry-pi-4", "tflite-ruy"), ("huawei-p40-pro", "cpu")]
)
def test_power_stays_between_rest_and_peak(device: str, delegate: str, width: int) -> None:
    limits = limits_of(device)
    assert limits.idle_w is not None
    assert limits.peak_w is not None
    estimate = _estimate(_product(1, width, 8), device, delegate)
    assert limits.idle_w * 0.999 <= estimate.avg_power_w <= limits.peak_w * 1.001
    if estimate.application is None:  # an application takes more than its kernels
        assert estimate.latency_ms == pytest.approx(sum(part.latency_ms for part in estimate.kernels))
    assert estimate.latency_ms_low < estimate.latency_ms < estimate.latency_ms_high


def test_memory_is_weights_as_stored_and_what_lives_at_once() -> None:
    """Two products of 1,000 x 1,000: 8 MB of weights, two tensors of 4 kB at a time."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["a"]), helper.make_node("MatMul", ["a", "v"], ["y"])]
    source = from_nodes(nodes, {"x": [1, 1000]}, {"w": [1000, 1000], "v": [1000, 1000]})
    need = memory_need(read_model(source))
    assert (need.weights, need.weights_fp32, need.activations) == (8_000_000, 8_000_000, 8_000)
    packed = memory_need(read_model(_packed(1)))
    assert packed.weights == 4096 * 4096 // 2 + 524_288 * 4
    assert packed.weights_fp32 == 4 * (4096 * 4096 + 524_288)


def test_what_does_not_fit_is_refused_and_what_hardly_fits_says_so() -> None:
    """A table of 3,000,000 x 1,024 numbers is 12.3 GB; of 1,500,000, 6.1 GB; this phone has 8 GB."""

    def table(rows: int) -> bytes:
        node = helper.make_node("Gather", ["t", "ids"], ["y"])
        return from_nodes([node], {"ids": [1, 8]}, {"t": [rows, 1024]}, types={"ids": TensorProto.INT64})

    report = estimate_model(table(3_000_000), device="huawei-p40-pro", delegate="cpu")
    assert [each.reason.code for each in report.not_estimated] == ["DOES_NOT_FIT"]
    assert report.model.peak_memory_bytes > 12_000_000_000
    notes = [note.code for note in _estimate(table(1_500_000)).warnings]
    assert "MEMORY_TIGHT" in notes
    assert "MEMORY_TIGHT" not in [note.code for note in _estimate(table(1_000)).warnings]


def test_the_power_of_every_board_is_held_for_a_tiny_network() -> None:
    report = estimate_graph(read_model(_product(1, 16, 8)))
    for estimate in report.estimates:
        limits = limits_of(estimate.device_id)
        if limits.peak_w is not None:
            assert estimate.avg_power_w <= limits.peak_w * 1.001, estimate.device_id
        if limits.idle_w is not None:
            assert estimate.avg_power_w >= limits.idle_w * 0.999, estimate.device_id


def test_the_projection_of_the_first_kernel_is_no_kernel_of_its_own() -> None:
    node = helper.make_node("Attention", ["x", "w"], ["y"], domain=MS, num_heads=2)
    model = _fused(from_nodes([node], {"x": [1, 8, 16]}, {"w": [16, 48]}))
    (part,) = P40CpuPredictor().estimate(model).kernels
    assert part.evidence is Evidence.APPROXIMATED
