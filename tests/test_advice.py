"""Advice: the costliest kernels, and replacements costed by the same predictor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from predictors.estimate import estimate_graph
from predictors.fusing import fuse
from predictors.model.graph import Graph
from predictors.model.kernel_rows import kernel_from_row
from predictors.model.kernels import FusedModel, KernelKind
from predictors.reading import read_model
from predictors.registry import predictor
from predictors.research.advice import WORTHWHILE, Way, _built, advise, is_described
from predictors.results.estimates import Estimate, Evidence
from predictors.samples import sample_bytes

from estimate_support import estimate, four_kernels  # isort: skip

TARGETS = [
    ("huawei-p40-pro", "cpu", "fp32"),
    ("huawei-p40-pro", "gpu", "fp32"),
    ("raspberry-pi-4", "tflite-ruy", "int8"),
    ("oneplus-8-pro", "cpu4", "fp32"),
    ("jetson-tx2", "gpu", "fp32"),
]


def of(sample_id: str, target: tuple[str, str, str]) -> Estimate:
    device, delegate, precision = target
    graph = read_model(sample_bytes(sample_id))
    return estimate_graph(graph, device=device, delegate=delegate, precision=precision).estimates[0]


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("sample_id", ["vgg-16", "mobilenet-v2"])
def test_advice_names_the_costliest_kernels_and_cheaper_ones(
    sample_id: str, target: tuple[str, str, str]
) -> None:
    made = of(sample_id, target)
    advice = advise(made)
    costs = sorted((part.energy_mj for part in made.kernels), reverse=True)
    assert [each.part.energy_mj for each in advice] == costs[:3]
    for each in advice:
        assert each.share == pytest.approx(each.part.energy_mj / made.kernel_sum.energy_mj)
        for one in each.replacements:
            assert 0 < one.energy_mj < WORTHWHILE * each.part.energy_mj
            assert 0 < one.latency_ms < each.part.latency_ms
            assert one.saved_mj > (1 - WORTHWHILE) * each.part.energy_mj
            assert one.energy_mj_low <= one.energy_mj <= one.energy_mj_high
            assert one.evidence is not Evidence.UNSUPPORTED


def test_a_separable_convolution_costs_what_the_predictor_says() -> None:
    target = TARGETS[0]
    advice = advise(of("vgg-16", target))
    [conv] = [each for each in advice if each.part.kernel.kind is KernelKind.CONV][:1]
    [separable] = [one for one in conv.replacements if one.way is Way.SEPARABLE]
    config = conv.part.kernel.config
    depthwise, pointwise = separable.kernels
    assert (depthwise.kind, depthwise.config.c_out) == (KernelKind.DWCONV, config.c_in)
    assert (pointwise.config.kernel_h, pointwise.config.c_out) == (1, config.c_out)
    # A k x k convolution of the same size takes k^2 c_in c_out HW; the pair takes c_in HW (k^2 + c_out).
    side = config.out_h * config.out_w
    assert depthwise.macs + pointwise.macs == side * config.c_in * (9 + config.c_out)
    own = predictor(*target).estimate_kernels(separable.kernels)
    assert separable.energy_mj == pytest.approx(sum(part.energy_mj for part in own))


@pytest.mark.parametrize("target", TARGETS)
def test_what_a_replacement_saves_is_the_difference_of_both_networks(target: tuple[str, str, str]) -> None:
    made = of("vgg-16", target)
    each = advise(made)[1]
    one = each.replacements[0]
    place = made.kernels.index(each.part)
    kernels = [part.kernel for part in made.kernels]
    model = predictor(*target)
    runtime = model.target.runtime
    # The same network again is the estimate itself: nothing but the kernel makes the difference.
    assert model.estimate(FusedModel(runtime, tuple(kernels))).energy_mj == made.kernel_sum.energy_mj
    lighter = model.estimate(FusedModel(runtime, (*kernels[:place], *one.kernels, *kernels[place + 1 :])))
    assert one.saved_mj == pytest.approx(made.kernel_sum.energy_mj - lighter.energy_mj)
    there = lighter.kernels[place : place + len(one.kernels)]
    assert one.energy_mj == pytest.approx(sum(part.energy_mj for part in there))
    assert one.latency_ms == pytest.approx(sum(part.latency_ms for part in there))


def test_layers_of_many_rows_and_batches_are_replaced_by_as_many() -> None:
    # 128 rows of 768 to 3072: 128 * 768 * 3072 MACs; through 768/4 = 192 units 128 * 192 * (768 + 3072).
    matrix = graph_of_a_product(rows=128, c_in=768, c_out=3072)
    made = estimate_graph(matrix, device="huawei-p40-pro", delegate="cpu").estimates[0]
    [each] = advise(made)
    [low_rank] = each.replacements
    assert each.part.kernel.macs == 128 * 768 * 3072
    assert sum(kernel.macs for kernel in low_rank.kernels) == 128 * 192 * (768 + 3072)
    two = read_model(sample_bytes("vgg-16", batch=2))
    first = advise(estimate_graph(two, device="huawei-p40-pro", delegate="cpu").estimates[0])[0]
    config, [depthwise, pointwise] = first.part.kernel.config, first.replacements[0].kernels
    assert config.batch == depthwise.config.batch == pointwise.config.batch == 2
    side = config.out_h * config.out_w
    assert depthwise.macs + pointwise.macs == 2 * side * config.c_in * (9 + config.c_out)


def graph_of_a_product(rows: int, c_in: int, c_out: int) -> Graph:
    weights = numpy_helper.from_array(np.zeros((c_in, c_out), np.float32), "w")
    image, answer = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, rows, width])
        for name, width in (("x", c_in), ("y", c_out))
    )
    product = helper.make_node("MatMul", ["x", "w"], ["y"], name="product")
    graph = helper.make_graph([product], "net", [image], [answer], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return read_model(model.SerializeToString())


@pytest.mark.parametrize("options", [{}, {"batch": 3}])
def test_a_kernel_built_again_does_the_same_work(options: dict[str, int]) -> None:
    plain = 0
    for sample_id in ("mobilenet-v2", "alexnet", "shufflenet-v2", "googlenet"):
        for kernel in fuse(read_model(sample_bytes(sample_id, **options)), "tflite-cpu").kernels:
            if is_described(kernel):
                plain += 1
                again = _built(kernel)
                assert (again.macs, again.config) == (kernel.macs, kernel.config)
                assert again.output_elements == kernel.output_elements
                assert again.input_elements == kernel.input_elements
    assert plain > 100


@pytest.mark.parametrize(
    "change", [{"groups": 2}, {"dilation": 2}, {"kernel_w": 1}, {"stride_w": 2}, {"out_h": 5}]
)
def test_what_a_row_does_not_tell_is_not_replaced(change: dict[str, int]) -> None:
    conv = kernel_from_row(
        {"kernel": "conv-bn-relu", "input_hw": 28, "c_in": 64, "c_out": 64, "kernel_size": 3}
    )
    assert is_described(conv)
    assert not is_described(replace(conv, config=replace(conv.config, **change)))


def test_nothing_is_advised_where_nothing_is_known() -> None:
    assert advise(estimate()) == ()
    assert all(each.replacements == () for each in advise(four_kernels()))
