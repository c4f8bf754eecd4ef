"""The twelve reference networks as files: layers and counts as TensorFlow's published networks have them."""

from __future__ import annotations

from math import prod

import onnx
import pytest

from data import open_bundle, queries
from predictors.errors import InputError
from predictors.model.graph import Graph
from predictors.reading import read_model
from predictors.samples import REFERENCE_DNNS, SAMPLES, reference_bytes, sample_bytes
from samples_support import inferred_shapes


@pytest.fixture(scope="module")
def graphs() -> dict[str, Graph]:
    wanted = {name for name, precision in REFERENCE_DNNS.values() if precision == "fp32"}
    return {name: read_model(sample_bytes(name)) for name in wanted}


def test_every_network_of_the_measurements_is_there_in_its_precision() -> None:
    measured = queries.reference_dnns(open_bundle()).set_index("dnn_id")["precision"].to_dict()
    assert {dnn: precision for dnn, (_, precision) in REFERENCE_DNNS.items()} == measured


@pytest.mark.slow
@pytest.mark.parametrize("sample_id", [s.id for s in SAMPLES.values() if s.task != "classification"])
def test_macs_are_those_of_the_layers_and_parameters_within_a_thousandth(
    graphs: dict[str, Graph], sample_id: str
) -> None:
    from predictors.fusing import fuse

    sample, graph = SAMPLES[sample_id], graphs[sample_id]
    assert fuse(graph, "tflite-cpu").macs == sample.published_macs
    # FPNLite keeps one bias where TensorFlow has a norm per map.
    assert graph.params == pytest.approx(sample.published_params, rel=0.001)


@pytest.mark.parametrize(
    ("dnn_id", "outputs"),
    [
        ("DNN1", [(1, 1917, 4), (1, 1917, 91)]),
        ("DNN2", [(1, 1917, 4), (1, 1917, 91)]),
        ("DNN3", [(1, 51150, 4), (1, 51150, 91)]),
        ("DNN9", [(1, 3, 200, 200)]),
        ("DNN10", [(1, 21, 257, 257)]),
        ("DNN11", [(1, 384, 2)]),
        ("DNN12", [(1, 12)]),
    ],
)
def test_files_are_valid_and_infer_to_the_published_outputs(
    dnn_id: str, outputs: list[tuple[int, ...]]
) -> None:
    content = reference_bytes(dnn_id)
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    shapes = inferred_shapes(model)
    assert [shapes[output.name] for output in model.graph.output] == outputs
    assert len(content) < 310_000


@pytest.mark.parametrize(
    ("dnn_id", "part", "mega_macs"),
    [
        # Sums of parts, million MACs: from the layers of the TensorFlow configurations.
        ("DNN1", "classes", 135.5),
        ("DNN1", "boxes", 6.0),
        ("DNN1", "extra", 68.2),
        ("DNN1", "head", 41.0),
        ("DNN1", "stem", 19.4),
        ("DNN3", "smooth", 140.3),
        ("DNN3", "lateral", 111.4),
        ("DNN3", "head", 163.8),
    ],
)
def test_parts_count_what_their_layers_do(dnn_id: str, part: str, mega_macs: float) -> None:
    model = onnx.load_from_string(reference_bytes(dnn_id))
    shapes = inferred_shapes(model)
    macs = sum(
        prod(shapes[node.output[0]]) * prod(shapes[node.input[1]][1:])
        for node in model.graph.node
        if node.op_type == "Conv" and node.name.startswith(part)
    )
    assert macs / 1e6 == pytest.approx(mega_macs, abs=0.051)


def test_mobilebert_can_be_run_by_the_reference_runtime() -> None:
    import numpy as np
    from onnx.reference import ReferenceEvaluator

    from predictors.samples.tokens import mobilebert

    model = onnx.load_from_string(mobilebert(tokens=8, layers=2))
    tokens = {key: np.ones((1, 8), dtype=np.int64) for key in ("input_ids", "input_mask", "segment_ids")}
    (answer,) = ReferenceEvaluator(model).run(None, tokens)
    assert answer.shape == (1, 8, 2)
    assert np.isfinite(answer).all()


@pytest.mark.parametrize("options", [{"input_hw": 128}, {"batch": 2}, {"precision": "int8"}])
def test_a_network_without_an_image_has_no_side_batch_or_int8(options: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        sample_bytes("mobilebert", **options)
    assert caught.value.code == "OPTION_VALUE"


def test_an_unknown_reference_network_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        reference_bytes("DNN13")
    assert caught.value.code == "OPTION_VALUE"
