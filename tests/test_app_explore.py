"""Explore through the entry file: levels, filters in the address, files, SQL and one's own rows."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.explore.page import ONE_PER_METER
from app.i18n.formats import capital
from app.measurements.levels import LEVELS
from app.measurements.rows import PROVENANCE, as_csv, as_parquet, bundled_rows
from app.paths import ROOT
from app.ui.target_names import meter_name
from data import open_bundle, queries
from data.contribution.schema import template

ENTRY = str(ROOT / "app" / "main.py")


def opened(**query: str | list[str]) -> AppTest:
    app = AppTest.from_file(ENTRY, default_timeout=60)
    for key, value in query.items():
        app.query_params[key.replace("_", "-")] = value
    app.switch_page(str(ROOT / "pages" / "explore.py"))
    return app.run()


def texts(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption))


def picture(app: AppTest) -> dict[str, Any]:
    """Every trace of the pictures on the page."""
    charts = [json.loads(each.proto.spec)["data"] for each in app.get("plotly_chart")]
    return {"data": [trace for traces in charts for trace in traces]}


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS.values(), ids=list(LEVELS))
def test_a_level_has_a_sentence_a_picture_a_table_and_files(level: Any) -> None:
    app = opened(level=level.id)
    assert not app.exception
    assert not app.error
    # Dots and lines of two meters share no axis: a picture each, with the meter over it.
    meters = bundled_rows(level.id)["meter_scope"].unique()
    is_apart = next(iter(level.pictures)) in ONE_PER_METER and len(meters) > 1
    assert len(app.get("plotly_chart")) == (len(meters) if is_apart else 1)
    if is_apart:
        assert all(f"**{capital(meter_name(meter))}**" in texts(app) for meter in meters)
    assert picture(app)["data"]
    shown = app.dataframe[0].value
    assert len(shown) > 10
    assert {"Device", "Source"} <= set(shown.columns)
    assert len(app.get("download_button")) >= 2
    assert f"of {len(bundled_rows(level.id)):,} rows" in texts(app)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("level", "asked"),
    [(level, asked) for level in LEVELS.values() for asked in level.pictures if len(level.pictures) > 1],
    ids=lambda value: value if isinstance(value, str) else value.id,
)
def test_the_address_chooses_the_picture(level: Any, asked: str) -> None:
    app = opened(level=level.id, **{f"{level.id}-picture": asked})
    assert not app.error
    assert app.get("plotly_chart")[0].proto.spec


def test_all_ten_thousand_kernels_are_drawn_as_few_shapes() -> None:
    app = opened(level="kernel")
    traces = picture(app)["data"]
    assert {trace["type"] for trace in traces} == {"scatter"}
    known = bundled_rows("kernel")["macs_m"].gt(0).sum()
    assert known > 9000
    texts = [text for trace in traces for text in trace["text"]]
    assert len(texts) < known / 2
    others = [re.search(r"<br>and ([\d,]+) more in the same place$", text) for text in texts]
    assert len(texts) + sum(int(found[1].replace(",", "")) for found in others if found) == known
    assert all(len(each.proto.spec) < 1_000_000 for each in app.get("plotly_chart"))


def test_filters_of_the_address_narrow_rows_picture_and_sentence() -> None:
    app = opened(level="kernel", kernel_device="huawei-p40-pro", kernel_delegate="gpu")
    assert "512 of 10,773 rows" in texts(app)
    assert [trace["name"] for trace in picture(app)["data"]] == ["Huawei P40 Pro, GPU"]
    assert set(app.dataframe[0].value["Runs on"]) == {"GPU"}


def test_several_values_of_one_filter_may_stand_in_the_address() -> None:
    app = opened(level="application", application_delegate=["cpu", "gpu"])
    rows = queries.application_measurements(open_bundle())
    assert f"{rows['delegate'].isin(['cpu', 'gpu']).sum()} of 280 rows" in texts(app)


def test_work_can_be_narrowed_to_a_range() -> None:
    app = opened(level="kernel", kernel_macs=["1", "10"])
    macs = app.dataframe[0].value["MACs (M)"]
    assert macs.between(1, 10).all()
    assert len(macs)


def test_an_address_to_a_value_that_is_gone_says_so() -> None:
    app = opened(level="kernel", kernel_device="No*such phone")
    assert "UNKNOWN_ADDRESS_VALUE" in app.warning[0].value
    assert r"No\*such phone" in app.warning[0].value
    assert "10,773 of 10,773 rows" in texts(app)


@pytest.mark.parametrize(
    ("query", "key"), [({"macs": "9-1"}, "kernel-macs"), ({"device": "x"}, "kernel-device")]
)
def test_a_filter_without_its_level_is_named_and_taken_out(query: dict[str, str], key: str) -> None:
    app = opened(**query)
    ((column, _),) = query.items()
    assert f"“{key}”" in app.warning[0].value
    assert "UNKNOWN_ADDRESS_FILTER" in app.warning[0].value
    assert column not in app.query_params
    assert not app.run().warning


def test_filters_that_nothing_passes_say_what_to_do() -> None:
    app = opened(level="board", board_network="bert-99", board_delegate="armnn-neon")
    assert "No row passes" in app.info[0].value
    assert not app.error


def test_what_is_odd_is_said_beside_the_figures() -> None:
    app = opened(level="application", application_device="xiaomi-redmi-note8")
    assert "1 row of this view holds a doubtful figure" in texts(app)
    assert "probably a lost digit" in " ".join(app.dataframe[0].value["Note"])


def test_the_sentence_about_boards_is_the_median_of_their_runs() -> None:
    runs = queries.board_runs(open_bundle())
    runs = runs[(runs["model"] == "resnet50") & (runs["scenario"] == "single-stream")]
    medians = runs.groupby(["device_id", "delegate"])["energy_mj"].median()
    assert medians.idxmin() == ("inventec-heimdall", "cloud-ai-100")
    app = opened(level="board")
    assert f"takes least with {medians.min():.2f} mJ in the median" in texts(app)


def rows_of_a_view() -> pd.DataFrame:
    rows = bundled_rows("application")
    return rows[rows["device_id"] == "xiaomi-redmi-note8"]


@pytest.mark.parametrize(
    ("make", "read"),
    [(as_csv, pd.read_csv), (as_parquet, pd.read_parquet)],
    ids=["csv", "parquet"],
)
def test_files_hold_exactly_the_rows_of_the_view_with_their_provenance(make: Any, read: Any) -> None:
    rows = rows_of_a_view()
    written = read(io.BytesIO(make(rows)))
    assert list(written["energy_mj"].fillna(-1)) == list(rows["energy_mj"].fillna(-1))
    assert set(PROVENANCE) <= set(written.columns)
    assert set(written["source_id"]) == {"tu-2023-sec"}
    assert written["licence"].str.len().gt(0).all()
    assert set(written["meter_scope"]) == {"whole-phone"}
    odd = written.loc[written["correction_ids"].notna(), "correction_notes"]
    assert odd.str.contains("lost digit").any()


def test_every_row_of_every_level_can_be_written() -> None:
    for level_id in LEVELS:
        rows = bundled_rows(level_id)
        assert len(pd.read_parquet(io.BytesIO(as_parquet(rows)))) == len(rows)
        assert rows["source_title"].notna().all()


@pytest.mark.slow
def test_an_example_query_is_answered_and_a_refused_one_gets_words() -> None:
    app = opened()
    app.session_state["sql-box"] = True
    app.run()
    app.button(key="sql-run").click().run()
    assert not app.error
    assert {"device_id", "energy_mj"} <= set(app.dataframe[1].value.columns)
    app.text_area(key="sql").input("SELECT * FROM read_csv('/etc/passwd')").run()
    app.button(key="sql-run").click().run()
    assert "SQL_" in app.error[0].value
    assert "Traceback" not in app.error[0].value


def uploaded(content: bytes, kind: str = "Kernels (CSV)") -> AppTest:
    app = opened(section="yours", bring=kind)
    app.file_uploader[0].upload("mine.csv", content, "text/csv")
    return app.run()


@pytest.mark.slow
def test_own_rows_stand_beside_the_bundles_marked_as_yours() -> None:
    app = uploaded(template("kernel").encode())
    assert "all of them can be used" in app.success[0].value
    app.button(key="look-kernel").click().run()
    assert "10,775 rows, 2 of them yours" in texts(app)
    assert list(app.dataframe[0].value["Whose"][:3]) == ["★ yours", "★ yours", ""]
    assert any("fairphone-5" in trace["name"] for trace in picture(app)["data"])
    assert not app.error


@pytest.mark.slow
def test_turning_to_own_rows_takes_filters_back() -> None:
    app = uploaded(template("board").encode(), "Boards (CSV)")
    app.button(key="look-board").click().run()
    assert "3,165 of 3,165 rows, 2 of them yours" in texts(app)


def test_a_wrong_cell_keeps_everything_out_and_is_named() -> None:
    app = uploaded(template("kernel").replace("38.2", "38,2 mJ").encode())
    assert "CONTRIBUTION_REFUSED" in app.error[0].value
    [finding] = app.dataframe[-1].value.to_dict("records")
    assert (finding["Row"], finding["Code"]) == ("2", "WRONG_NUMBER_OF_CELLS")
    assert not app.session_state["yours"]


def test_own_rows_can_be_cleared() -> None:
    app = uploaded(template("board").encode(), "Boards (CSV)")
    app.button(key="clear-board").click().run()
    assert not app.session_state["yours"]


def test_own_rows_can_be_handed_in_once_the_record_is_complete() -> None:
    app = uploaded(template("application").encode(), "Applications (CSV)")
    assert "Say who measured" in texts(app)
    for key in ("title", "authors"):
        app.text_input(key=f"hand-in-{key}").input(f"My {key}")
    app.text_input(key="hand-in-url").input("https://example.org")
    app.text_area(key="hand-in-method").input("Power monitor").run()
    assert "Say who measured" not in texts(app)
    assert "Download contribution" in [button.label for button in app.get("download_button")]
