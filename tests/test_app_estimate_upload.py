"""Files of the reader's own on the estimate page: read, estimated, let go; bad ones answered in words."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from app.estimate.frames import kernel_frame
from app.estimate.linked import kernel_line
from app.i18n.formats import energy
from app.models.upload import open_dimensions, parse_shapes, read_upload, shapes_for, with_shapes
from estimate_support import HOSTILE, chart, four_kernels, model_without_rank, open_model, opened, texts
from predictors.errors import InputError
from predictors.estimate import estimate_model
from predictors.fusing import fuse

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


def uploaded(name: str, content: bytes, **query: str) -> AppTest:
    app = opened(**query)
    app.file_uploader[0].upload(name, content)
    return app.run()


def test_an_uploaded_model_is_estimated_like_on_the_command_line() -> None:
    path = LIGHT / "light_squeezenet.onnx"
    app = uploaded(path.name, path.read_bytes())
    made = estimate_model(path, device="huawei-p40-pro", delegate="cpu", precision="fp32")
    assert not app.exception
    assert not app.error
    assert app.metric[0].value == energy(made.estimates[0].energy_mj)
    assert made.model.sha256[:12] in texts(app)
    assert app.text[0].value == path.name
    assert not app.file_uploader, "the file widget makes room for the file's card"


def test_nothing_of_the_file_is_kept_but_its_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    managers = []
    removed = MemoryUploadedFileManager.remove_file

    def watched(self: MemoryUploadedFileManager, session_id: str, file_id: str) -> None:
        held = [each.data for files in self.file_storage.values() for each in files.values()]
        managers.append((self, held))
        removed(self, session_id, file_id)

    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", watched)
    content = (LIGHT / "light_squeezenet.onnx").read_bytes()
    app = uploaded("m.onnx", content)
    (manager, held_before), *_ = managers
    assert content in held_before, "the server held the file while it was read"
    assert not [each for files in manager.file_storage.values() for each in files]
    assert app.session_state["estimate_upload"].structure == b""


def test_clearing_goes_back_to_the_sample() -> None:
    app = uploaded("light_squeezenet.onnx", (LIGHT / "light_squeezenet.onnx").read_bytes())
    before = app.metric[0].value
    app.button(key="clear").click().run()
    assert "estimate_upload" not in app.session_state
    assert app.metric[0].value != before
    assert "MobileNetV2" in texts(app)
    assert len(app.file_uploader) == 1


BAD = [
    ("empty.onnx", b"", "MODEL_EMPTY"),
    ("notes.txt", b"hello, this is no model", "MODEL_NOT_ONNX"),
    ("model.pt", b"PK\x03\x04" + b"\x00" * 64, "MODEL_NOT_ONNX"),
    ("*bold*<b>.onnx", b"\x08\x08" + b"\xff" * 40, "MODEL_"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "content", "code"), BAD, ids=[name for name, _, _ in BAD])
def test_bad_files_are_answered_with_a_code_and_what_to_do(name: str, content: bytes, code: str) -> None:
    app = uploaded(name, content, device="raspberry-pi-4")
    assert not app.exception
    [error] = app.error
    assert code in error.value
    assert not app.metric
    assert app.selectbox(key="device").value == "raspberry-pi-4"
    assert len(app.file_uploader) == 1, "another file can be tried at once"
    assert app.text[0].value == name


def test_a_truncated_file_says_so() -> None:
    content = (LIGHT / "light_resnet50.onnx").read_bytes()
    app = uploaded("cut.onnx", content[: len(content) // 2])
    assert not app.exception
    assert "MODEL_TRUNCATED" in app.error[0].value


def test_open_dimensions_have_fields_that_estimate_again() -> None:
    app = uploaded("open.onnx", open_model())
    fields = [each for each in app.number_input if str(each.key).startswith("dimension_")]
    assert [each.value for each in fields] == [1, 224, 224]
    before = app.metric[0].value
    assert "1×3×224×224" in texts(app)
    fields[1].set_value(64).run()
    assert "1×3×64×224" in texts(app)
    assert app.metric[0].value != before
    assert not app.error


def test_kernels_without_a_figure_make_the_total_too_low() -> None:
    app = uploaded("open.onnx", open_model())
    [warning] = [each.value for each in app.warning]
    assert "too low" in warning
    assert "Mystery" in warning
    assert "KERNELS_UNSUPPORTED" in warning


def test_names_from_the_file_are_never_markup() -> None:
    app = uploaded("open.onnx", open_model())
    assert app.dataframe[0].value["Name"][0] == HOSTILE
    [first, *_] = chart(app)["data"]
    assert first["customdata"][0][1] == "&lt;b&gt;x&lt;/b&gt;&amp;*_[a](b)$1$"
    line = kernel_line(kernel_frame(four_kernels()).iloc[0])
    assert r"\<b\>x\</b\>\&\*\_\[a\]\(b\)\$1\$" in line


def test_a_session_may_read_one_file_after_another() -> None:
    app = uploaded("notes.txt", b"hello")
    app.file_uploader[0].upload("open.onnx", open_model())
    app.run()
    assert not app.error
    assert len(app.metric) == 3


def test_shapes_are_given_only_for_what_was_changed() -> None:
    upload = read_upload("open.onnx", memoryview(open_model()))
    assert upload.first is not None
    dimensions = open_dimensions(upload.first)
    start = {each: each.value for each in dimensions}
    assert shapes_for(upload.first, start) == {}
    changed = start | {dimensions[1]: 32}
    assert shapes_for(upload.first, changed) == {"image": (1, 3, 32, 224)}


def test_a_shape_that_cannot_be_keeps_the_structure_for_another_try() -> None:
    upload = read_upload("open.onnx", memoryview(open_model()))
    wrong = with_shapes(upload, {"image": (1, 4, 32, 32)})
    assert wrong.failure is not None
    assert wrong.failure[0] == "SHAPE_CONFLICT"
    assert with_shapes(wrong, {"image": (1, 3, 32, 32)}).failure is None


@pytest.mark.parametrize("text", ["image", "=1,2", "image=", "image=1,x", "image=1,-2", "image=1.5"])
def test_texts_that_are_no_shapes_are_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_shapes(text)
    assert caught.value.code == "OPTION_VALUE"


def test_shapes_are_read_from_text() -> None:
    assert parse_shapes(" a=1,3  b:0=7 ") == {"a": (1, 3), "b:0": (7,)}
    assert parse_shapes("") == {}


def test_a_file_that_needs_shapes_asks_for_them_and_then_answers() -> None:
    app = uploaded("norank.onnx", model_without_rank())
    assert "MODEL_SHAPE_NEEDED" in app.error[0].value
    [field] = [each for each in app.text_input if str(each.key).startswith("shapes_")]
    field.set_value("image=1,4,8").run()
    assert "MODEL_" in app.error[0].value or "SHAPE_" in app.error[0].value
    app.text_input(key=field.key).set_value("image=nonsense").run()
    assert any("OPTION_VALUE" in each.value for each in app.error)
    app.text_input(key=field.key).set_value("image=1,3,32,32").run()
    assert not app.error
    assert "1×3×32×32" in texts(app)


def test_a_quantised_model_is_estimated_in_its_own_precision() -> None:
    from predictors.samples import sample_bytes

    app = uploaded("q.onnx", sample_bytes("mobilenet-v1", precision="int8"))
    assert app.selectbox(key="precision").value == "int8"
    assert len(app.metric) == 3
    assert "PRECISION_DIFFERS" not in texts(app)


def _value(name: str, *shape: int | str | None, kind: int = onnx.TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return onnx.helper.make_tensor_value_info(name, kind, list(shape))


def undecided_model() -> bytes:
    """A loop of unknown steps of 1,024 multiply-accumulates, then a branch of 1,024 or, dearer, 2,048."""
    node, bools = onnx.helper.make_node, onnx.TensorProto.BOOL
    numbers = [_value("i", kind=onnx.TensorProto.INT64), _value("go", kind=bools), _value("a", 1, 32)]
    step = [node("MatMul", ["a", "w"], ["b"]), node("Identity", ["go"], ["on"])]
    body = onnx.helper.make_graph(step, "body", numbers, [_value("on", kind=bools), _value("b", 1, 32)])
    once = onnx.helper.make_graph([node("MatMul", ["l", "w"], ["t"])], "then", [], [_value("t", 1, 32)])
    twice = [node("MatMul", ["l", "w"], ["m"]), node("MatMul", ["m", "w"], ["e"])]
    other = onnx.helper.make_graph(twice, "else", [], [_value("e", 1, 32)])
    nodes = [
        node("Loop", ["n", "", "x"], ["l"], name="steps", body=body),
        node("If", ["c"], ["y"], name="choice", then_branch=once, else_branch=other),
    ]
    inputs = [_value("n", 1, kind=onnx.TensorProto.INT64), _value("c", 1, kind=bools), _value("x", 1, 32)]
    weight = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [32, 32], [0.0] * 1024)
    graph = onnx.helper.make_graph(nodes, "g", inputs, [_value("y", 1, 32)], [weight])
    return bytes(onnx.helper.make_model(graph).SerializeToString())


def macs_of(app: AppTest) -> int:
    return fuse(app.session_state["estimate_upload"].graph, "tflite-cpu").macs


def test_branches_and_steps_have_fields() -> None:
    app = uploaded("undecided.onnx", undecided_model())
    assert "NO_BASIS" in texts(app)
    [steps] = [each for each in app.number_input if str(each.key).endswith("_steps")]
    [branch] = [each for each in app.selectbox if str(each.key).endswith("_choice")]
    assert (steps.value, branch.value) == (None, "")
    steps.set_value(10).run()
    assert not app.exception
    assert macs_of(app) == 10 * 1024 + 2 * 1024
    assert app.number_input(key=steps.key).value == 10
    app.selectbox(key=branch.key).select("then_branch").run()
    assert macs_of(app) == 10 * 1024 + 1024
    app.number_input(key=steps.key).set_value(3).run()
    assert macs_of(app) == 3 * 1024 + 1024


def test_sizes_without_a_default_have_fields_one_input_after_the_other() -> None:
    inputs = [_value("a", 1, None, None), _value("b", 1, 7, None, None)]
    nodes = [onnx.helper.make_node(op, [one], [op]) for op, one in (("Relu", "a"), ("Sigmoid", "b"))]
    graph = onnx.helper.make_graph(nodes, "g", inputs, [_value("Relu"), _value("Sigmoid")])
    app = uploaded("sizes.onnx", onnx.helper.make_model(graph).SerializeToString())
    assert "MODEL_SHAPE_NEEDED" in app.error[0].value
    assert not [each for each in app.text_input if str(each.key).startswith("shapes_")]
    for name in "ab":
        for place, size in enumerate((20, 30)):
            fields = [each for each in app.number_input if f"_{name}_" in str(each.key)]
            fields[place].set_value(size).run()
    graph = app.session_state["estimate_upload"].graph
    assert (graph.shape("a"), graph.shape("b")) == ((1, 20, 30), (1, 7, 20, 30))
    assert not app.error


def test_the_cache_of_a_language_model_is_called_by_what_it_is() -> None:
    node = onnx.helper.make_node
    inputs = [_value("input_ids", 1, "sequence", kind=onnx.TensorProto.INT64)]
    inputs.append(_value("past_key_values.0.key", 1, 4, "past_sequence", 16))
    table = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [8, 64], [0.0] * 512)
    nodes = [node("Gather", ["w", "input_ids"], ["y"]), node("Relu", ["past_key_values.0.key"], ["z"])]
    graph = onnx.helper.make_graph(nodes, "g", inputs, [_value("y"), _value("z")], [table])
    upload = read_upload("llm.onnx", memoryview(onnx.helper.make_model(graph).SerializeToString()))
    assert upload.first is not None
    assert {(each.label, each.value) for each in open_dimensions(upload.first)} == {
        ("New tokens (sequence)", 1),
        ("Tokens in the cache (past_sequence)", 512),
    }
