"""The methods page's pictures: calibration of the intervals, and the closed law with the layers of TX2."""

from __future__ import annotations

import ast
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.charts.methods import calibration, kernel_steps, layer_modes
from app.i18n.texts import LANGUAGES, in_language
from app.methods import law as methods_law
from app.methods.accuracy import Panel, calibration_panels, calibration_sentence, level_table, panel_words
from app.methods.bench_results import stored_rows
from app.methods.law import (
    error_sentence,
    kernel_table,
    law_lines,
    law_steps,
    layer_rows,
    mode_ratio,
    step_layers,
    with_groups,
)
from app.paths import ROOT
from predictors.energy.tx2.law import closed_law
from predictors.energy.tx2.layer_features import LahmerLaw

ENTRY = str(ROOT / "app" / "main.py")
LAW = LahmerLaw(tile=4, mac_energy_nj=2.0, floor_mj=1.0, input_nj=0.0, weight_nj=0.0)


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


def layers(*rows: tuple[int, int, int, int, float, float]) -> pd.DataFrame:
    """Layers of (input_hw, kernel_size, c_in, c_out, macs, energy_mj); the law says 1 mJ more."""
    frame = pd.DataFrame(rows, columns=["input_hw", "kernel_size", "c_in", "c_out", "macs", "energy_mj"])
    return frame.assign(law_mj=frame["energy_mj"] + 1.0)


SOME = layers(
    (8, 1, 3, 1, 1e6, 4.0), (8, 1, 3, 512, 512e6, 512.0), (8, 3, 3, 57, 50e6, 100.0), (8, 3, 3, 171, 9e7, 9.0)
)  # fmt: skip


def test_modes_are_the_ratio_of_energies_per_mac() -> None:
    # One kernel: 4 mJ per million MACs; 512 kernels: 1. The other layers lack one of the two.
    assert mode_ratio(SOME) == pytest.approx(4.0)


def test_groups_hold_every_layer_and_say_their_kernels() -> None:
    grouped = with_groups(SOME)
    assert len(grouped) == len(SOME)
    assert list(dict.fromkeys(grouped["group"])) == ["1 kernel", "57 kernels", "171 kernels", "512 kernels"]
    assert "57 to 60 kernels" not in set(grouped["group"])
    both = with_groups(layers((8, 1, 3, 114, 1.0, 1.0), (8, 1, 3, 228, 1.0, 1.0)))
    assert set(both["group"]) == {"114 to 228 kernels"}


def test_lines_of_the_law_give_one_kernel_a_whole_tile() -> None:
    lines = law_lines(LAW, SOME).reset_index(drop=True)
    per_mac_nj = 1e6 * lines["energy_mj"] / lines["macs"]
    assert per_mac_nj.tolist() == pytest.approx([8.0, 8.0, 2.0, 2.0])
    assert lines["macs"].tolist() == [1e6, 1e6, 1e6, 512e6]


def test_the_law_rises_by_whole_tiles() -> None:
    # 3x3 outputs, 1 channel in, window 2: 9 * 4 MACs per kernel, 2 nJ each, in tiles of 4, over 1 mJ.
    steps = law_steps(LAW, layers((4, 2, 1, 9, 1.0, 1.0)))
    tiles = [4, 4, 4, 4, 8, 8, 8, 8, 12]
    assert steps["c_out"].tolist() == list(range(1, 10))
    assert steps["energy_mj"].tolist() == pytest.approx([1.0 + 9 * 4 * tile * 2e-6 for tile in tiles])


def test_one_layer_per_window_is_offered_with_the_most_numbers_of_kernels() -> None:
    more = layers(
        (50, 3, 116, 1, 1.0, 1.0), (20, 3, 3, 1, 1.0, 1.0), (20, 3, 3, 57, 1.0, 1.0), (9, 1, 3, 1, 1.0, 1.0)
    )
    other = layers((50, 3, 116, 1, 1.0, 1.0), (20, 3, 3, 1, 1.0, 1.0), (20, 3, 3, 57, 1.0, 1.0))
    assert step_layers(more, other) == {"20-3-3": (20, 3, 3)}
    assert step_layers(other[:2], other[:2]) == {"50-3-116": (50, 3, 116)}


def test_the_table_averages_over_layers_of_the_same_number_of_kernels() -> None:
    table = kernel_table(layers((8, 1, 3, 2, 1e6, 4.0), (9, 1, 3, 2, 1e6, 10.0)))
    assert table.iloc[0].tolist() == pytest.approx([2, 2, 7.0, 8.0, (25.0 + 10.0) / 2])


def test_marks_and_lines_of_the_modes_are_where_they_were_measured() -> None:
    figure = layer_modes(with_groups(SOME), law_lines(LAW, SOME))
    marks = {trace.name: trace for trace in figure.data}
    assert float(marks["57 kernels"].x[0]) == 50e6
    assert float(marks["57 kernels"].y[0]) == 100.0
    assert list(marks["57 kernels"].customdata[0]) == [8, 3, 3, 57]
    assert len({trace.marker.symbol for trace in figure.data[:4]}) == 4
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert "MACs" in figure.layout.xaxis.title.text


def test_steps_are_drawn_as_steps() -> None:
    figure = kernel_steps(SOME[["c_out", "energy_mj"]], law_steps(LAW, SOME[:1]))
    law, measured = figure.data
    assert law.line.shape == "hv"
    assert sorted(measured.x) == sorted(SOME["c_out"])
    assert "(mJ)" in figure.layout.yaxis.title.text


def test_errors_are_those_of_the_stored_accuracy() -> None:
    accuracy = stored_rows("accuracy-jetson-tx2-convolutions").set_index(
        ["delegate", "quantity", "method", "protocol"]
    )["mape_percent"]
    for rail in ("cpu", "gpu"):
        words = error_sentence(rail, stored_rows("accuracy-jetson-tx2-convolutions"))
        for method in ("lahmer-form law", "best"):
            for protocol in ("5-fold", "leave C_out out"):
                assert f"{accuracy[rail, 'energy', method, protocol]:.3g} %" in words
    assert "make bench" in error_sentence("cpu", pd.DataFrame())


@pytest.mark.parametrize("rail", ["cpu", "gpu"])
def test_the_page_explains_the_law_with_every_measured_layer(rail: str) -> None:
    app = opened(section="law", rail=rail)
    shown, law = texts(app), closed_law(rail)
    rows = layer_rows(rail)
    assert f"{len(rows):,} layers" in shown
    assert "our own fit in that form" in shown
    assert "10.23919/WiOpt56218.2022.9930584" in shown
    assert f"a tile has {law.tile} kernels" in shown
    assert f"a MAC costs {law.mac_energy_nj:.3g} nJ" in shown
    modes, steps = app.get("plotly_chart")
    names = [trace["name"] for trace in json.loads(modes.proto.spec)["data"]]
    assert names[:4] == ["1 kernel", "57 kernels", "114 to 228 kernels", "284 to 512 kernels"]
    assert [trace["name"] for trace in json.loads(steps.proto.spec)["data"]] == ["closed law", "measured"]
    assert modes.proto.alt
    assert steps.proto.alt
    assert app.dataframe[0].value.iloc[:, 1].sum() == len(rows)


def test_the_law_and_its_layers_are_those_of_the_predictors() -> None:
    rows = layer_rows("cpu")
    off = np.abs(rows["law_mj"] / rows["energy_mj"] - 1.0)
    assert (rows["macs"] > 0).all()
    assert rows[["input_hw", "kernel_size", "c_in", "c_out"]].drop_duplicates().shape[0] == len(rows)
    # In the fit, so slightly better than the 16.1 % of left-out layers.
    assert 100 * off.mean() == pytest.approx(16.1, abs=0.5)


def test_without_the_layers_the_page_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods_law, "layer_rows", lambda _rail: pd.DataFrame())
    app = opened(section="law")
    assert "states no licence" in app.info[0].value
    assert not app.get("plotly_chart")


@pytest.mark.parametrize("code", LANGUAGES)
def test_both_sections_are_there_in_every_language(code: str) -> None:
    with in_language(code):
        words = calibration_sentence([panel(good=80.0, wide=90.0)])
        assert "80" in words
        assert error_sentence("cpu", stored_rows("accuracy-jetson-tx2-convolutions"))
    assert not opened(section="law", lang=code).warning


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.stem)
def test_no_page_has_a_string_on_its_own(path: Any) -> None:
    """Streamlit shows such a string on the page, as if it were text for readers."""
    statements = ast.parse(path.read_text(encoding="utf-8")).body[1:]
    bare = [
        each for each in statements if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    ]
    assert bare == []
