"""Advice: the costliest kernels, and replacements costed by the same predictor."""

from __future__ import annotations

import pytest

from predictors.advice import WORTHWHILE, advice_sentence, advise
from predictors.estimate import estimate_graph
from predictors.estimates import Estimate, Evidence
from predictors.kernels import KernelKind
from predictors.reading import read_model
from predictors.registry import predictor
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
        assert each.share == pytest.approx(each.part.energy_mj / made.energy_mj)
        for one in each.replacements:
            assert 0 < one.energy_mj < WORTHWHILE * each.part.energy_mj
            assert one.energy_mj_low <= one.energy_mj <= one.energy_mj_high
            assert one.evidence is not Evidence.UNSUPPORTED


def test_a_separable_convolution_costs_what_the_predictor_says() -> None:
    target = TARGETS[0]
    advice = advise(of("vgg-16", target))
    [conv] = [each for each in advice if each.part.kernel.kind is KernelKind.CONV][:1]
    [separable] = [one for one in conv.replacements if "separable" in one.what]
    config = conv.part.kernel.config
    depthwise, pointwise = separable.kernels
    assert (depthwise.kind, depthwise.config.c_out) == (KernelKind.DWCONV, config.c_in)
    assert (pointwise.config.kernel_h, pointwise.config.c_out) == (1, config.c_out)
    # A k x k convolution of the same size takes k^2 c_in c_out HW; the pair takes c_in HW (k^2 + c_out).
    side = config.out_h * config.out_w
    assert depthwise.macs + pointwise.macs == side * config.c_in * (9 + config.c_out)
    own = predictor(*target).estimate_kernels(separable.kernels)
    assert separable.energy_mj == pytest.approx(sum(part.energy_mj for part in own))


def test_sentence_adds_the_shares_up() -> None:
    made = of("vgg-16", TARGETS[0])
    advice = advise(made)
    share = 100 * sum(each.part.energy_mj for each in advice) / made.energy_mj
    assert advice_sentence(made, advice).startswith(f"These 3 kernels take {share:.2g} % of the energy")


def test_nothing_is_advised_where_nothing_is_known() -> None:
    assert advise(estimate()) == ()
    assert "nothing to advise" in advice_sentence(estimate(), ())
    assert all(each.replacements == () for each in advise(four_kernels()))
