"""Room for labels: pictures come with margins that their texts fit into, so that browsers draw them once."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import wrap

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from app.charts.base import EDGE_PX, MOST_PX, bare, evenly_broken, make_room, picture, width_px
from app.charts.split_cuts import split_energy
from app.charts.spread import NO_BREAK, spread, summary
from app.charts.timeline import Band, Line, timeline

CHARTS = Path(__file__).parents[1] / "app" / "charts"
LABELS = (
    "100 mJ", "0.05", "1,000", "Conv-Actions-Frozen fp32 · NNAPI", "★ Raspberry Pi 4, TFLite, ruy (12)",
    "Huawei P40 Pro, CPU", "MobileNetV2", "SpracherkennungÜ",
)  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
def test_widths_are_about_those_of_a_wide_font(label: str) -> None:
    # Pillow brings this font along; it is as wide as the usual ones.
    font = ImageFont.load_default(12)
    assert width_px(label, 12) >= 0.97 * font.getlength(label)
    assert width_px(label, 12) <= 1.6 * font.getlength(label)


def test_of_several_lines_the_widest_counts() -> None:
    assert width_px("MobileNet<br>v2", 10) == width_px("MobileNet", 10) == width_px("v2<br>MobileNet", 10)


def test_longer_labels_and_titles_get_more_room() -> None:
    def left(label: str, title: str = "") -> float:
        figure = bare(200)
        figure.add_bar(y=[label], x=[1.0], orientation="h")
        figure.update_yaxes(title_text=title)
        make_room(figure)
        return float(figure.layout.margin.l)

    assert EDGE_PX < left("a") < left("a long name") < left("a long name", "Energy (mJ)")
    assert left("a name " * 30) <= MOST_PX + 30


@pytest.mark.parametrize("side", ["top", "bottom"])
def test_room_is_on_the_side_where_the_labels_are(side: str) -> None:
    figure = bare(200)
    figure.update_xaxes(side=side, title_text="Energy (mJ)")
    make_room(figure)
    margin = figure.layout.margin
    assert (margin.t > EDGE_PX) == (side == "top")
    assert (margin.b > EDGE_PX) == (side == "bottom")


def test_a_margin_that_was_set_wider_stays() -> None:
    figure = bare(200)
    figure.update_layout(margin={"l": 150, "b": 140})
    figure.update_yaxes(automargin=False)
    make_room(figure)
    assert (figure.layout.margin.l, figure.layout.margin.b) == (150, 140)


def test_pictures_are_made_room_for_whoever_draws_them() -> None:
    plain = bare(200)
    assert picture(lambda: bare(200))().layout.margin.l > plain.layout.margin.l


def test_every_function_that_returns_a_picture_makes_room() -> None:
    without = [
        f"{path.name}: {node.name}"
        for path in CHARTS.glob("*.py")
        if path.name != "base.py"
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and node.returns is not None
        and ast.unparse(node.returns) == "go.Figure"
        and "picture" not in [ast.unparse(each) for each in node.decorator_list]
    ]
    assert not without


def test_long_names_of_rows_are_broken_into_lines() -> None:
    rows = pd.DataFrame(
        {
            "device": ["Thundercomm TurboX EB6 Edge AI Box, cloud-ai-100"] * 2 + ["Pi"],
            "energy_mj": [1.0, 2.0, 3.0],
            "flagged": False,
            "origin": "bundled",
        }
    )
    groups = summary(rows, ["device"], "energy_mj")
    figure = spread(groups.assign(label=groups["device"], colour="#123456", scope=""))
    lines = [line for tick in figure.layout.yaxis.categoryarray for line in tick.split("<br>")]
    assert lines == [
        "Thundercomm TurboX",
        "EB6 Edge AI Box,",
        f"cloud-ai-100{NO_BREAK}(2)",
        f"Pi{NO_BREAK}(1)",
    ]
    assert figure.layout.margin.l < 180
    assert figure.layout.height >= 2 * 3 * 13, "three lines of text fit into a row"


@given(st.text("ab -,()é", max_size=80), st.integers(1, 40))
def test_lines_are_as_few_and_as_short_as_can_be(label: str, signs: int) -> None:
    lines = evenly_broken(label, signs).split("<br>")
    assert " ".join(lines).split() == label.split()
    usual = wrap(label, signs, break_long_words=False, break_on_hyphens=False)
    assert len(lines) <= max(1, len(usual))
    assert max(map(len, lines)) <= max(map(len, usual), default=0)


def test_a_label_is_broken_into_even_lines() -> None:
    assert evenly_broken("Thundercomm RB6, cloud-ai-100", 26) == "Thundercomm RB6,<br>cloud-ai-100"
    assert evenly_broken("Odroid N2+", 26) == "Odroid N2+"


@pytest.mark.parametrize(("best", "place"), [(0, "top right"), (30, "top center"), (60, "top left")])
def test_the_text_of_the_best_cut_stays_inside_the_picture(best: int, place: str) -> None:
    cuts = pd.DataFrame({"kernels": range(61), "on_device": "", "after": "", "sent": ""})
    cuts = cuts.assign(device_energy_mj=1.0, send_energy_mj=1.0, energy_mj=2.0)
    figure = split_energy(cuts.assign(energy_mj_low=1.5, energy_mj_high=3.0), best)
    mark, ends = (trace for trace in figure.data if trace.type == "scatter")
    assert mark.textposition == place
    ends = ends.error_y
    assert (set(ends.array), set(ends.arrayminus)) == ({1.0}, {0.5}), "3.0 and 1.5 around 2.0 mJ"


def test_the_name_of_a_phase_at_the_end_stands_inwards() -> None:
    bands = [Band("idle", 0.0, 2.0), Band("inference", 2.0, 9.0), Band("other load", 9.0, 10.0)]
    line = Line("run", "#123456", np.array([0.0, 10.0]), np.ones(2))
    notes = timeline([line], bands, (0.0, 10.0)).layout.annotations
    assert [(note.x, note.xanchor) for note in notes] == [(1, "center"), (5.5, "center"), (10, "right")]
