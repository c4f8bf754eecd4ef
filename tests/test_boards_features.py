"""What a kernel amounts to: amounts by hand, additivity, and the committed table of training networks."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from data import open_bundle, queries
from predictors.energy.boards.data import (
    DENSE_NETWORK,
    FEATURES_PATH,
    KEY_COLUMNS,
    generated_amounts,
    network_amounts,
    network_models,
)
from predictors.energy.boards.features import (
    KERNEL_TERMS,
    TERMS,
    kernel_evidence,
    kernel_terms,
    network_terms,
)
from predictors.model.kernels import Kernel, KernelConfig, KernelKind
from predictors.results.estimates import Evidence

CHECKED = ("mobilenet-v1-0.25-128", "mobilenet-v3-small-1.0-224", "efficientnet-lite0")


def kernel(kind: KernelKind, macs: int = 0, **figures: object) -> Kernel:
    config = figures.pop("config", KernelConfig())
    return Kernel(0, str(kind), kind, config, macs=macs, **figures)  # type: ignore[arg-type]


def amounts(one: Kernel) -> dict[str, float]:
    found = dict(zip(KERNEL_TERMS, kernel_terms([one])[0], strict=True))
    return {term: value for term, value in found.items() if value}


def test_a_pointwise_convolution_by_hand() -> None:
    """56 x 56, 64 -> 128 channels: 25,690,112 MACs, 200,704 + 401,408 elements, 8,192 + 128 weights."""
    config = KernelConfig(56, 56, 64, 128, 1, 1, out_h=56, out_w=56)
    one = kernel(
        KernelKind.CONV,
        25_690_112,
        config=config,
        params=8_320,
        input_elements=200_704,
        output_elements=401_408,
    )
    assert amounts(one) == pytest.approx(
        {
            "pointwise_macs_m": 25.690112,
            "activations_m": 0.602112,
            "overflow_m": 0.352112,
            "pointwise_weights_m": 0.00832,
            "kernels": 1.0,
        }
    )


def test_a_first_convolution_reads_an_image() -> None:
    config = KernelConfig(224, 224, 3, 32, 3, 3, 2, 2, 112, 112)
    one = kernel(
        KernelKind.CONV,
        10_838_016,
        config=config,
        params=896,
        input_elements=150_528,
        output_elements=401_408,
    )
    found = amounts(one)
    assert found["other_conv_macs_m"] == pytest.approx(10.838016)
    assert found["image_m"] == pytest.approx(0.150528)
    assert "pointwise_macs_m" not in found


@pytest.mark.parametrize(
    ("kind", "config", "term"),
    [
        (KernelKind.DWCONV, KernelConfig(c_in=32, kernel_h=3, kernel_w=3, groups=32), "depthwise_macs_m"),
        (
            KernelKind.GROUPED_CONV,
            KernelConfig(c_in=32, kernel_h=1, kernel_w=1, groups=2),
            "other_conv_macs_m",
        ),
        (KernelKind.TRANSPOSED_CONV, KernelConfig(c_in=32, kernel_h=2, kernel_w=2), "other_conv_macs_m"),
        (KernelKind.FC, KernelConfig(input_h=1, c_in=64), "fully_connected_macs_m"),
        (KernelKind.FC, KernelConfig(input_h=128, c_in=64), "pointwise_macs_m"),
        (KernelKind.ATTENTION, KernelConfig(), "pointwise_macs_m"),
        (KernelKind.RNN, KernelConfig(), "fully_connected_macs_m"),
    ],
)
def test_macs_go_to_the_nearest_term(kind: KernelKind, config: KernelConfig, term: str) -> None:
    found = amounts(kernel(kind, 5_000_000, config=config))
    assert {name: value for name, value in found.items() if name.endswith("macs_m")} == {term: 5.0}


@pytest.mark.parametrize("kind", list(KernelKind))
def test_every_kind_counts_or_says_why_not(kind: KernelKind) -> None:
    one = kernel(kind, 1_000, input_elements=100, output_elements=100)
    evidence, law = kernel_evidence(one, dense_convolutions_measured=True)
    assert bool(amounts(one)) == (kind not in {KernelKind.UNSUPPORTED, KernelKind.QUANTIZE})
    assert ("free" in law) == (kind is KernelKind.QUANTIZE)
    assert (evidence is Evidence.UNSUPPORTED) == (kind is KernelKind.UNSUPPORTED)
    assert law


def test_dense_convolutions_are_an_approximation_where_none_was_measured() -> None:
    inner = kernel(KernelKind.CONV, 1_000, config=KernelConfig(c_in=64, kernel_h=3, kernel_w=3))
    first = kernel(KernelKind.CONV, 1_000, config=KernelConfig(c_in=3, kernel_h=3, kernel_w=3))
    assert kernel_evidence(inner, dense_convolutions_measured=True)[0] is Evidence.PREDICTED
    assert kernel_evidence(inner, dense_convolutions_measured=False)[0] is Evidence.APPROXIMATED
    assert kernel_evidence(first, dense_convolutions_measured=False)[0] is Evidence.PREDICTED


def test_hard_swish_counts_alone_and_fused_but_not_inside_squeeze_and_excite() -> None:
    alone = kernel(KernelKind.HSWISH, output_elements=2_000_000)
    fused = kernel(KernelKind.CONV, output_elements=2_000_000, ops=("Conv", "HardSwish"))
    squeeze = kernel(KernelKind.SE, output_elements=2_000_000, ops=("GlobalAveragePool", "Conv", "Mul"))
    assert [amounts(one).get("hard_swish_m", 0.0) for one in (alone, fused, squeeze)] == [2.0, 2.0, 0.0]


def test_amounts_of_a_network_are_the_sum_of_its_kernels() -> None:
    kernels = [kernel(kind, 10_000, input_elements=300_000, output_elements=7) for kind in KernelKind]
    assert network_terms(kernels)[:-1] == pytest.approx(kernel_terms(kernels).sum(axis=0))
    assert network_terms(kernels)[-1] == 1.0


def test_the_committed_amounts_are_those_of_the_generated_networks() -> None:
    models = network_models(queries.networks(open_bundle()))
    chosen = {key: model for key, model in models.items() if key[0] in CHECKED}
    assert len(chosen) == len(CHECKED)
    with FEATURES_PATH.open(encoding="utf-8") as stream:
        committed = {
            tuple(row[column] for column in KEY_COLUMNS): row
            for row in csv.DictReader(line for line in stream if not line.startswith("#"))
        }
    for row in generated_amounts(chosen):
        assert committed[tuple(row[column] for column in KEY_COLUMNS)] == row


def test_every_measured_network_has_amounts_in_both_precisions_and_runtimes() -> None:
    networks = {name for name, _ in network_models(queries.networks(open_bundle()))}
    expected = {(n, p, r) for n in networks for p in ("fp32", "int8") for r in ("tflite-cpu", "armnn")}
    assert set(network_amounts()) == expected
    assert DENSE_NETWORK in networks


def test_macs_of_the_table_agree_with_the_published_ones() -> None:
    """Within 4 %: but for the README's figures known to be off (see predictors/samples/boards.py)."""
    published = queries.networks(open_bundle()).drop_duplicates("network").set_index("network")["macs_m"]
    for (network, precision, runtime), found in network_amounts().items():
        if network.startswith("mobilenet-v2-") and (precision, runtime) == ("fp32", "armnn"):
            assert found.terms[:4].sum() == pytest.approx(
                published[network], abs=0.04 * published[network] + 1.0
            )
    assert len(TERMS) == len(next(iter(network_amounts().values())).terms)
    assert all(np.isfinite(found.terms).all() for found in network_amounts().values())
