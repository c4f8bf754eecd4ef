"""A search for a phone that is not here leads to the nearest measured chip, or says that there is none."""

from __future__ import annotations

from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from app.devices.list import _found
from app.devices.nearest_chip import known_chips, measured_chips, nearest, nearest_words, versions
from app.measurements.devices import catalogue
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
        # As people type: other spaces, no maker, two letters swapped, y for z, storage, network.
        ("iPhone 16ProMax 256 GB", "iphone-17-pro", False),
        ("iphnoe 14", "iphone-17-pro", False),
        ("I-Phone SE", "iphone-17-pro", False),
        ("Galaxz S23 Ultra", "meizu-21", False),
        ("samsnug galaxy s25+", "xiaomi-15-pro", True),
        ("Galaxy S23 5G", "meizu-21", False),
        ("Pixle 8a", "google-pixel-8-pro", True),
        ("xioami 13 pro", "meizu-21", False),
        ("redmz note 7", "xiaomi-redmi-note8", False),
        ("onepuls 13", "xiaomi-15-pro", True),
        ("Nothing Phone 2", "meizu-21", False),
        ("Snapdragon 8 Elite Gen 5", "xiaomi-15-pro", False),
    ],
)
def test_a_phone_or_chip_leads_to_the_nearest_measured_one(text: str, device_id: str, is_same: bool) -> None:
    found = nearest(text)
    assert found is not None
    assert (found.device_id, found.is_same) == (device_id, is_same)
    words = nearest_words(found)
    assert ("has the same chip" in words) == is_same
    assert ("only hint" in words) != is_same


@pytest.mark.parametrize(
    "text",
    # Digits are never guessed, nor what stands behind them.
    [
        "",
        "x",
        "no such phone",
        "*[](x)",
        "iPhone 1",
        "Pixel 11",
        "Galaxy S21 FE",
        "Galaxy A23",
        "Mate 60 Pro",
    ],
)
def test_what_is_not_known_leads_nowhere(text: str) -> None:
    assert nearest(text) is None


@pytest.mark.parametrize("text", ["Exynos 990", "Galaxy A51", "galaxy s10"])
def test_a_chip_of_a_family_that_nobody_measured_is_said_so(text: str) -> None:
    found = nearest(text)
    assert found is not None
    assert found.device_id == ""
    assert "neither was a chip of its family" in nearest_words(found)


@pytest.mark.parametrize(
    ("text", "device_id"), [("pixle 9 pro", "google-pixel-9-pro"), ("iPhone 17 Por", "iphone-17-pro")]
)
def test_a_measured_phone_that_is_spelled_otherwise_is_named(text: str, device_id: str) -> None:
    found = nearest(text)
    assert found is not None
    assert (found.device_id, found.is_measured) == (device_id, True)
    assert "It was measured" in nearest_words(found)


NAMES_OF_2022_TO_2026: Final = (
    "Galaxy S22", "Galaxy S23", "Galaxy S23 FE", "Galaxy S24", "galaxy s24 plus", "Galaxy S24 FE",
    "Galaxy S25 Ultra", "Galaxy A53 5G", "Galaxy A54", "Samsung A55", "Galaxy A73 5G", "Z Fold 5",
    "Galaxy Z Flip6", "iPhone 14 Plus", "iphone 15", "iPhone 16e", "iPhone Air", "iPhone 17 Pro Max",
    "Pixel 7a", "Pixel 8", "Pixel 9a", "Pixel 10 Pro", "Xiaomi 12 Pro", "Xiaomi 13", "Xiaomi 14",
    "Poco F6", "OnePlus 11", "OnePlus 12R", "OnePlus Nord 4", "Nothing Phone (2)", "nothing phone 3",
    "Moto Edge 30 Ultra", "moto g84 5g", "Xperia 5 IV", "Xperia 10 IV", "Fairphone 6", "Oppo Find X8",
    "vivo X100 Pro", "Honor Magic 6 Pro", "Realme GT 7 Pro", "iQOO 12", "ROG Phone 8",
)  # fmt: skip


def test_phones_of_today_are_known_with_each_chip_that_they_are_sold_with() -> None:
    assert [name for name in NAMES_OF_2022_TO_2026 if nearest(name) is None] == []
    found = nearest("Galaxy S24")
    assert found is not None
    said = {(each.chip, each.device_id) for each in versions(found)}
    assert said == {("Snapdragon 8 Gen 3", "meizu-21"), ("Exynos 2400", "")}
    assert versions(nearest("Snapdragon 888") or found) == [nearest("Snapdragon 888")]


def test_the_search_finds_measured_phones_whatever_the_spaces() -> None:
    table = catalogue()
    for text in ("redmi note 8", "P40Pro", "mate 40 pro", "iphone17pro", "K30-Ultra"):
        assert _found(table["searched"], text).any(), text
    assert not _found(table["searched"], "redmi note 7").any()


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
