"""Kernels from table rows: sizes and work recomputed by hand, and every bad cell named."""

from __future__ import annotations

from typing import Any

import pytest

from predictors.errors import InputError
from predictors.model.kernel_rows import TABLE_KINDS, kernel_from_row, output_side, parse_kind
from predictors.model.kernels import KernelKind
from predictors.registry import predictor


def test_convolution_work_by_hand() -> None:
    row = {"kernel": "conv-bn-relu", "input_hw": 56, "c_in": 64, "c_out": 128, "kernel_size": 3, "stride": 2}
    kernel = kernel_from_row(row)
    assert (kernel.config.out_h, kernel.config.out_w) == (28, 28)
    assert kernel.macs == 28 * 28 * 128 * 64 * 9
    assert kernel.params == 128 * 64 * 9 + 128
    assert kernel.input_elements == 56 * 56 * 64
    assert kernel.output_elements == 28 * 28 * 128


def test_depthwise_work_by_hand() -> None:
    row = {"kernel": "dwconv", "input_hw": "14", "c_in": "96", "kernel_size": "5", "stride": ""}
    kernel = kernel_from_row(row)
    assert kernel.kind is KernelKind.DWCONV
    assert kernel.macs == 14 * 14 * 96 * 25
    assert kernel.config.groups == 96


def test_fully_connected_and_concat() -> None:
    assert kernel_from_row({"kernel": "fc", "c_in": 512, "c_out": 1000}).macs == 512_000
    row = {"kernel": "concat", "input_hw": 28, "c_in1": 8, "c_in2": 16, "c_in3": 0, "c_in4": ""}
    concat = kernel_from_row(row)
    assert concat.config.concat_c == (8, 16)
    assert concat.output_elements == 28 * 28 * 24


def test_padding_decides_the_output() -> None:
    assert output_side(11, 3, 1, "same") == 11
    assert output_side(11, 3, 1, "valid") == 9
    assert output_side(11, 3, 2, "same") == 6
    row = {"kernel": "conv", "input_hw": 11, "c_in": 3, "c_out": 7, "kernel_size": 5, "padding": "valid"}
    assert kernel_from_row(row).macs == 7 * 7 * 7 * 3 * 25


def test_a_pool_may_name_its_stride_as_published() -> None:
    row = {"kernel": "maxpool", "input_hw": 56, "c_in": 64, "kernel_size": 2}
    assert kernel_from_row({**row, "pool_stride": "2"}).config.out_h == 28
    assert kernel_from_row({**row, "pool_stride": "3", "stride": "2"}).config.out_h == 28
    assert kernel_from_row(row).config.out_h == 56


@pytest.mark.parametrize("kind", [kind for kind in KernelKind if kind not in TABLE_KINDS])
def test_kernels_whose_work_a_row_cannot_tell_are_refused(kind: KernelKind) -> None:
    with pytest.raises(InputError) as caught:
        kernel_from_row({**CONV, "kernel": kind.value})
    assert caught.value.code == "KERNEL_UNKNOWN"
    assert kind.value in caught.value.message


@pytest.mark.parametrize("kind", TABLE_KINDS)
def test_every_kernel_that_a_row_can_describe_has_a_figure_everywhere(kind: KernelKind) -> None:
    row = {**CONV, "kernel": kind.value, "input_hw": 28, "c_in": 64, "c_in1": 8, "c_in2": 16}
    kernel = kernel_from_row(row)
    places = (("huawei-p40-pro", "cpu"), ("huawei-p40-pro", "gpu"), ("jetson-tx2", "gpu"),
              ("raspberry-pi-4", "tflite-ruy"))  # fmt: skip
    for device_id, delegate in places:
        part = predictor(device_id, delegate, "fp32").estimate_kernels([kernel])[0]
        assert 0 < part.energy_mj_low < part.energy_mj < part.energy_mj_high


SPELLINGS = [("addrelu", "add-relu"), ("BN_ReLU", "bn-relu"), ("Conv", "conv-bn-relu")]


@pytest.mark.parametrize(("text", "kind"), SPELLINGS)
def test_other_spellings(text: str, kind: str) -> None:
    assert parse_kind(text).value == kind


CONV = {"kernel": "conv", "input_hw": 8, "c_in": 3, "c_out": 4, "kernel_size": 3, "stride": 1}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kernel": "warp-drive"}, "KERNEL_UNKNOWN"),
        ({"c_out": ""}, "KERNEL_INCOMPLETE"),
        ({"c_out": float("nan")}, "KERNEL_INCOMPLETE"),
        ({"input_hw": 0}, "KERNEL_VALUE"),
        ({"input_hw": -7}, "KERNEL_VALUE"),
        ({"stride": "two"}, "KERNEL_VALUE"),
        ({"c_in": 3.5}, "KERNEL_VALUE"),
        ({"c_in": 10**9}, "KERNEL_VALUE"),
        ({"padding": "reflect"}, "KERNEL_VALUE"),
        ({"padding": "valid", "kernel_size": 9}, "KERNEL_VALUE"),
    ],
)
def test_bad_cells_are_refused_by_code(change: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        kernel_from_row({**CONV, **change})
    assert caught.value.code == code
