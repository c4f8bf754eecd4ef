"""Numbers on screen: three significant digits, a unit that fits, ranges in words."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n import formats
from predictors.exports.documents import in_markdown

SHOWABLE = st.floats(min_value=1e-6, max_value=1e9)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.026512, "0.0265"),
        (0.9996, "1.00"),
        (9.996, "10.0"),
        (82, "82.0"),
        (999.6, "1,000"),
        (33049, "33,000"),
        (-3.456, "-3.46"),
        (0, "0"),
        (None, "not measured"),
        (math.nan, "not measured"),
        (9.996e14, "1.00e+15"),
        (999e12, "999,000,000,000,000"),
        (1.7976931348623157e308, "1.80e+308"),
        (5e-324, "4.94e-324"),
        (-1e300, "-1.00e+300"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
    ],
)
def test_numbers_have_three_significant_digits(value: float | None, text: str) -> None:
    assert formats.number(value) == text


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 1.7976931348623157e308, 1e307, 5e-324])
def test_every_figure_can_be_written_and_is_short(value: float) -> None:
    for write in (formats.number, formats.percent, formats.energy, formats.power, formats.latency):
        assert 0 < len(write(value)) < 24
    for write_range in (formats.energy_range, formats.latency_range):
        assert len(write_range(value, value)) < 48
    assert 0 < len(formats.count(value)) < 24


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (formats.energy(82.04), "82.0 mJ"),
        (formats.energy(1205), "1.21 J"),
        (formats.energy(0.0265), "26.5 µJ"),
        (formats.energy(999.7), "1.00 J"),
        (formats.energy(None), "not measured"),
        (formats.power(0.6401), "640 mW"),
        (formats.power(1.834), "1.83 W"),
        (formats.latency(45.01), "45.0 ms"),
        (formats.latency(1200), "1.20 s"),
        (formats.latency(0.5), "500 µs"),
        (formats.energy_range(980, 1210), "0.980 to 1.21 J"),
        (formats.latency_range(41, 49), "41.0 to 49.0 ms"),
        (formats.percent(0.41234), "41.2 %"),
        (formats.percent(1.0), "100 %"),
        (formats.count(33000), "33,000"),
        (formats.listing(["a", "b", "c"]), "a, b and c"),
        (formats.listing(["a"]), "a"),
        (formats.listing([]), ""),
    ],
)
def test_quantities_carry_the_unit_that_reads_best(text: str, expected: str) -> None:
    assert text == expected


def test_an_interval_is_said_in_words() -> None:
    assert formats.in_words(formats.energy_range(18, 25)) == "8 in 10 times between 18.0 and 25.0 mJ"


@given(SHOWABLE)
def test_a_shown_energy_is_within_half_a_per_cent_of_the_stored_one(energy_mj: float) -> None:
    text, symbol = formats.energy(energy_mj).split(" ")
    factor = {"µJ": 1e-3, "mJ": 1.0, "J": 1e3, "kJ": 1e6}[symbol]
    assert float(text.replace(",", "")) * factor == pytest.approx(energy_mj, rel=0.0051)


@given(st.floats(min_value=1e-3, max_value=999e6))
def test_a_shown_energy_needs_at_most_three_digits_before_the_point(energy_mj: float) -> None:
    assert float(formats.energy(energy_mj).split(" ")[0].replace(",", "")) < 1000


@pytest.mark.slow
@given(st.text(max_size=40))
def test_text_from_outside_loses_nothing_but_its_markdown(text: str) -> None:
    shown = formats.literal(text)
    assert shown.replace("\\", "").replace("\u2060", "") == text.replace("\\", "").replace("\u2060", "")
    for sign in "*_[]<>`$:":
        assert shown.count(sign) == shown.count(f"\\{sign}")


@pytest.mark.parametrize(
    "text",
    [
        "a**b**",
        "see https://a.example",
        "me@a.example",
        "<img src=x>",
        "1 * 2 ** 3",
        "back\\slash_",
        "[l](u) $x$ :red[a]",
        "“quoted”",
    ],
)
def test_plain_gives_back_what_literal_escaped(text: str) -> None:
    assert formats.plain(formats.literal(text)) == text


def test_plain_takes_bold_marks_away() -> None:
    assert formats.plain("**P40 Lite** draws 1 W; **x\\*y**.") == "P40 Lite draws 1 W; x*y."


@pytest.mark.parametrize(
    "text",
    ["https://evil.example/login", "HTTP://evil.example", "x www.evil.example y", "WWW.EVIL.example",
     "mail me@evil.example now", "@all look", "ftp://evil.example", "http://www.a.example me@b.example",
     "a@b@c.example"],
)  # fmt: skip
def test_no_name_becomes_a_link(text: str) -> None:
    """What Markdown of the browser or of a code host looks for in a text whose escapes are gone."""
    for escaped in (formats.literal(text), in_markdown(text)):
        shown = escaped.replace("\\", "")
        assert not re.search(r"((ht|f)tps?://|www(?=\.))[-.\w]+|@\w", shown, re.IGNORECASE)
    assert formats.plain(formats.literal(text)) == text
