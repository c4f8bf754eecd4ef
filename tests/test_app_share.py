"""The strip on every page: tables as files, the citation, figures that a link carries."""

from __future__ import annotations

import base64
import math
import zlib
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.estimate.carried import PARAMETER, read, written
from app.explore.carried_rows import MOST_BYTES, WRITTEN, unpacked
from app.explore.carried_rows import written as rows_written
from app.frame.navigation import PAGES, Entry
from app.frame.share import ADDRESS, citation, source_line
from app.models.targets import target_named
from app.paths import ROOT
from app.timelines.carried import read as recorded
from app.timelines.carried import written as written_recording
from app.ui.table_files import table_csv, table_latex, table_markdown
from data.contribution.check import Checked, check_csv
from data.contribution.schema import template
from data.errors import ContributionError
from data.tracing.summary import summarise
from data.workers.waiting_line import LINE
from estimate_support import ENTRY, open_model, opened, texts
from predictors.estimate import estimate_model
from predictors.results.report import ModelReport
from tracing_support import read as read_trace
from tracing_support import table

TABLE = pd.DataFrame({"Kernel": ["=a|b", "50 % _x_"], "Energy (mJ)": [1.23456789, float("nan")]})


def test_a_table_is_inert_as_csv_and_escaped_in_documents() -> None:
    assert table_csv(TABLE, "", "").splitlines()[1].startswith("'=a|b,1.23456789")
    markdown = table_markdown(TABLE, "How?", "JouleLens")
    assert "|---|---:|" in markdown
    assert "| =a\\|b | 1.234568 |" in markdown
    latex = table_latex(TABLE, "How?", "JouleLens")
    assert r"\begin{tabular}{lr}" in latex
    assert r"50 \% \_x\_ &  \\" in latex


def test_a_citation_names_page_versions_and_day() -> None:
    entry = citation("What 50 % costs?", date(2026, 11, 29))
    assert entry.startswith("@misc{joulelens-what-50-costs-20261129,")
    assert r"title = {What 50 \% costs?}" in entry
    assert f"howpublished = {{{ADDRESS}}}" in entry
    assert "2026-11-29" in source_line(date(2026, 11, 29))


@pytest.mark.slow
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.slug)
def test_every_page_has_the_strip(entry: Entry) -> None:
    app = AppTest.from_file(ENTRY, default_timeout=120)
    app.switch_page(str(entry.file))
    app.run()
    assert not app.exception
    assert "Share" in [each.proto.popover.label for each in app.get("popover")]
    assert app.session_state["shared"].page == app.title[0].value


def report() -> ModelReport:
    return estimate_model(open_model(), device="huawei-p40-pro", delegate="cpu", precision="fp32")


def test_a_link_carries_the_figures_of_an_own_model_to_whoever_opens_it() -> None:
    made = report()
    link = written("my*net", target_named("huawei-p40-pro", "cpu", "fp32"), made)
    found = read({PARAMETER: link})
    assert found is not None
    assert found.energy_mj[0] == pytest.approx(made.estimates[0].energy_mj, rel=1e-6)
    assert found.kernels == made.estimates[0].coverage.kernels
    assert found.latency_ms[1] < found.latency_ms[0] < found.latency_ms[2]
    gpu = target_named("huawei-p40-pro", "gpu", "fp32")
    made = estimate_model(open_model(), device=gpu.device_id, delegate=gpu.delegate, precision="fp32")
    link = written("my*net", gpu, made)
    app = opened(file="own", figures=link)
    assert "no interval: energy over a mean power" in texts(app)
    assert "my\\*net" in texts(app)
    assert "nobody checked them" in app.info[0].value
    assert [metric.label for metric in app.metric] == ["Energy per inference", "Latency"]


BROKEN = [
    "", "1~x", "2~huawei-p40-pro~cpu~fp32~application~3_2_4_1_1_1~2~d~m~name",
    "1~huawei-p40-pro~cpu~fp32~application~3_9_4_1_1_1~2~d~m~name",
    "1~huawei-p40-pro~cpu~fp32~nothing~3_2_4_1_1_1~2~d~m~name",
    "1~<b>~cpu~fp32~application~3_2_4_1_1_1~2~d~m~name",
    "1~huawei-p40-pro~cpu~fp32~application~3e999_2_4_1_1_1~2~d~m~name",
    "1~huawei-p40-pro~cpu~fp32~application~3_2_4_1_1_1~1e999~d~m~name",
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_a_link_that_is_not_what_it_should_be_has_no_figures(broken: str) -> None:
    assert read({PARAMETER: broken}) is None


@pytest.mark.slow
def test_a_page_of_such_a_link_shows_none() -> None:
    app = opened(file="own", figures=BROKEN[-1])
    assert not app.metric
    assert not app.exception


def test_a_sample_carries_nothing_and_offers_its_table() -> None:
    app = opened()
    offered = app.session_state["shared"]
    assert offered.carried == {}
    assert any("Energy (mJ)" in columns for columns in offered.tables)


def test_an_own_file_is_carried() -> None:
    app = opened()
    app.file_uploader[0].upload("open.onnx", open_model())
    app.run()
    carried = read(app.session_state["shared"].carried)
    assert carried is not None
    assert carried.name == "open"
    assert app.metric[0].value.startswith(f"{carried.energy_mj[0]:.3g}"[:3])


def test_a_link_carries_the_figures_of_an_own_recording() -> None:
    link = "1_12500_2.5_5_6.25_2500_10_120_110_130"
    found = recorded(link)
    assert found is not None
    assert (found.energy_mj, found.inferences, found.each_high_mj) == (12500.0, 10.0, 130.0)
    app = AppTest.from_file(ENTRY, default_timeout=120)
    for key, value in {"source": "own", "recorded": link}.items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / "timelines.py"))
    app.run()
    assert "nobody checked them" in app.info[0].value
    assert "**12.5 J** in 2.50 s: 5.00 W on average" in texts(app)
    assert "10 inferences took **120 mJ** each (8 in 10 times between 110 and 130 mJ)" in texts(app)


@pytest.mark.parametrize(
    "broken", ["", "1", "2_1_1_1_1_1", "1_1_1_1_1_<b>", "1_1_1_1_1_1_1_5_6_7", "1_1_1_1_1_1e999"]
)
def test_a_broken_link_of_a_recording_shows_no_figures(broken: str) -> None:
    assert recorded(broken) is None


def test_an_own_recording_is_carried_as_its_range_says() -> None:
    summary = summarise(read_trace(table(np.arange(11.0), np.full(11, 5.0))).recording)
    found = recorded(written_recording(summary))
    assert found is not None
    assert found.energy_mj == pytest.approx(50_000.0), "ten seconds at 5 W"
    assert found.inferences == 0


ROWS = check_csv(template("board").encode(), "board")


def test_small_tables_of_measurements_go_along_in_a_link_and_come_out_as_they_were() -> None:
    level, content = unpacked(rows_written(ROWS))
    assert check_csv(content, level).rows == ROWS.rows


@pytest.mark.parametrize(
    "broken",
    ["", "1.board", "2" + rows_written(ROWS)[1:], rows_written(ROWS)[:-4], "1.moon.eJw", "1.board.<b>",
     "1.board." + base64.urlsafe_b64encode(zlib.compress(b" " * 300_000)).decode()],
)  # fmt: skip
def test_a_link_without_a_whole_table_is_refused_by_its_code(broken: str) -> None:
    with pytest.raises(ContributionError) as caught:
        unpacked(broken)
    assert caught.value.code == "LINK_ROWS"


def test_what_a_link_would_not_open_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def alike(amount: int) -> Checked:
        row = dict(ROWS.rows[0]) | {"software": "x" * 150}
        return replace(ROWS, rows=tuple(row | {"measurement_id": f"m{at}"} for at in range(amount)))

    texts = [rows_written(alike(amount)) for amount in range(100, 1500, 50)]
    fitting = [text for text in texts if text]
    assert 2 < len(fitting) < len(texts)
    assert texts == fitting + [""] * (len(texts) - len(fitting))
    assert 0.9 * MOST_BYTES < len(unpacked(fitting[-1])[1]) < MOST_BYTES
    monkeypatch.setattr("app.explore.carried_rows.csv_text", None)
    assert not rows_written(alike(2_000)), "seen before anything is written"


def explore(rows: str, mine: Checked | None = None) -> AppTest:
    app = AppTest.from_file(ENTRY, default_timeout=120)
    asked = {"own_table": rows, "level": "board", "board-network": "any", "board-scenario": "any"}
    for key, value in asked.items():
        app.query_params[key] = value
    if mine is not None:
        app.session_state["yours"] = {mine.level: mine}
    app.switch_page(str(ROOT / "pages" / "explore.py"))
    return app.run()


def test_whoever_opens_the_link_sees_the_rows_and_shares_them_again() -> None:
    with pytest.MonkeyPatch.context() as rush:
        rush.setattr(LINE, "most_waiting", 0)
        app = explore(rows_written(ROWS))
        assert "BUSY" in app.warning[0].value
    app.run()  # what passes by itself is not remembered
    assert not app.exception
    assert "2 rows came with the link" in app.info[0].value
    assert "2 of them from the link" in texts(app)
    assert list(app.dataframe[0].value["Whose"][:3]) == ["★ from the link", "★ from the link", ""]
    assert app.session_state["shared"].carried == {"own_table": rows_written(ROWS)}


def test_a_link_replaces_no_rows_of_the_session_and_too_many_are_told() -> None:
    many = replace(ROWS, rows=tuple(
        dict(ROWS.rows[0]) | {"measurement_id": f"run-{at}", "energy_mj": math.exp(at % 7) + at / 7}
        for at in range(2000)
    ))  # fmt: skip
    app = explore(rows_written(ROWS), many)
    assert app.session_state["yours"] == {"board": many}
    assert "LINK_ROWS" in app.warning[0].value
    shared = app.session_state["shared"]
    assert app.session_state[WRITTEN] == (many, ""), "once, not at every click"
    assert (shared.carried, ["2,000 rows" in words for words in shared.left_out]) == ({}, [True])
