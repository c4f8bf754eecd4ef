"""The methods page's picture, calibration of the intervals, and the document about the closed law."""

from __future__ import annotations

import ast
import json
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.charts.methods import calibration
from app.i18n.texts import LANGUAGES, in_language
from app.methods.accuracy import Panel, calibration_panels, calibration_sentence, level_table, panel_words
from app.methods.bench_results import stored_rows
from app.paths import ROOT
from predictors.energy.tx2.law import closed_law
from predictors.energy.tx2.layers import measured_layers

ENTRY = str(ROOT / "app" / "main.py")


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(ENTRY, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / "methods.py"))
    app.run()
    assert not app.exception
    assert not app.error
    return app


def texts(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption, *app.header))


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def panel(title: str = "A phone", **shares: float) -> Panel:
    """A picture with a line per name, which holds `share` at 80 % and half of it at 40 %."""
    rows = [
        {"line": name, "n": 7, "nominal_percent": nominal, "observed_percent": share * nominal / 80.0}
        for name, share in shares.items()
        for nominal in (40.0, 80.0)
    ]
    return Panel(title, pd.DataFrame(rows))


def test_lines_stand_over_the_diagonal_and_differ_without_colour() -> None:
    figure = calibration(panel(fold=80.0, sizes=60.0).rows)
    diagonal, aim, fold, sizes = figure.data
    assert list(diagonal.x) == list(diagonal.y) == [0, 100]
    assert (list(aim.x), list(aim.y)) == ([80.0, 80.0], [75.0, 85.0])
    assert (list(fold.x), list(fold.y)) == ([40.0, 80.0], [40.0, 80.0])
    assert list(sizes.y) == [30.0, 60.0]
    assert (fold.marker.symbol, fold.line.dash) != (sizes.marker.symbol, sizes.line.dash)
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == ["fold", "sizes"]
    assert "%" in figure.layout.xaxis.title.text
    assert "%" in figure.layout.yaxis.title.text


def test_the_sentence_counts_lines_and_names_the_extremes() -> None:
    words = calibration_sentence([panel(good=80.0, edge=85.0), panel("A board", narrow=61.2, wide=93.4)])
    assert "2 of 4 lines lie between 75 and 85 %" in words
    assert "A board (narrow), which hold 61.2 %" in words
    assert "A board (wide), which hold 93.4 %" in words


def test_a_picture_is_told_in_words() -> None:
    assert panel_words(panel(fold=80.0, sizes=60.0)).endswith("A phone. At 80 %: fold 80.0 %; sizes 60.0 %.")


def test_the_table_has_a_column_per_level() -> None:
    table = level_table([panel(fold=80.0), panel("A board", sizes=60.0)])
    assert table.columns.tolist() == ["Where", "Left out", "Measurements", "40 %", "80 %"]
    assert table.iloc[1].tolist() == ["A board", "sizes", 7, 30.0, 60.0]


@pytest.mark.parametrize("quantity", ["energy", "latency"])
def test_every_stored_line_is_in_one_picture_under_a_name_of_its_own(quantity: str) -> None:
    rows = stored_rows("calibration")
    shown = rows[rows["quantity"] == quantity]
    panels = calibration_panels(shown)
    assert sum(len(each.rows) for each in panels) == len(shown)
    for each in panels:
        points = each.rows.groupby("line", sort=False)["nominal_percent"]
        assert set(points.nunique()) == {9}
        assert set(points.count()) == {9}


@pytest.mark.slow
@pytest.mark.parametrize("quantity", ["energy", "latency"])
def test_the_page_shows_calibration_from_the_stored_table(quantity: str) -> None:
    app = opened(section="accuracy", calibrated=quantity)
    rows = stored_rows("calibration")
    at_80 = rows[(rows["quantity"] == quantity) & (rows["nominal_percent"] == 80.0)]["observed_percent"]
    assert f"{at_80.between(75, 85).sum()} of {len(at_80)} lines lie between 75 and 85 %" in texts(app)
    named = [[trace["name"] for trace in chart["data"] if "name" in trace] for chart in charts(app)]
    # Estimated against measured has its diagonal; it is another picture.
    drawn = [name for names in named if "equal" not in names for name in names]
    assert len(drawn) == len(at_80)
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))
    table = next(each.value for each in app.dataframe if "80 %" in each.value)
    assert sorted(table["80 %"]) == pytest.approx(sorted(at_80))


def test_without_a_stored_table_the_page_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.methods.accuracy.stored_rows", lambda _name: pd.DataFrame())
    assert "make bench" in opened(section="accuracy").info[0].value


@pytest.mark.parametrize("rail", ["cpu", "gpu"])
def test_the_document_of_the_law_has_the_coefficients_and_errors_of_the_code(rail: str) -> None:
    document = (ROOT / "docs" / "law-of-layers.md").read_text(encoding="utf-8")
    law = closed_law(rail)
    written = (law.mac_energy_nj, law.floor_mj, law.input_nj, law.weight_nj)
    shown = " | ".join(f"{value:.3g}" for value in written)
    assert f"| {rail.upper()} | {len(measured_layers(rail).table):,} | {law.tile} | {shown} |" in document
    accuracy = stored_rows("accuracy-jetson-tx2-convolutions").set_index(
        ["delegate", "quantity", "method", "protocol"]
    )["mape_percent"]
    for method, name in (("lahmer-form law", "the law"), ("best", "the predictor in use")):
        errors = [accuracy[rail, "energy", method, protocol] for protocol in ("5-fold", "leave C_out out")]
        assert f"| {rail.upper()} | {name} | {errors[0]:.3g} % | {errors[1]:.3g} % |" in document


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_sentence_is_there_in_every_language(code: str) -> None:
    with in_language(code):
        words = calibration_sentence([panel(good=80.0, wide=90.0)])
        assert "80" in words


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.stem)
def test_no_page_has_a_string_on_its_own(path: Any) -> None:
    """Streamlit shows such a string on the page, as if it were text for readers."""
    statements = ast.parse(path.read_text(encoding="utf-8")).body[1:]
    bare = [
        each for each in statements if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    ]
    assert bare == []
