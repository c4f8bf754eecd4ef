"""Contrast of every colour on both themes, and the settings the themes are made of."""

from __future__ import annotations

import tomllib
from itertools import combinations, pairwise

import pytest
from plotly.colors import sample_colorscale
from streamlit.elements.lib.streamlit_plotly_theme import GRAY_90

from app.charts.base import INK
from app.paths import ROOT
from app.ui.colours import (
    ACCENT,
    CIVIDIS,
    HUES,
    contrast,
    device_colour,
    kernel_colour,
    kernel_family,
    relative_luminance,
    text_on,
)
from colour_vision import DEFICIENCIES, distance, lab, seen
from predictors.model.kernels import KernelKind

CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
TEXT, MARK = 4.5, 3.0
CLEARLY_DIFFERENT = 15
"""Distance in CIE L*a*b*: six times what is just noticeable."""
PHONES = (
    "oneplus-8-pro",
    "xiaomi-redmi-note8",
    "huawei-mate40-pro",
    "huawei-p40-pro",
    "huawei-p40-lite",
    "huawei-p40-lite-e",
    "xiaomi-redmi-k30-ultra",
    "motorola-one-macro",
)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert relative_luminance("#ffffff") == pytest.approx(1.0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize("ink", ["textColor", "primaryColor", "linkColor"])
def test_text_and_accent_read_on_both_grounds(theme: str, ground: str, ink: str) -> None:
    colours = CONFIG["theme"][theme]
    assert contrast(colours[ink], colours[ground]) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
def test_captions_read_on_both_grounds(theme: str, ground: str) -> None:
    colours = CONFIG["theme"][theme]
    assert contrast(mixed(colours["textColor"], colours[ground], 0.6), colours[ground]) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_chosen_names_and_buttons_read(theme: str) -> None:
    colours = CONFIG["theme"][theme]
    assert contrast("#ffffff", colours["primaryColor"]) >= MARK
    tint = mixed(colours["primaryColor"], colours["backgroundColor"], 0.1)
    assert contrast(colours["primaryColor"], tint) >= TEXT


def mixed(ink: str, ground: str, share: float) -> str:
    """Return `ink` laid over `ground` with an opacity of `share`, as Streamlit does with captions."""
    pairs = ((int(ink[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(share * over + (1 - share) * under):02x}" for over, under in pairs)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", [*HUES, ACCENT])
def test_marks_stand_out_on_both_themes(theme: str, colour: str) -> None:
    assert contrast(colour, CONFIG["theme"][theme]["backgroundColor"]) >= MARK


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_gives_charts_colours_that_stand_out(theme: str) -> None:
    colours = CONFIG["theme"][theme]
    assert all(
        contrast(each, colours["backgroundColor"]) >= MARK for each in colours["chartCategoricalColors"]
    )


def test_text_on_every_mark_and_every_shade_reads() -> None:
    places = [step / 50 for step in range(51)]
    shades = sample_colorscale(CIVIDIS, places, colortype="tuple")
    grounds = ["#" + "".join(f"{round(255 * channel):02x}" for channel in shade) for shade in shades]
    assert all(contrast(text_on(ground), ground) >= TEXT for ground in [*grounds, *HUES])
    lightness = [relative_luminance(ground) for ground in grounds]
    assert all(low <= high + 1e-6 for low, high in pairwise(lightness)), (
        "a scale of ranges has to get lighter"
    )


def test_every_phone_has_a_colour_of_its_own() -> None:
    assert len({device_colour(phone) for phone in PHONES}) == len(PHONES)


def test_an_unknown_device_keeps_one_colour() -> None:
    assert device_colour("somebodys-new-board") == device_colour("somebodys-new-board")
    assert device_colour("somebodys-new-board") in HUES


def test_every_kernel_type_has_a_colour_and_a_family() -> None:
    assert {kernel_colour(kind.value) for kind in KernelKind} <= set(HUES)
    assert all(kernel_family(kind.value) for kind in KernelKind)
    assert kernel_colour(KernelKind.CONV.value) != kernel_colour(KernelKind.DWCONV.value)


def test_charts_take_the_stand_in_that_streamlit_replaces_by_the_themes_ink() -> None:
    assert INK == GRAY_90


def test_the_settings_are_the_same_from_any_folder() -> None:
    elsewhere = ROOT / "app" / ".streamlit" / "config.toml"
    assert elsewhere.read_text(encoding="utf-8") == (ROOT / ".streamlit" / "config.toml").read_text("utf-8")


def test_the_settings_keep_to_this_machine_and_show_no_traceback() -> None:
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"
    text = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert "http:" not in text
    assert "https:" not in text
    assert "fontFaces" not in CONFIG["theme"]


@pytest.mark.parametrize("deficiency", [None, *DEFICIENCIES])
def test_every_two_colours_differ_with_every_colour_vision(deficiency: str | None) -> None:
    nearest = min(distance(one, other, deficiency) for one, other in combinations(HUES, 2))
    assert nearest > CLEARLY_DIFFERENT


def test_colours_that_some_people_mix_up_would_be_found() -> None:
    assert distance("#b87a00", "#8a8200") > CLEARLY_DIFFERENT
    assert distance("#b87a00", "#8a8200", "protanopia") < 1


def test_simulated_vision_keeps_grey_grey() -> None:
    for deficiency in DEFICIENCIES:
        assert distance("#808080", "#808080", deficiency) == 0
        assert float(abs(lab(seen("#808080", deficiency))[1:]).max()) < 1
    assert distance("#000000", "#ffffff") == pytest.approx(100, abs=0.01)
