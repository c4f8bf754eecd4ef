"""A search for a phone that is not here leads to the nearest measured chip, or says that there is none."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.devices.nearest_chip import known_chips, measured_chips, nearest, nearest_words
from app.paths import ROOT

ENTRY = str(ROOT / "app" / "main.py")


@pytest.mark.parametrize(
    ("text", "device_id", "is_same"),
    [
        ("Galaxy S20", "oneplus-8-pro", True),
        ("galaxy s25 ultra", "xiaomi-15-pro", True),
        ("Pixel 8a", "google-pixel-8-pro", True),
        ("iPhone 15 Pro", "iphone-17-pro", False),
        ("snapdragon 888", "oneplus-8-pro", False),
        ("Honor 8X", "huawei-p40-lite-e", False),
        ("Mi 10", "oneplus-8-pro", True),
    ],
)
def test_a_phone_or_chip_leads_to_the_nearest_measured_one(text: str, device_id: str, is_same: bool) -> None:
    found = nearest(text)
    assert found is not None
    assert (found.device_id, found.is_same) == (device_id, is_same)
    words = nearest_words(found)
    assert ("has the same chip" in words) == is_same
    assert ("only hint" in words) != is_same


@pytest.mark.parametrize("text", ["", "x", "no such phone", "Exynos 990", "*[](x)"])
def test_what_is_not_known_leads_nowhere(text: str) -> None:
    assert nearest(text) is None


def test_every_phone_has_a_page_that_names_its_chip_and_a_family() -> None:
    assert all(
        found.source.startswith("https://") for name in known_chips() if (found := nearest(name)) is not None
    )
    assert all(nearest(chip) is not None for chip in set(known_chips().values()))
    assert all(nearest(chip) is not None for chip in measured_chips().values())


def test_a_search_without_a_hit_answers_with_the_nearest_phone_and_a_way_to_it() -> None:
    app = AppTest.from_file(ENTRY, default_timeout=60)
    app.query_params["q"] = "Galaxy S25"
    app.run()
    assert not app.error
    assert "**Xiaomi 15 Pro** has the same chip, Snapdragon 8 Elite" in app.info[0].value
    assert "your_device" in {link.proto.page for link in app.get("page_link")}
    app.button(key="show-nearest").click().run()
    assert app.selectbox(key="device").value == "xiaomi-15-pro"
    assert app.text_input(key="q").value == ""
