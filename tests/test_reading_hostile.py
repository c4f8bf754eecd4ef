"""What the reader promises about bad files besides the outcomes of the corpus in `hostile/`."""

from __future__ import annotations

import errno
import os
import struct
import tempfile
import tracemalloc
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from data.errors import WorkError, not_kept
from predictors.errors import ModelError
from predictors.reading import read_model, source
from predictors.reading.limits import DEFAULT_LIMITS
from predictors.reading.prune_file import prune_view
from reading_support import code_of, from_nodes


def relu_twice(second_output: str) -> bytes:
    nodes = [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Relu", ["x"], [second_output])]
    return from_nodes(nodes, {"x": [1]}, {"w": [3]})


@pytest.mark.parametrize("name", ["a", "x", "w"])
def test_two_producers_of_one_tensor_are_refused(name: str) -> None:
    assert code_of(relu_twice(name)) == "MODEL_DUPLICATE_NAME"


def test_duplicate_inputs_and_weights_are_refused() -> None:
    model = onnx.load_model_from_string(relu_twice("b"))
    model.graph.input.append(model.graph.input[0])
    assert code_of(model.SerializeToString()) == "MODEL_DUPLICATE_NAME"
    del model.graph.input[1]
    model.graph.initializer.append(model.graph.initializer[0])
    assert code_of(model.SerializeToString()) == "MODEL_DUPLICATE_NAME"


def test_a_missing_tensor_is_named() -> None:
    data = from_nodes([helper.make_node("Add", ["x", "nowhere"], ["y"])], {"x": [1]})
    with pytest.raises(ModelError, match="'nowhere'") as caught:
        read_model(data)
    assert caught.value.code == "MODEL_MISSING_INPUT"


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>\n\x00\x1b[31m" + "a" * 5000, "![x](http://e.x/)\u202e" * 99]
)
def test_names_come_out_short_printable_and_still_distinct(name: str) -> None:
    nodes = [helper.make_node("Relu", [name], [name + "1"], name=name),
             helper.make_node("Relu", [name + "1"], [name + "2"], name=name)]  # fmt: skip
    graph = read_model(from_nodes(nodes, {name: [1]}, outputs=(name + "2",)))
    names = [*graph.tensors, *graph.inputs, *graph.outputs, *(node.name for node in graph.nodes)]
    assert all(len(one) <= 200 and one.isprintable() for one in names)
    assert len(graph.tensors) == 3
    assert graph.nodes[0].outputs == graph.nodes[1].inputs
    assert graph.outputs == graph.nodes[1].outputs
    assert set(graph.tensors) == {one.name for one in graph.tensors.values()}


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero"), tmp_path / "absent", Path("nul\0byte")):
        with pytest.raises(ModelError) as caught:
            read_model(path)
        assert caught.value.code == "MODEL_FILE", path
    (tmp_path / "empty").touch()
    with pytest.raises(ModelError) as caught:
        read_model(tmp_path / "empty")
    assert caught.value.code == "MODEL_EMPTY"


def test_a_file_above_the_limit_is_refused_without_reading_it(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**31)  # a hole: no disk is used
    with pytest.raises(ModelError, match="2,147 MB") as caught:
        read_model(tmp_path / "huge")
    assert caught.value.code == "MODEL_TOO_LARGE"


def test_no_file_is_opened_for_external_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weight = TensorProto(name="w", dims=[4], data_type=TensorProto.INT64, data_location=TensorProto.EXTERNAL)
    weight.external_data.add(key="location", value=str(tmp_path / "secret"))
    (tmp_path / "secret").write_bytes(b"\1" * 32)
    model = onnx.load_model_from_string(
        from_nodes([helper.make_node("Reshape", ["x", "w"], ["y"])], {"x": [1, 1, 1, 1]})
    )
    model.graph.initializer.append(weight)
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    monkeypatch.chdir(tmp_path)
    # The shape lies in that file, and nobody looks: what is there would be read as four ones.
    with pytest.raises(ModelError) as caught:
        read_model(tmp_path / "model.onnx")
    assert caught.value.code == "MODEL_SHAPE_ELSEWHERE"


def flat_bomb(identifier: bytes, lists: tuple[int, ...], entries: int) -> bytes:
    """A FlatBuffers file whose list (behind the slots `lists`) leads to tables of one huge description."""
    made = bytearray(b"\0\0\0\0" + identifier)

    def described(slots: int, used: int) -> int:
        made.extend(b"\0" * (len(made) % 2))
        made.extend(
            struct.pack("<HH", 4 + 2 * slots, 8) + b"\0\0" * used + b"\4\0" + b"\0\0" * (slots - used - 1)
        )
        return len(made) - 4 - 2 * slots

    def table(description: int) -> int:
        made.extend(b"\0" * (-len(made) % 4))
        made.extend(struct.pack("<ii", len(made) - description, 0))
        return len(made) - 8

    at = 0
    for slot in lists:
        place = table(described(slot + 1, slot))
        struct.pack_into("<I", made, at, place - at)
        at = place + 4
    huge, place = described(32_764, 0), len(made)
    struct.pack_into("<I", made, at, place - at)
    made.extend(struct.pack("<I", entries) + bytes(4 * entries))
    tables = [table(huge) for _ in range(entries)]
    for entry, one in enumerate(tables):
        link = place + 4 + 4 * entry
        struct.pack_into("<I", made, link, one - link)
        struct.pack_into("<I", made, one + 4, len(made) - one - 4)
    return bytes(made) + struct.pack("<I", 4) + b"name"


def test_tables_that_share_a_huge_description_stay_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each table once cost its 32,764 slots: 11,000 of them took 27 s and 2.8 GB in the server's process."""
    values = flat_bomb(b"ORTM", (1, 7, 1), 3_000)
    tracemalloc.start()
    prune_view(memoryview(values), DEFAULT_LIMITS)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert code_of(flat_bomb(b"TFL3", (4,), 3_000)) == "MODEL_TOO_COMPLEX"
    elsewhere = []
    monkeypatch.setattr(source, "_prune_large", lambda *_: elsewhere.append(1) or b"")
    with source.pruned_source(values, attend=lambda _: None) as (pruned, _):
        assert (pruned, elsewhere) == (b"", [1])


def test_a_temporary_folder_that_cannot_be_used_has_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = b"PK\3\4" + bytes(40)
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    with (
        pytest.raises(WorkError) as caught,
        source.pruned_source(archive, attend=lambda _: None),
    ):
        pass
    assert caught.value.code == "NO_SCRATCH"
    assert not_kept(OSError(errno.ENOSPC, "")).code == not_kept(OSError(errno.EDQUOT, "")).code == "NO_SPACE"
