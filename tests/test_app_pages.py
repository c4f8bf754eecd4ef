"""Every page through the entry file: no error, and the numbers on it are those of the layers below."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.frame.navigation import PAGES
from app.paths import ROOT
from data import open_bundle, queries
from predictors.version import METHOD_VERSION

ENTRY = str(ROOT / "app" / "main.py")


def opened(slug: str = "", **query: str) -> AppTest:
    """The app on a page, through the entry file."""
    app = AppTest.from_file(ENTRY, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if slug and slug != PAGES[0].slug:
        app.switch_page(str(ROOT / "pages" / f"{slug}.py"))
    return app.run()


def texts(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption))


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


@pytest.mark.slow
@pytest.mark.parametrize("slug", [entry.slug for entry in PAGES])
def test_a_page_opens_without_error_under_one_question(slug: str) -> None:
    app = opened(slug)
    assert not app.exception
    assert not app.error
    assert len(app.title) == 1
    assert f"method {METHOD_VERSION}" in app.markdown[-1].value
    assert "sources" in app.markdown[-1].value


def shown_phones(app: AppTest) -> pd.DataFrame:
    """The table of phones by name, without the mark of the chosen one."""
    table = app.dataframe[0].value
    return table.set_index(table["name"].str.removeprefix("▸ "))


def test_the_devices_page_shows_the_recomputed_scores_beside_the_printed_ones() -> None:
    app = opened(device="huawei-p40-lite")
    table = shown_phones(app)
    assert round(table.loc["P40 Lite", "pcs"], 1) == 82.8
    assert "printed: 74" in texts(app)
    assert round(table.loc["Note8", "iecs"], 1) == 151.7
    assert table["pcs"].notna().sum() == 8
    assert table.loc["Xiaomi 15 Pro", "runs_on"] == "not measured"


def test_the_first_phone_is_shown_in_detail_once_it_is_asked_for() -> None:
    app = opened()
    assert not app.metric, "the page opens with the answer; the detail is one click away"
    assert "session" not in texts(app), "remarks in the code are not shown"
    app.session_state["detail"] = True
    app.run()
    assert [metric.value for metric in app.metric][:2] == ["82.8", "193"]
    badge = texts(app)
    assert "printed: 74" in badge
    assert "among 8 phones, 12 reference networks" in badge
    assert "35 of 35 rows" in badge


def test_the_address_chooses_device_and_quantity() -> None:
    app = opened(device="huawei-p40-pro", show="power")
    assert app.header[0].value == "Huawei P40 Pro"
    assert "Average power (W)" in json.dumps(charts(app)[1])


def test_the_address_may_name_a_device_as_the_page_does() -> None:
    app = opened(device="Huawei P40 Pro", vendor="Huawei")
    assert app.header[0].value == "Huawei P40 Pro"
    assert not app.warning
    assert set(shown_phones(app).index) == {
        "Mate40 Pro",
        "P40 Pro",
        "P40 Lite",
        "P40 Lite E",
        "Honor V30 Pro",
    }


def test_choosing_another_phone_changes_heading_scores_and_outline() -> None:
    app = opened()
    app.selectbox(key="device").select("xiaomi-redmi-note8").run()
    assert app.header[0].value == "Xiaomi Redmi Note8"
    assert app.metric[0].value == "56.8"
    assert "33 of 35 rows" in texts(app)
    assert "Doubtful" in texts(app)
    bubbles = charts(app)[0]["data"][0]
    [outlined] = [
        row[0]
        for row, width in zip(bubbles["customdata"], bubbles["marker"]["line"]["width"], strict=True)
        if width
    ]
    assert outlined == "xiaomi-redmi-note8"


def test_the_grid_on_screen_is_the_bundles() -> None:
    rows = queries.application_measurements(open_bundle())
    rows = rows[(rows["device_id"] == "huawei-p40-lite") & (rows["delegate"] == "gpu")]
    shown = [note["text"] for note in charts(opened(device="huawei-p40-lite"))[1]["layout"]["annotations"]]
    assert len(shown) == 48
    assert f"{rows.set_index('dnn_id').loc['DNN5', 'energy_mj']:.1f}" in shown


def test_filters_narrow_table_picture_and_sentence() -> None:
    app = opened()
    app.selectbox(key="vendor").select("Xiaomi").run()
    assert list(shown_phones(app).index) == ["Note8", "K30 Ultra", "Xiaomi 15 Pro"]
    assert len(charts(app)[0]["data"][0]["customdata"]) == 2
    assert "3 of 16 devices" in texts(app)
    app.text_input(key="q").input("snapdragon").run()
    assert list(shown_phones(app).index) == ["Note8", "Xiaomi 15 Pro"]


@pytest.mark.parametrize(
    ("has", "names"),
    [("kernel_measurements", ["P40 Pro"]), ("every-cell", None)],
)
def test_devices_can_be_filtered_by_what_was_measured(has: str, names: list[str] | None) -> None:
    app = opened()
    app.selectbox(key="has").select(has).run()
    shown = list(shown_phones(app).index)
    assert shown == names if names else "Note8" not in shown and len(shown) == 7


def test_filters_that_nothing_passes_offer_a_way_back() -> None:
    app = opened()
    app.text_input(key="q").input("no such phone (*)[").run()
    assert not app.error
    assert "no such phone" in app.info[0].value
    next(each for each in app.button if "Clear" in each.label).click().run()
    assert len(app.dataframe[0].value) == 16


def test_an_address_to_something_that_is_gone_says_so_and_shows_the_usual_view() -> None:
    app = opened(device="gone*phone")
    assert "UNKNOWN_ADDRESS_VALUE" in app.warning[0].value
    assert r"gone\*phone" in app.warning[0].value
    assert app.header[0].value == "Huawei P40 Lite"


def test_methods_explains_estimates_in_five_steps_with_equations() -> None:
    app = opened("methods")
    assert all(f"**{step}. " in texts(app) for step in range(1, 6))
    assert texts(app).count("\\displaystyle") == 5


def test_methods_names_every_source_and_marks_missing_licences() -> None:
    sources = queries.sources(open_bundle())
    app = opened("methods", section="sources")
    text = texts(app)
    assert all(title in text for title in sources["source_title"])
    unstated = int((~sources["licence_stated"].astype(bool)).sum())
    assert f"{unstated} of them the publisher states no licence" in text


def test_methods_lists_every_correction_with_its_reason() -> None:
    corrections = queries.corrections(open_bundle())
    text = texts(opened("methods", section="corrections"))
    assert f"{len(corrections)} entries" in text
    assert all(reason in text for reason in corrections["reason"])


def test_methods_shows_the_reason_for_each_printed_score() -> None:
    app = opened("methods", section="scores")
    [table] = [each.value.set_index("Device") for each in app.dataframe]
    assert len(table) == 8
    assert table.loc["Huawei P40 Pro", "PCS printed"] == 78
    assert "**PCS of Huawei P40 Pro and Xiaomi Redmi K30 Ultra:** The printed score and" in texts(app)
    assert texts(app).count("\\displaystyle") == 2


@pytest.mark.slow
def test_methods_says_how_well_each_target_is_estimated() -> None:
    app = opened("methods", section="accuracy")
    assert not app.error
    [table] = [each.value for each in app.dataframe if "How the error was found" in each.value]
    assert (table["How the error was found"].str.len() > 0).all()
    assert (table.loc[table["Source of the figure"] == "unsupported", "Error, held out (%)"] == "").all()
    assert "Huawei P40 Pro" in set(table["Device"])


def test_methods_says_what_is_not_considered_and_how_to_cite() -> None:
    app = opened("methods", section="limits")
    assert "JouleLens" in app.code[0].value
    assert "10.1145/3583740.3628442" in app.code[1].value
    assert "throttles" in texts(app)
    assert "**PCS** (Power Consumption Score)" in texts(app)
