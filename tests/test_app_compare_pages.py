"""The compare page through the entry file: every view, addresses, empty and impossible choices."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.compare import models
from app.compare.shelf_link import _read
from app.i18n.formats import plain
from app.models.model import UPLOAD
from app.models.upload import read_upload
from app.paths import ROOT
from predictors.samples import sample_bytes

ENTRY = str(ROOT / "app" / "main.py")


def opened(**query: str | list[str]) -> AppTest:
    """The compare page with these query parameters."""
    app = AppTest.from_file(ENTRY, default_timeout=180)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / "compare.py"))
    return app.run()


def texts(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption, *app.info))


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def test_devices_are_compared_in_words_first() -> None:
    app = opened()
    assert not app.exception and not app.error
    assert (
        "**Redmi Note8** is **1.6 times hungrier and 2.1 times slower** than **P40 Pro**, surely."
        in texts(app)
    )
    assert "Not compared: 2 cells of P40 Pro that Redmi Note8 lacks." in texts(app)
    assert len(app.get("image")) == 6, "two badges for each of three phones"
    table = app.table[0].value.set_index("Device")
    assert table.loc["Redmi Note8", "Energy"].startswith("uses more, 1.6")
    assert app.table[1].value.set_index("Device").loc["P40 Pro", "PCS"] == "78.1"
    bubbles = charts(app)[1]["data"][0]
    widths = bubbles["marker"]["line"]["width"]
    assert sum(width > 0 for width in widths) == 3


@pytest.mark.slow
def test_the_one_compared_with_can_be_changed_and_odd_figures_left_out() -> None:
    app = opened(devices=["huawei-p40-pro", "xiaomi-redmi-note8"])
    app.selectbox(key="base").select("xiaomi-redmi-note8").run()
    assert "**P40 Pro** is **1.6 times thriftier and 2.1 times faster** than **Redmi Note8**" in texts(app)
    app.toggle(key="regular").set_value(True).run()
    assert app.table[0].value["Cells in common"].iloc[1] == "31"


def test_boards_are_compared_on_the_networks_both_ran() -> None:
    app = opened(devices=["raspberry-pi-4", "khadas-vim4"])
    assert not app.error
    assert "the same networks on the boards" in texts(app)
    assert app.table[0].value["Cells in common"].iloc[1] == "176"
    assert "PCS and IECS, as only phones" in texts(app)
    assert "PCS" not in app.table[1].value


@pytest.mark.slow
def test_a_phone_and_a_board_are_not_compared_but_stand_apart() -> None:
    app = opened(devices=["huawei-p40-pro", "raspberry-pi-4"])
    assert not app.error
    assert "These devices are not compared" in texts(app)
    assert "uses less" not in texts(app)


def test_devices_without_a_common_precision_are_answered_in_words() -> None:
    app = opened(devices=["jetson-tx2", "jetson-xavier-nx"])
    assert not app.error and not app.exception
    assert "Jetson TX2 in fp32 and NVIDIA Jetson Xavier NX in int8" in texts(app)


@pytest.mark.parametrize("left", [0, 1])
def test_fewer_than_two_devices_invite(left: int) -> None:
    app = opened()
    app.pills(key="devices").set_value(["huawei-p40-pro"][:left]).run()
    assert not app.error
    assert ("one more device" if left else "two devices") in app.info[0].value
    app.button(key="example_jetson-agx-orin").click().run()
    assert "Jetson AGX Orin" in texts(app)


def test_an_address_to_a_device_that_is_gone_says_so_and_keeps_the_rest() -> None:
    app = opened(devices=["huawei-p40-pro", "gone*phone", "huawei-p40-lite"])
    assert "UNKNOWN_ADDRESS_VALUE" in app.warning[0].value
    assert r"gone\*phone" in app.warning[0].value
    assert app.pills(key="devices").value == ["huawei-p40-pro", "huawei-p40-lite"]


def test_models_are_compared_on_one_device() -> None:
    app = opened(view="models", models=["resnet-18", "mobilenet-v2"])
    assert not app.error and not app.exception
    assert "**MobileNetV2**" in texts(app) and "uses less energy than **ResNet\\-18**" in texts(app)
    table = app.table[0].value.set_index("Model")
    assert table.loc["MobileNetV2", "Energy difference"].startswith("uses less")
    assert "kernels of type convolution" in texts(app)
    app.pills(key="models").set_value([]).run()
    assert "two models" in app.info[0].value


def test_a_target_with_thin_evidence_is_answered_in_words() -> None:
    app = opened(view="models", device="motorola-one-macro", delegate="nnapi", precision="int8")
    assert not app.error and not app.exception
    assert set(app.dataframe[0].value["Code"]) == {"EVIDENCE_TOO_THIN"}
    assert "Fewer than two" in texts(app)


def test_limits_lead_to_the_best_choice_or_name_the_tight_one() -> None:
    app = opened(view="limits", among=["DNN7", "DNN8"])
    assert not app.error and not app.exception
    assert "takes the least energy without any limit: 45.7 mJ" in texts(app)
    assert "8 in 10 times between" in texts(app)
    assert len(charts(app)) == 1
    app.number_input(key="ms").set_value(10.0).run()
    app.number_input(key="mj").set_value(46.0).run()
    assert "**Nothing fits 10.0 ms and 46.0 mJ.** The latency limit is the tight one" in texts(app)
    assert "No model fits these limits" in texts(app)


def test_sample_models_are_ranked_with_measured_runs_in_place_of_estimates() -> None:
    app = opened(
        view="limits",
        among=["mobilenet-v2"],
        precisions=["int8"],
        on=["raspberry-pi-4"],
        scope="board-wall",
    )
    assert not app.error and not app.exception
    table = app.table[0].value
    assert set(table["Source of the figure"]) == {"measured"}
    assert "What the meter saw" not in table
    assert "the meter saw the whole board, at the wall socket" in texts(app)


def test_nothing_chosen_is_answered_in_words() -> None:
    app = opened(view="limits", among=["DNN7"])
    app.pills(key="among").set_value([]).run()
    assert not app.error
    assert "at least one of each" in texts(app)


def test_an_upload_of_the_session_can_be_compared_and_does_not_enter_the_address() -> None:
    app = AppTest.from_file(ENTRY, default_timeout=180)
    upload = read_upload("secret *name*.onnx", memoryview(sample_bytes("squeezenet-1.1")))
    app.session_state[UPLOAD] = upload
    app.query_params["view"] = "models"
    app.query_params["models"] = ["upload", "squeezenet-1.1"]
    app.switch_page(str(ROOT / "pages" / "compare.py"))
    app.run()
    assert not app.error and not app.exception
    assert "cannot be told apart from **Your uploaded model**" in texts(app)
    assert "secret" not in str(app.query_params)
    app.pills(key="models").set_value(["upload"]).run()
    assert "one more model" in app.info[0].value


def test_the_file_of_a_comparison_with_an_upload_is_made_after_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered: list[Callable[[], str]] = []
    monkeypatch.setattr(models, "offer_csv", lambda label, content, *more, **named: offered.append(content))
    app = AppTest.from_file(ENTRY, default_timeout=180)
    app.session_state[UPLOAD] = read_upload("mine.onnx", memoryview(sample_bytes("squeezenet-1.1")))
    for key, value in {"view": "models", "models": ["upload", "mobilenet-v2"], "lang": "de"}.items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / "compare.py"))
    assert not app.run().exception
    # As on a click: by then there is no session to ask for the upload or the language.
    heading = offered[-1]().splitlines()[0]
    assert heading == "kernel_type,Your uploaded model (energy_mj),MobileNetV2 (energy_mj)"


def test_an_upload_can_be_ranked_within_limits() -> None:
    app = AppTest.from_file(ENTRY, default_timeout=180)
    app.session_state[UPLOAD] = read_upload("mine.onnx", memoryview(sample_bytes("squeezenet-1.1")))
    app.query_params["view"] = "limits"
    app.query_params["on"] = "huawei-p40-pro"
    app.switch_page(str(ROOT / "pages" / "compare.py"))
    app.run()
    assert not app.error and not app.exception
    assert "Your uploaded model in" in texts(app)
    carried = app.session_state["shared"].carried
    other = opened(view="limits", among="upload", **carried)
    assert "nobody checked them" in other.info[0].value
    table = other.table[0].value
    assert "not stated" not in set(table["Energy of"])
    assert [float(cell.split()[0]) for cell in table["Energy"]] == pytest.approx(
        [cell.energy_mj for cell in map(_read, carried["figures_of"].split("|")) if cell], rel=0.01
    )


def test_a_choice_can_be_looked_at_without_a_mouse_and_is_in_the_address() -> None:
    app = opened(view="limits", among=["DNN7"], choice="DNN7/fp32/huawei-p40-pro/cpu")
    assert "on P40 Pro · CPU (1 thread): " in plain(texts(app))
    app.selectbox(key="choice").select("DNN7/fp32/huawei-p40-pro/cpu4").run()
    assert "on P40 Pro · CPU (4 threads): " in plain(texts(app))
    assert app.query_params["choice"] == "DNN7/fp32/huawei-p40-pro/cpu4"


def test_the_page_is_german_where_the_address_says_so() -> None:
    app = opened(lang="de")
    assert "**Redmi Note8** ist **1,6-mal so hungrig und 2,1-mal so langsam** wie **P40 Pro**" in texts(app)
    assert list(app.table[0].value.columns)[:2] == ["Gerät", "Energie"]


def test_everything_is_written_out_on_paper() -> None:
    app = opened(print="true")
    assert not app.dataframe
    cells = [table.value for table in app.table if "Network" in table.value]
    assert sum(map(len, cells)) == 35
