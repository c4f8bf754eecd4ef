"""The graph's way over a process border, and what happens when the process on the other side is ended."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import WorkError
from data.workers import process
from data.workers.frames import read_frame, write_frame
from predictors import errors
from predictors.errors import CodedError, InputError, ModelError, printable
from predictors.model.graph import DefaultedDimension, Graph, Node, Tensor
from predictors.reading import answers, close_workers, isolated, read_isolated, read_model, worker
from predictors.reading.graph_json import from_json, to_json
from reading_support import from_text

ROOT = Path(__file__).resolve().parents[1]
CONV = from_text("g (float[N,3,H,W] x) => (float[1,4,6,6] y) <float[4,3,3,3] w> { y = Conv(x, w) }")

NAMES = st.text(max_size=8)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
SHAPES = st.lists(st.integers(0, 2**40), max_size=5).map(tuple)
ATTRIBUTES = st.dictionaries(
    NAMES,
    st.integers()
    | st.floats(allow_nan=False)
    | NAMES
    | st.lists(st.integers()).map(tuple)
    | st.lists(NAMES).map(tuple),
    max_size=4,
)
TENSORS = st.builds(
    Tensor,
    NAMES,
    st.none() | SHAPES,
    NAMES,
    st.booleans(),
    st.none() | st.lists(NUMBERS, max_size=4).map(tuple),
)
STRINGS = st.lists(NAMES, max_size=3).map(tuple)
NODES = st.builds(Node, st.integers(0, 99), NAMES, NAMES, NAMES, STRINGS, STRINGS, ATTRIBUTES)
GRAPHS = st.builds(
    Graph,
    name=NAMES,
    sha256=NAMES,
    nodes=st.lists(NODES, max_size=3).map(tuple),
    tensors=st.lists(TENSORS, max_size=4).map(lambda many: {one.name: one for one in many}),
    inputs=STRINGS,
    outputs=STRINGS,
    params=st.integers(0, 2**40),
    opset=st.integers(1, 30),
    producer=NAMES,
    precision=NAMES,
    defaulted=st.lists(
        st.builds(DefaultedDimension, NAMES, st.integers(), NAMES, st.integers(), NAMES), max_size=2
    ).map(tuple),
)


@pytest.mark.slow
@given(GRAPHS)
@settings(max_examples=200, deadline=None)
def test_graph_survives_json(graph: Graph) -> None:
    again = from_json(to_json(graph))
    assert again == graph
    assert [type(value) for one in again.tensors.values() for value in one.values or ()] == [
        type(value) for one in graph.tensors.values() for value in one.values or ()
    ]


def test_infinite_and_undefined_constants_survive_json() -> None:
    tensor = Tensor("t", (3,), "float32", True, (math.inf, -math.inf, math.nan))
    values = from_json(to_json(Graph("g", "", (), {"t": tensor}, (), (), 0, 17))).tensors["t"].values
    assert values is not None
    assert values[:2] == (math.inf, -math.inf)
    assert math.isnan(values[2])


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"name": 1}', b"\xff"])
def test_other_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        from_json(text)


def test_isolated_reading_equals_reading_here() -> None:
    for shapes in (None, {"x": (2, 3, 20, 30)}):
        assert read_isolated(CONV, shapes=shapes) == read_model(CONV, shapes=shapes)


def test_errors_cross_the_border_with_their_code() -> None:
    for source, shapes, code in (
        (CONV, {"z": (1,)}, "SHAPE_UNKNOWN_INPUT"),
        (CONV, {"x": (1, 3, 1, 1)}, "MODEL_SHAPE_CONFLICT"),
        (b"", None, "MODEL_EMPTY"),
    ):
        with pytest.raises(ModelError) as isolated_error:
            read_isolated(source, shapes=shapes)
        with pytest.raises(ModelError) as local_error:
            read_model(source, shapes=shapes)
        assert isolated_error.value.code == code
        assert isolated_error.value.message == local_error.value.message


def test_a_worker_is_kept_and_used_again() -> None:
    close_workers()
    read_isolated(CONV)
    (first,) = isolated._POOL._idle
    read_isolated(CONV)
    assert isolated._POOL._idle == [first]
    assert first.served == 2


def test_nothing_of_a_model_stays_in_a_worker_and_large_attributes_are_not_remembered_at_all() -> None:
    """Answers of one visitor's file took the memory of the next one's, its texts among them."""
    answers.forget()
    assert read_model(CONV).nodes and answers._answers
    before = dict(answers._kept)
    for named in ("SECRET" * 200, [0.5] * 1_000):
        graph = from_text("g (float[2,8] x) => (float[2,8] y) { y = Relu(x) }")
        node = (model := onnx.load_from_string(graph)).graph.node[0]
        node.attribute.append(onnx.helper.make_attribute("of_mine", named))
        assert read_model(model.SerializeToString()).nodes
    assert answers._kept == before
    asked = BytesIO()
    write_frame(asked, CONV)
    asked.seek(0)
    worker._serve(b"{}", asked, BytesIO())
    assert not answers._answers
    assert answers._kept == {"elements": 0}


def test_a_stalled_worker_is_ended_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    close_workers()
    read_isolated(CONV)
    (worker,) = isolated._POOL._idle
    os.kill(worker.process.process_id, 19)  # SIGSTOP: it uses no processor time and will never answer
    with monkeypatch.context() as impatient, pytest.raises(WorkError) as caught:
        impatient.setattr(process, "START_S", 0.2)
        impatient.setattr(process, "CLOCK_PER_CPU", 0.0)
        read_isolated(CONV)
    assert caught.value.code == "BUSY", "of the machine, not of the file: it passes"
    assert isolated._POOL._idle == []
    assert not worker.process.is_running
    assert read_isolated(CONV).shape("y") == (1, 4, 222, 222)


def test_a_crashed_worker_is_a_coded_error_and_replaced() -> None:
    close_workers()
    worker = isolated._Worker(isolated.MEMORY_MB, isolated.TIMEOUT_S)
    worker.process.close()
    with pytest.raises(ModelError) as caught:
        worker.read(CONV, {})
    assert caught.value.code == "MODEL_READER_CRASHED"
    assert not worker.usable
    assert read_isolated(CONV).params == 108


def test_little_memory_is_a_coded_error() -> None:
    nodes = "".join(f"t{i + 1} = Add(t{i}, t{i}) " for i in range(4000))
    data = from_text(f"g (float[2] t0) => (float[2] t4000) {{ {nodes} }}")
    with pytest.raises(ModelError) as caught:
        read_isolated(data, memory_mb=110)
    assert caught.value.code in {"MODEL_READER_MEMORY", "MODEL_READER_CRASHED"}
    assert read_isolated(data).shape("t4000") == (2,)


def test_several_threads_read_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        graphs = list(
            pool.map(lambda width: read_isolated(CONV, shapes={"x": (1, 3, width, 9)}), range(8, 20))
        )
    assert [graph.shape("y") for graph in graphs] == [(1, 4, width - 2, 7) for width in range(8, 20)]
    assert len(isolated._POOL._idle) <= 2


def test_the_worker_can_open_no_file_and_write_none(tmp_path: Path) -> None:
    script = (
        "from data.workers.rights import give_up_rights\n"
        "from predictors.reading.worker import _warm_up\n"
        "_warm_up(); give_up_rights(800)\n"
        f"try:\n    open({str(tmp_path / 'x')!r}, 'w')\n"
        "except OSError as error:\n    print('refused', error.errno)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "refused 24"  # EMFILE


def test_reading_imports_neither_onnx_nor_numpy_before_a_model_is_read() -> None:
    script = (
        "import sys, predictors.reading as r\n"
        "from predictors.errors import ModelError\n"
        "try:\n    r.read_model(b'no model')\n"
        "except ModelError as error:\n    assert error.code == 'MODEL_NOT_ONNX'\n"
        "print([name for name in ('onnx', 'numpy', 'pandas', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_frames_end_quietly_when_the_other_side_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "frames"
    with path.open("wb") as file:
        write_frame(file, b"abc")
        file.write((99).to_bytes(8, "little") + b"too short")
    with path.open("rb") as file:
        assert read_frame(file) == b"abc"
        assert read_frame(file) is None
    path.write_bytes(b"\xff" * 9)
    with path.open("rb") as file:
        assert read_frame(file) is None


def test_every_code_in_the_source_is_in_the_register() -> None:
    import re

    used = set()
    for path in [*(ROOT / "predictors").rglob("*.py")]:
        if path.name != "errors.py":
            used |= set(re.findall(r'"((?:MODEL|SHAPE)_[A-Z_]+)"', path.read_text(encoding="utf-8")))
    registered = {code for code in errors.CODES if code.startswith(("MODEL_", "SHAPE_"))}
    assert used == registered


def test_an_error_needs_a_registered_code() -> None:
    with pytest.raises(KeyError):
        ModelError("MODEL_NEW", "text")
    error = InputError("INPUT_VALUE", "Row 3 says x.")
    assert isinstance(error, CodedError)
    assert (error.code, str(error)) == ("INPUT_VALUE", "Row 3 says x.")


def test_printable_cuts_and_cleans() -> None:
    assert printable("conv1") == "conv1"
    assert printable("a\nb\x1b[0m") == "a?b?[0m"
    assert len(printable("x" * 500)) == 80
    assert printable("x" * 500).endswith("...")
