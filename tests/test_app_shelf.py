"""The shelf: many files at once, a matrix of them and all devices, one session's own."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from streamlit.testing.v1 import AppTest

from app import own_devices
from app.compare import shelf_cells
from app.compare.shelf import _cell_text, _frames, _styled
from app.compare.shelf_link import _read, _told
from app.models.shelf import MOST_FILES, MOST_STRUCTURE_MB, SHELF, _problem
from app.models.upload import Upload
from predictors.fusing.network import Network
from predictors.research.matrix import Cell, Gap, Matrix, Within
from predictors.samples import sample_bytes
from test_app_compare_pages import opened
from tflite_support import INT8, build, small_network

ROOT = Path(__file__).resolve().parents[1]


def wider(channels: int) -> bytes:
    network = small_network()
    tensors = network.subgraphs[0].tensors
    tensors[1].shape, tensors[1].zeros = (channels, 3, 3, 3), 108 * channels
    tensors[2].shape, tensors[2].zeros = (channels,), 4 * channels
    tensors[3].shape = (1, 8, 8, channels)
    tensors[5].shape = (1, channels)
    tensors[6].shape, tensors[6].zeros = (2, channels), 8 * channels
    return build(network)


def shelved(files: list[tuple[str, bytes]], **query: str) -> AppTest:
    app = opened(view="shelf", **query)
    app.file_uploader[0].set_value([(name, content, "application/octet-stream") for name, content in files])
    return app.run()


def texts(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption, *app.info, *app.warning))


@pytest.mark.slow
def test_files_stand_and_broken_ones_say_why() -> None:
    network = build(small_network())
    files = [(f"net{place}.tflite", wider(place + 5)) for place in range(3)]
    broken = [("cut.tflite", network[:200]), ("notes.txt", b"hello"), ("again.tflite", files[0][1])]
    app = shelved([*files, *broken, ("sample.onnx", sample_bytes("squeezenet-1.1"))])
    assert not app.exception
    assert [each.name for each in app.session_state[SHELF]] == ["net0", "net1", "net2", "sample"]
    refused = app.dataframe[0].value
    assert list(refused.iloc[:, 0]) == ["cut.tflite", "notes.txt", "again.tflite"]
    assert list(refused.iloc[:, 1])[1:] == ["MODEL_NOT_ONNX", "SHELF_TWICE"]
    matrix = app.dataframe[1].value
    assert [name.partition(" ")[0] for name in matrix.index] == ["net0", "net1", "net2", "sample"]
    assert matrix.shape[1] > 20
    assert (matrix.notna().sum(axis=1) > 20).all()


def test_limits_frame_what_fits_and_models_can_be_taken_off() -> None:
    app = shelved(
        [("a.tflite", build(small_network())), ("b.tflite", build(small_network(INT8)))], ms="1e5", mj="1e6"
    )
    assert "Within the limits" in texts(app)
    one = app.session_state[SHELF][0]
    app.button(key=f"off_{one.id}").click().run()
    assert [each.name for each in app.session_state[SHELF]] == ["b"]
    assert len(app.dataframe[0].value) == 1


@pytest.mark.slow
def test_shelf_is_full_at_its_limit() -> None:
    app = shelved([(f"{place}.tflite", wider(place + 1)) for place in range(MOST_FILES + 1)])
    assert len(app.session_state[SHELF]) == MOST_FILES
    assert list(app.dataframe[0].value.iloc[:, 1]) == ["SHELF_FULL"]


def test_another_session_sees_nothing_but_what_the_link_says() -> None:
    first = shelved([("mine.tflite", build(small_network()))])
    link = first.query_params["shelf"]
    assert SHELF not in opened(view="shelf").session_state
    second = opened(view="shelf", shelf=link)
    assert "are not here" in texts(second)
    assert SHELF not in second.session_state
    assert second.table[0].value.iloc[0, 0] == "mine"


CELL = Cell("a~b", "phone", "cpu", "fp32", 12.3, 11.0, 14.0, 5.0, "predicted", 1)


def page_of_parts() -> None:
    from types import SimpleNamespace

    import streamlit as st

    from app import own_devices
    from app.compare.shelf_cells import parts_for
    from predictors.energy.calibrated.device_file import OwnDevice

    seen = st.session_state.seen = []
    for name in ("", "first", "second", ""):
        if name:
            own_devices.keep(OwnDevice("mine", name))
        else:
            own_devices.forget("mine")
        seen += [parts_for(SimpleNamespace(id="a", name="a", upload=None), "fp32")[0] for _ in range(2)]


def test_cells_of_the_shelf_follow_the_devices_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(shelf_cells, "uploaded_model", lambda upload: upload)
    monkeypatch.setattr(shelf_cells, "report_for", lambda model, precision: asked.append(precision))
    names = lambda *_: (tuple(each.name for each in own_devices.visitors()), ())  # noqa: E731
    monkeypatch.setattr(shelf_cells, "parts_of", names)
    stamps: list[str] = ["now"]
    monkeypatch.setattr(shelf_cells, "stamp", lambda: stamps[-1])
    app = AppTest.from_function(page_of_parts).run()
    assert not app.exception
    assert app.session_state.seen == [(), (), ("first",), ("first",), ("second",), ("second",), (), ()]
    assert len(asked) == 4
    stamps.append("later")
    app.run()
    assert {key[-1] for key in app.session_state[own_devices.SHELF_PARTS]} == {"later"}


def test_cells_say_range_limit_and_what_is_missing() -> None:
    text = _cell_text(CELL, Within(20, 10))
    assert text.startswith("✓ ")
    assert "*" in text
    values, _, marked = _frames(Matrix((CELL,), (), Within(20, 10)))
    assert values.iloc[0, 1] == pytest.approx(12.3)
    assert marked.iloc[0, 1]
    assert not _frames(Matrix((CELL,), (), Within(1, 10)))[2].iloc[0, 1]


def test_every_cell_says_its_own_text_also_beside_one_of_the_same_value() -> None:
    other = replace(CELL, model="b", energy_mj_high=99.0, missing=0)
    gaps = Gap("c", "phone", "cpu", "fp32", "DOES_NOT_FIT"), Gap("b", "board", "cpu", "fp32", "NO_DATA")
    cells = CELL, other, replace(CELL, device_id="board")
    values, texts, _ = _frames(Matrix(cells, gaps))
    styled = _styled(values, texts)._translate(False, False)["body"]
    shown = [[cell["display_value"] for cell in row if cell["type"] == "td"] for row in styled]
    assert shown == texts.to_numpy().tolist()
    assert {"does not fit", "no figure", "–"} <= {each for row in shown for each in row}


def test_devices_that_are_too_small_are_named() -> None:
    def page() -> None:
        from app.compare.shelf import _show_gaps
        from predictors.research.matrix import Gap

        _show_gaps([Gap("net", "raspberry-pi-4", "tflite-2.10", "fp32", "DOES_NOT_FIT")])

    assert "Raspberry Pi 4" in AppTest.from_function(page).run().warning[0].value


def test_figures_survive_the_address_and_nonsense_does_not() -> None:
    found = _read(_told(CELL))
    assert found is not None
    assert (found.model, found.energy_mj, found.latency_ms) == ("a-b", 12.3, 5.0)
    for text in ("", "a~b", "n~fp32~phone~cpu~1~1~nan~1", "n~fp32~<b>~cpu~1~1~1~1", "n~fp32~p~c~1~1~1~-1",
                 "n~fp32~p~c~1~2~3~1", "n~fp32~p~c~3~2~1~1"):  # fmt: skip
        assert _read(text) is None


def test_a_model_of_the_shelf_can_be_model_b_beside_another_one() -> None:
    app = shelved([("mine.onnx", sample_bytes("squeezenet-1.1"))])
    [one] = app.session_state[SHELF]
    app.query_params.clear()
    for key, value in {"view": "two", "sample": "mobilenet-v2", "b_sample": one.id}.items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / "estimate.py"))
    app.run()
    assert not app.error and not app.exception
    assert app.selectbox(key="b_sample").value == one.id
    totals = app.dataframe[0].value.set_index("Model")
    # squeezenet-1.1 has 352 million MACs; its final pooling counts none.
    assert float(totals.loc["B", "Million MACs"].replace(",", "")) == pytest.approx(350, rel=0.02)


@pytest.mark.slow
def test_three_tasks_of_a_new_user() -> None:
    """Which of my three models fits in 50 ms and 100 mJ, on which device; is int8 worth it for all of them;
    put this into my paper: files, two limits and one click, nothing else is asked.
    """
    names = ("squeezenet-1.1", "mobilenet-v2", "resnet-50")
    app = shelved([(f"{name}.onnx", sample_bytes(name)) for name in names])
    assert not app.exception and not app.error
    assert "Least energy" in texts(app)
    app.number_input(key="ms").set_value(50.0).run()
    app.number_input(key="mj").set_value(100.0).run()
    head = "Within the limits, each model where it takes the least energy:"
    answer = texts(app).replace("\\", "").partition(head)[2]
    inside = {line.split("**")[1] for line in answer.splitlines() if line.startswith("- **")}
    [lacking] = re.findall(r"Fit nowhere: (.*)\.", answer) or [""]
    assert inside | set(re.findall(r"[a-z][a-z0-9.-]+", lacking)) == set(names)
    matrix = app.dataframe[0].value
    assert [row.partition(" ")[0] for row in matrix.index] == list(names)
    assert "Is int8 worth it?" in [each.label for each in app.expander]
    app.session_state["shelf_int8-made"] = True
    app.run()
    table = app.table[0].value
    assert [each.replace("\\", "") for each in table["Model"]] == list(names)
    assert all(re.match(r"\\?[-−–]", each) for each in table["Change"])
    [said] = [each.value for each in app.markdown if "int8 saves" in each.value]
    assert said == "**int8 saves energy for all 3 models.**"
    downloads = {each.proto.label for each in app.get("download_button")}
    assert {"Download as CSV", "Download as LaTeX"} <= downloads


def test_structures_that_stay_have_a_budget_too() -> None:
    """Of a file with open sizes the structure is kept, up to 64 MB; twenty of them would be 1.3 GB."""
    graph = SimpleNamespace(nodes=())
    structure = bytes(MOST_STRUCTURE_MB * 2**20 + 1)
    upload = Upload("a.onnx", 1, "0" * 64, structure, cast("Network", SimpleNamespace(graph=graph)))
    problem = _problem(upload)
    assert problem is not None
    assert problem[0] == "SHELF_FULL"
    assert _problem(replace(upload, structure=structure[1:])) is None


def test_three_samples_are_one_click_away() -> None:
    app = opened(view="shelf")
    app.button(key="shelf_trial").click().run()
    assert not app.exception
    assert "**3 models on the shelf**" in texts(app)
