"""The timelines page: ranges in three ways, own recordings, phases and clock by hand, one measurement."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.charts.timeline import Band, Line, timeline
from app.frame.navigation import PAGES
from app.paths import ROOT
from app.timelines import adjust
from app.timelines.data import bundled, phases_from, phases_text
from app.timelines.data import timeline as on_page
from app.timelines.sample import LOG_NAME, TRACE_NAME, sample_inferences, sample_trace
from app.timelines.save import measured, measurement_csv
from data.contribution.check import check_csv
from data.tracing import Phase
from tracing_support import read, regular_log

ENTRY = str(ROOT / "app" / "main.py")
PAGE = str(ROOT / "pages" / "timelines.py")
PHONE = "pixel8pro-norm-energynet-uid8723"


def opened(**query: str) -> AppTest:
    """The page of an address; the recording with the longest log where it names none."""
    app = AppTest.from_file(ENTRY, default_timeout=60)
    for key, value in ({"trace": PHONE} | query if query.get("source") != "own" else query).items():
        app.query_params[key] = value
    app.switch_page(PAGE)
    return app.run()


def strip(app: AppTest) -> dict[str, str]:
    assert not app.exception
    return {metric.label: metric.value for metric in app.metric}


def chart(app: AppTest) -> dict[str, Any]:
    return dict(json.loads(app.get("plotly_chart")[0].proto.spec))


def words(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption))


def test_the_page_is_in_the_navigation() -> None:
    assert "timelines" in [entry.slug for entry in PAGES]


def test_a_phone_opens_with_its_inferences_and_phases() -> None:
    app = opened()
    assert not app.error
    found = strip(app)
    assert found["Inferences"] == "220"
    assert found["Each inference"] == "57.1 mJ"
    assert found["Samples"] == "35,082"
    shown = chart(app)
    named = [each["text"] for each in shown["layout"]["annotations"]]
    assert named == ["idle", "warm-up", "inference"]
    assert len(shown["data"][0]["x"]) < 2500 or "bdata" in shown["data"][0]["x"]
    assert "Inference clock: +0.20" in words(app)
    assert "8 in 10 times between" in words(app)
    assert all(metric.help for metric in app.metric)


def test_a_named_network_comes_first_its_curve_before_the_controls_and_its_kernels_on_it() -> None:
    app = opened(trace="pixel8pro-norm-mobilenetv2")
    assert next(iter(bundled()["trace_id"])) == "pixel8pro-norm-mobilenetv2"
    order = [each.type for each in blocks(app.main) if each.type in ("plotly_chart", "number_input")]
    assert order[0] == "plotly_chart"
    found = json.loads(app.get("plotly_chart")[1].proto.spec)
    bars = [each for each in found["data"] if each["type"] == "bar"]
    assert {"convolution, predicted", "depthwise convolution, predicted"} <= {each["name"] for each in bars}
    assert "as predicted" in words(app)
    assert len(app.get("plotly_chart")) == 3
    # Another recording is of another network, which is not known; back at the first, its own is there again.
    app.selectbox(key="trace").select("pixel8pro-norm-energynet-uid8723").run()
    assert app.selectbox(key="network").value == "none"
    assert "as predicted" not in words(app)
    app.selectbox(key="trace").select("pixel8pro-norm-mobilenetv2").run()
    assert app.selectbox(key="network").value == "mobilenet-v2"
    assert "as predicted" in words(app)
    app.selectbox(key="network").select("none").run()
    assert "as predicted" not in words(app)


def blocks(block: Any) -> Iterator[Any]:
    """Every element of a page from top to bottom."""
    for each in block.children.values():
        if hasattr(each, "children"):
            yield from blocks(each)
        else:
            yield each


def test_two_numbers_and_a_phase_button_choose_the_same_range() -> None:
    app = opened()
    button = next(each for each in app.button if each.label.startswith("Inference "))
    by_button = strip(button.click().run())
    start, end = app.number_input(key="from").value, app.number_input(key="to").value
    assert strip(opened(**{"from": str(start), "to": str(end)})) == by_button
    assert by_button["Inferences"] == "200"
    assert strip(app.button(key="phase-all").click().run())["Inferences"] == "220"


def test_a_range_of_the_address_counts_on_the_chosen_clock() -> None:
    first = strip(opened(**{"from": "1.0771", "to": "2.0771"}))
    anchored = strip(opened(**{"from": "0", "to": "1", "clock": "first-inference"}))
    assert anchored["Energy"] == first["Energy"]


def test_units_switch_between_joules_and_millijoules() -> None:
    assert strip(opened())["Energy"] == "13.3 J"
    assert strip(opened(unit="mw"))["Energy"] == "13,300 mJ"
    assert "mW" in chart(opened(unit="mw"))["layout"]["yaxis"]["title"]["text"]


def test_recordings_lie_over_each_other_at_the_first_inference() -> None:
    app = opened(clock="first-inference")
    other = "pixel8pro-norm-mobilenetv2"
    app.pills(key="with").select(other).run()
    assert not app.exception
    lines = [trace for trace in chart(app)["data"] if trace["mode"] == "lines"]
    assert len(lines) == 2
    assert len({trace["line"]["color"] for trace in lines}) == 2
    app.session_state["tables"] = True
    table = next(each.value for each in app.run().dataframe if "Part" in each.value)
    assert list(table["Part"]).count("Range") == 2


def test_a_board_has_phases_but_no_inferences() -> None:
    app = opened(trace="agx-xavier-maxq-resnet50-singlestream")
    titles = [each.label for each in app.button if each.key and each.key.startswith("phase-")]
    assert [title.split(" ")[0] for title in titles] == [
        "Everything",
        "Idle",
        "Warm-up",
        "Idle",
        "Inference",
        "Idle",
    ]
    assert "Inferences" not in strip(app)


def test_an_unknown_recording_is_named_not_ignored() -> None:
    app = opened(trace="no-such-trace")
    assert not app.exception
    assert "no-such-trace" in app.warning[0].value.replace("\\", "")


@pytest.mark.slow
@pytest.mark.parametrize("value", ["nan", "1e999", "x'; DROP TABLE traces", "-5"])
def test_a_strange_range_ends_in_no_error(value: str) -> None:
    app = opened(**{"from": value, "to": "2", "phases": value, "offset": value, "with": value})
    assert not app.exception
    assert not app.error


@pytest.mark.slow
@pytest.mark.parametrize(("query", "named"), [({"to": "-5"}, "-5 s"), ({"from": "9999"}, "9999 s")])
def test_a_time_outside_the_recording_is_named_and_not_used(query: dict[str, str], named: str) -> None:
    app = opened(**query)
    assert f"asks for {named}" in app.warning[0].value
    assert "TIME_OUTSIDE" in app.warning[0].value
    assert "from 0 to 7.016 s" in app.warning[0].value
    assert strip(app) == strip(opened())


def test_two_times_outside_the_recording_are_named_together() -> None:
    app = opened(**{"from": "-3", "to": "1e9"})
    assert [("-3 and 1e+09 s" in each.value) for each in app.warning] == [True]


@pytest.mark.slow
def test_a_range_within_the_recording_needs_no_word() -> None:
    whole = opened()
    for query in ({"from": "5", "to": "1"}, {"to": "7.0161"}, {"clock": "first-inference", "from": "-1"}):
        assert not opened(**query).warning
    assert strip(opened(**{"from": "5", "to": "1"})) != strip(whole)


def test_phases_of_the_address_that_make_no_sense_are_named_and_taken_out() -> None:
    app = opened(phases="idle*0*1,lunch*1*2,inference*3*2")
    assert "“lunch\\*1\\*2” and “inference\\*3\\*2”" in app.warning[0].value
    assert "UNKNOWN_ADDRESS_VALUE" in app.warning[0].value
    assert app.query_params["phases"] in ("idle*0*1", ["idle*0*1"])
    assert not app.run().warning


def test_as_many_phases_as_can_be_set_stay_in_the_address() -> None:
    many = [Phase("warm-up", 0.25 * at + 0.0123, 0.25 * at + 0.2123, "") for at in range(24)]
    app = opened(phases=phases_text(many))
    assert not app.warning
    assert sum(each.label.startswith("Warm-up") for each in app.button) == 24


def test_an_offset_by_hand_moves_the_inferences() -> None:
    app = opened(offset="-0.6")
    assert "offset as given" in words(app)
    assert strip(app)["Each inference"] != "57.1 mJ"


def test_phases_of_the_address_replace_those_that_were_found() -> None:
    app = opened(phases="idle*0*1,inference*1*3,bad*3*4,warm-up*9*2")
    titles = [each.label for each in app.button if each.key and each.key.startswith("phase-")]
    assert titles == ["Everything", "Idle 0 to 1.00 s", "Inference 1.00 to 3.00 s"]


def test_the_dashed_line_follows_the_clock_although_the_phases_stay() -> None:
    asked = {"trace": PHONE, "phases": "idle*0*0.5,inference*0.5*1"}
    dashed = [
        next(
            line["y0"]
            for line in chart(opened(**asked, **more))["layout"]["shapes"]
            if line["type"] == "line"
        )
        for more in ({}, {"offset": "0.7087"})
    ]
    # On the wrong clock inferences lie before the log, and they are still no idle.
    assert dashed == pytest.approx([0.332, 0.296], abs=0.001)


def test_phases_survive_the_address() -> None:
    phases = [Phase("idle", 0.0, 1.5, ""), Phase("inference", 1.5, 3.25, "")]
    found = phases_from(phases_text(phases), ["idle", "inference"], 3.25)
    assert [(each.name, each.start_s, each.end_s) for each in found] == [
        ("idle", 0.0, 1.5),
        ("inference", 1.5, 3.25),
    ]


def test_phases_set_by_hand_go_into_the_address_if_they_make_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, str] = {}
    warned: list[str] = []
    monkeypatch.setattr(adjust.st, "query_params", asked)
    monkeypatch.setattr(adjust.st, "rerun", lambda: None)
    monkeypatch.setattr(adjust.st, "warning", lambda text, **_: warned.append(text))
    line = on_page("a", read(sample_trace()).recording, None)
    rows = pd.DataFrame({"name": ["idle", "inference"], "start_s": [0.0, 2.0], "end_s": [2.0, 4.0]})
    adjust.use(rows, line)
    assert asked == {"phases": "idle*0*2,inference*2*4"}
    adjust.use(rows.assign(end_s=[2.0, 99.0]), line)
    assert "`PHASE_OUTSIDE`" in warned[0]
    assert asked == {"phases": "idle*0*2,inference*2*4"}


@pytest.mark.slow
def test_the_sample_is_one_click_away() -> None:
    app = opened(source="own")
    assert not app.metric
    next(each for each in app.button if each.label == "Try a sample").click().run()
    found = strip(app)
    # 40 inferences of 40 ms at 0.52 A and 4.2 V are 87 mJ each.
    assert found["Inferences"] == "40"
    assert float(found["Each inference"].removesuffix(" mJ")) == pytest.approx(87.4, rel=0.03)
    assert "made up" in words(app)


@pytest.mark.slow
def test_an_own_recording_is_read_and_its_problems_are_listed() -> None:
    app = opened(source="own")
    app.file_uploader[0].upload("mine.csv", sample_trace() + b"6.1,oops,4.2\n7", "text/csv").run()
    app.file_uploader[1].upload(LOG_NAME, sample_inferences(), "text/csv").run()
    assert strip(app)["Inferences"] == "40"
    listed = next(each.value for each in app.dataframe if "Code" in each.value)
    assert list(listed["Code"]) == ["NOT_A_NUMBER", "TRUNCATED_LAST_LINE"]
    assert list(listed["Line"]) == [3002, 3003]


@pytest.mark.slow
def test_an_own_recording_does_not_begin_with_the_range_of_a_bundled_one() -> None:
    app = opened(**{"from": "1", "to": "2"}, phases="idle*0*1,inference*1*3")
    next(each for each in app.get("button_group") if each.key == "source").set_value("own").run()
    app.file_uploader[0].upload(TRACE_NAME, sample_trace(), "text/csv").run()
    assert not app.exception
    assert [each.value for each in app.number_input if each.key in {"from", "to"}] == [None, None]
    assert set(app.query_params) == {"source", "trace"}  # the bundled one stays chosen for the way back


@pytest.mark.slow
def test_units_are_confirmed_before_anything_is_shown() -> None:
    app = opened(source="own")
    text = "time,power\n" + "".join(f"{at},1500\n" for at in range(50))
    app.file_uploader[0].upload("mine.csv", text.encode(), "text/csv").run()
    assert not app.metric
    assert "“power” in mW" in app.checkbox[0].label.replace("\\", "")
    app.checkbox[0].check().run()
    assert strip(app)["Energy"] == "73.5 J"
    unit = next(each for each in app.selectbox if "power" in each.label)
    unit.select("W").run()
    assert not app.exception


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "code"), [(b"hello world\n", "NOT_A_TRACE"), (b"\0\1\2", "NOT_TEXT"), (b"", "EMPTY")]
)
def test_what_is_no_recording_is_refused_in_words(data: bytes, code: str) -> None:
    app = opened(source="own")
    app.file_uploader[0].upload("mine.csv", data, "text/csv").run()
    assert not app.exception
    assert f"`{code}`" in app.error[0].value
    assert not app.metric


def test_a_name_with_markup_is_shown_as_it_is() -> None:
    app = opened(source="own")
    app.file_uploader[0].upload("**<b>x</b>.csv", sample_trace(), "text/csv").run()
    assert "\\*\\*" in words(app)
    assert "<b>" not in chart(app)["data"][0]["name"]


def test_a_range_becomes_a_measurement_that_the_checks_accept() -> None:
    reading = read(sample_trace())
    from data.tracing import summarise

    summary = summarise(reading.recording, log=regular_log(2.0, 0.05, 0.04, 40), offset_s=0.0)
    values = measured(summary, 1, without_idle=False) | {
        "measurement_id": "t-1", "device_id": "my-phone", "delegate": "cpu", "precision": "fp32",
        "application": "image classification", "model": "Net, v2", "meter_scope": "whole-phone",
    }  # fmt: skip
    checked = check_csv(measurement_csv("application", values).encode(), "application")
    assert checked.accepted
    row = checked.rows[0]
    assert row["energy_mj"] == pytest.approx(87.4, rel=0.03)
    assert row["latency_ms"] == pytest.approx(40.0)
    assert row["idle_included"] is True
    assert measured(summary, 1, without_idle=True)["energy_mj"] < row["energy_mj"]


def test_without_a_log_the_number_of_inferences_is_asked_for() -> None:
    from data.tracing import summarise

    summary = summarise(read("t_s,power_w\n0,2\n1,2\n2,2\n").recording)
    values = measured(summary, 10, without_idle=False)
    assert values["energy_mj"] == pytest.approx(400.0)
    assert values["latency_ms"] == pytest.approx(200.0)
    assert values["avg_power_w"] == pytest.approx(2.0)


def test_the_picture_breaks_in_gaps_and_frames_the_range() -> None:
    line = Line("a", "#000000", np.array([0.0, 1.0, 2.0]), np.array([1.0, np.nan, 2.0]))
    figure = timeline([line], [Band("idle", 0, 1), Band("inference", 1, 2)], (0, 2), (0.5, 1.5), idle_w=1.0)
    assert not figure.data[0].connectgaps
    assert figure.layout.dragmode == "select"
    frame = [shape for shape in figure.layout.shapes if (shape.x0, shape.x1) == (0.5, 1.5)]
    assert len(frame) == 1
    assert figure.layout.yaxis.title.text == "Power (W)"


def test_the_sample_files_say_what_they_are() -> None:
    assert TRACE_NAME.endswith(".csv")
    assert read(sample_trace()).layout.format_id == "monsoon"


def test_german_says_the_same_with_its_own_signs() -> None:
    english, german = opened(), opened(lang="de")
    assert not german.error
    shown = strip(german)
    assert list(shown) == [
        "Energie", "Mittlere Leistung", "Spitze", "Messwerte", "Über Leerlauf", "Inferenzen", "Je Inferenz",
    ]  # fmt: skip
    swapped = str.maketrans(".,", ",.")
    assert [value.translate(swapped) for value in shown.values()] == list(strip(english).values())
    assert "der Aufzeichnung" in words(german)
    assert german.button(key="phase-2").label.startswith("Inferenz ")


def test_an_address_of_before_with_labels_is_still_understood() -> None:
    assert strip(opened(unit="mW and mJ")) == strip(opened(unit="mw"))


def test_the_form_to_keep_a_measurement_is_made_when_it_is_opened() -> None:
    app = opened()
    before = len(app.text_input)
    app.session_state["save"] = True
    app.run()
    assert not app.exception
    assert not app.error
    assert len(app.text_input) > before
