"""A recording of one's own that leaves something open: both readings to choose from, or columns by hand."""

from __future__ import annotations

import io

import pytest

from app.charts.inferences import laid_over, spread_of_each
from app.i18n.formats import Unit
from data.tracing.overlay import overlay
from data.tracing.profiles import read_profile
from tests.test_app_timelines import opened, strip, words
from tests.test_tracing_layers import ort, recording

UNNAMED = "a,b\n" + "".join(f"{at},2000\n" for at in range(11))
"""Eleven rows a second apart: 2000 mW, so 20 J."""


@pytest.mark.slow
def test_both_readings_of_a_doubt_are_shown_and_either_can_be_taken() -> None:
    app = opened(source="own")
    text = "time_s,power_w\n" + "".join(f"{at},5300\n" for at in range(11))
    app.file_uploader[0].upload("mine.csv", text.encode(), "text/csv").run()
    assert strip(app)["Energy"] == "53.0 J"
    choice = next(each for each in app.radio if each.label == "How it is read")
    assert choice.options == ["as mW: 53.0 J in 10.0 s", "as W: 53.0 kJ in 10.0 s"]
    choice.set_value("other").run()
    assert float(strip(app)["Energy"].replace(",", "").removesuffix(" J")) == pytest.approx(53_000.0)
    assert [each.label for each in app.radio if each.label == "How it is read"] == ["How it is read"]
    next(each for each in app.radio if each.label == "How it is read").set_value("taken").run()
    assert strip(app)["Energy"] == "53.0 J"


@pytest.mark.slow
def test_a_table_that_names_nothing_is_read_by_columns_chosen_on_the_page() -> None:
    app = opened(source="own")
    app.file_uploader[0].upload("mine.csv", UNNAMED.encode(), "text/csv").run()
    assert "`NO_TIME_COLUMN`" in app.error[0].value
    next(each for each in app.button if each.label == "Choose the columns by hand").click().run()
    assert not app.exception
    fields = {each.label: each for each in app.selectbox}
    assert fields["Time"].options == ["no column", "1: a (0)", "2: b (2000)"]
    fields["Time"].set_value(0).run()
    kind = next(each for each in app.selectbox if each.label == "What the device draws")
    kind.set_value("power").run()
    app.multiselect[0].set_value([1]).run()
    next(each for each in app.selectbox if each.label == "Their unit").set_value("mW").run()
    assert not app.error and not app.exception
    assert strip(app)["Energy"] == "20.0 J"
    assert "20.0 J in 10.0 s, 2.00 W on average, 11 samples" in app.success[0].value
    assert any(each.label == "Save the recipe of these columns" for each in app.get("download_button"))


@pytest.mark.slow
def test_without_a_column_of_time_a_rate_can_be_given_and_current_has_one_voltage() -> None:
    app = opened(source="own")
    text = "n,amps\n" + "".join(f"{at},0.4\n" for at in range(11))
    app.file_uploader[0].upload("mine.csv", text.encode(), "text/csv").run()
    next(each for each in app.button if each.label == "Choose the columns by hand").click().run()
    next(each for each in app.selectbox if each.label == "Time").set_value(-1).run()
    next(each for each in app.number_input if each.label == "Samples per second").set_value(10.0).run()
    next(each for each in app.selectbox if each.label == "What the device draws").set_value(
        "at-voltage"
    ).run()
    next(each for each in app.number_input if each.label == "Voltage (V)").set_value(5.0).run()
    assert strip(app)["Energy"] == "2.00 J"  # 10 steps of 0.1 s at 0.4 A and 5 V


def test_what_cannot_be_read_at_all_has_no_columns_to_choose() -> None:
    app = opened(source="own")
    app.file_uploader[0].upload("mine.csv", b"\0\1\2", "text/csv").run()
    assert not [each for each in app.button if each.label == "Choose the columns by hand"]
    assert "hand" not in words(app) or "`NOT_TEXT`" in app.error[0].value


@pytest.mark.slow
def test_a_profile_beside_a_recording_gives_energy_per_layer() -> None:
    app = opened(source="own")
    times, powers = recording(1000.0).arrays()
    rows = "".join(f"{a:.4f},{b:.3f}\n" for a, b in zip(times.tolist(), powers.tolist(), strict=True))
    app.file_uploader[0].upload("mine.csv", ("time_s,power_w\n" + rows).encode(), "text/csv").run()
    app.file_uploader[2].upload("profile.json", ort(), "application/json").run()
    assert not app.error
    assert strip(app)["Inferences"] == "40"
    table = next(each.value for each in app.dataframe if "Layer" in each.value)
    assert list(table["How"]) == ["measured"] * 3
    assert table["Energy (mJ)"].tolist() == pytest.approx([180.0, 30.0, 240.0], rel=0.05)


@pytest.mark.slow
def test_a_profile_that_is_none_is_refused_by_code() -> None:
    app = opened(source="own")
    app.file_uploader[0].upload("mine.csv", b"time_s,power_w\n0,1\n1,1\n2,1\n", "text/csv").run()
    app.file_uploader[2].upload("profile.json", b"{}", "application/json").run()
    assert "`PROFILE_UNKNOWN`" in app.error[0].value


@pytest.mark.slow
def test_inferences_of_a_recording_are_laid_over_each_other() -> None:
    app = opened(source="own", lang="en")
    times, powers = recording(1000.0).arrays()
    rows = "".join(f"{a:.4f},{b:.3f}\n" for a, b in zip(times.tolist(), powers.tolist(), strict=True))
    app.file_uploader[0].upload("mine.csv", ("time_s,power_w\n" + rows).encode(), "text/csv").run()
    app.file_uploader[2].upload("profile.json", ort(), "application/json").run()
    # Open, not folded: the curve, one inference under the lens, and the energy of each.
    assert "One inference under the lens" in [each.value for each in app.header]
    assert len(app.get("plotly_chart")) == 3 and not app.exception


def test_the_pictures_of_the_inferences_hold_their_figures() -> None:
    log = read_profile(io.BytesIO(ort())).log
    assert log is not None
    found = overlay(recording(5000.0), log)
    assert found is not None
    band, mean = laid_over(found, Unit("mW", 1e3)).data
    assert max(mean.y) == pytest.approx(6000.0, rel=0.02)
    assert len(band.x) == 2 * len(mean.x)
    (bars,) = spread_of_each(found.energies_mj).data
    assert sum(bars.y) == 40
