"""Figures by their data: what is drawn, where, in which unit."""

from __future__ import annotations

import math
from itertools import combinations

import pandas as pd
import pytest

from app.charts.base import TRANSPARENT, bare
from app.charts.cells import MARK, measurement_cells
from app.charts.score_bubbles import Box, Mark, label_places, score_bubbles, without_speed
from app.ui.colours import device_colour


@pytest.fixture
def phones() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "device_id": ["huawei-p40-lite", "huawei-p40-pro", "new-phone"],
            "short_name": ["P40 Lite", "P40 Pro", "New"],
            "ai_performance_score": [86.0, 197.0, math.nan],
            "pcs": [82.8, 78.1, 70.0],
            "iecs": [100.0, 400.0, 90.0],
        }
    )


def test_bubbles_stand_at_speed_and_pcs_with_areas_in_proportion_to_iecs(phones: pd.DataFrame) -> None:
    bubbles = score_bubbles(phones).data[0]
    assert list(bubbles.x) == [86.0, 197.0]
    assert list(bubbles.y) == [82.8, 78.1]
    small, large = bubbles.marker.size
    assert (large / small) ** 2 == pytest.approx(4.0)
    assert list(bubbles.text) == ["100", "400"]
    assert [row[0] for row in bubbles.customdata] == ["huawei-p40-lite", "huawei-p40-pro"]


def test_bubbles_have_their_devices_colour_and_only_the_selected_one_an_outline(phones: pd.DataFrame) -> None:
    bubbles = score_bubbles(phones, selected="huawei-p40-pro").data[0]
    assert bubbles.marker.color[1] == device_colour("huawei-p40-pro")
    assert bubbles.marker.line.width[0] == 0 < bubbles.marker.line.width[1]


def test_phones_without_a_speed_are_named_instead_of_drawn(phones: pd.DataFrame) -> None:
    assert without_speed(phones) == ["New"]


def test_no_phone_at_all_is_an_empty_picture(phones: pd.DataFrame) -> None:
    assert len(score_bubbles(phones.iloc[2:]).data[0].x) == 0


def test_axes_carry_their_unit_and_the_ground_is_the_pages(phones: pd.DataFrame) -> None:
    layout = score_bubbles(phones).layout
    assert "points" in layout.xaxis.title.text
    assert "points" in layout.yaxis.title.text
    assert layout.paper_bgcolor == layout.plot_bgcolor == TRANSPARENT
    assert layout.showlegend is False
    assert bare(200).layout.height == 200


CROWD = [Mark(60.0, 60.0, 20, "P40 Lite E"), Mark(50.0, 95.0, 20, "One Macro"), Mark(52.0, 20.0, 20, "Note8")]


def test_labels_cover_neither_marks_nor_each_other() -> None:
    places = label_places(CROWD, 300, 200)
    labels = [mark.label_box(place) for mark, place in zip(CROWD, places, strict=True)]
    boxes = [*labels, *(mark.box for mark in CROWD)]
    overlaps = [
        one.overlap(other) for one, other in combinations(boxes, 2) if one in labels or other in labels
    ]
    assert max(overlaps) == 0


def test_labels_stay_inside_the_picture() -> None:
    corner = Mark(290.0, 190.0, 8, "Mate40 Pro")
    [place] = label_places([corner], 300, 200)
    box = corner.label_box(place)
    assert box.overlap(Box(0, 0, 300, 200)) == pytest.approx((box.right - box.left) * (box.top - box.bottom))


@pytest.fixture
def cells() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "network": ["A", "A", "B", "B"],
            "delegate_name": ["CPU (1 thread)", "GPU", "CPU (1 thread)", "GPU"],
            "energy_mj": [10.0, 1000.0, 100.0, math.nan],
            "avg_power_w": [1.0, 2.0, 3.0, math.nan],
            "odd_columns": [frozenset({"energy_mj"}), frozenset(), frozenset(), frozenset()],
        }
    )


def test_cells_are_coloured_by_the_logarithm_of_energy(cells: pd.DataFrame) -> None:
    heat = measurement_cells(cells, "energy").data[0]
    assert list(heat.x) == ["CPU (1 thread)", "GPU"]
    assert list(heat.y) == ["A", "B"]
    assert heat.z[0].tolist() == pytest.approx([1.0, 3.0])
    assert heat.z[1][0] == pytest.approx(2.0)
    assert math.isnan(heat.z[1][1])


def test_cells_show_figures_oddities_and_what_is_missing(cells: pd.DataFrame) -> None:
    texts = [note.text for note in measurement_cells(cells, "energy").layout.annotations]
    assert texts == [f"10.0 {MARK}", "1,000", "100", "not<br>measured"]
    # The oddity concerns the energy, so the power of the same cell is not marked.
    assert measurement_cells(cells, "power").layout.annotations[0].text == "1.00"


@pytest.mark.parametrize(("quantity", "unit"), [("energy", "(mJ)"), ("power", "(W)")])
def test_cells_say_their_unit(cells: pd.DataFrame, quantity: str, unit: str) -> None:
    assert unit in measurement_cells(cells, quantity).layout.xaxis.title.text


def test_shades_lie_on_the_published_scale() -> None:
    from plotly.colors import sample_colorscale

    from app.charts.cells import _cividis

    for place in (0.0, 0.05, 1 / 9, 0.5, 0.777, 1.0):
        red, green, blue = sample_colorscale("Cividis", [place], colortype="tuple")[0]
        shade = _cividis(place)
        found = [int(shade[at : at + 2], 16) for at in (1, 3, 5)]
        assert found == pytest.approx([255 * red, 255 * green, 255 * blue], abs=0.5001)
