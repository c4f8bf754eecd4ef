"""The whole app on a bundle without the sources whose publisher states no licence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import lru_cache

import pytest
from streamlit.testing.v1 import AppTest

from app.frame.navigation import PAGES
from app.measurements.levels import LEVELS
from app.paths import ROOT
from data_support import full_bundle

# In a process of its own: the bundle is chosen when the layers are first used, and kept.
SCRIPT = """
import json, sys
from streamlit.testing.v1 import AppTest
from app.frame.navigation import PAGES
from app.paths import ROOT

def visit(slug, query):
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    if slug != PAGES[0].slug:
        app.switch_page(str(ROOT / "pages" / f"{slug}.py"))
    app.run()
    return {
        "exceptions": [str(each.value) for each in app.exception],
        "errors": [each.value for each in app.error],
        "infos": [each.value for each in app.info],
        "text": " ".join(str(each.value) for each in (*app.markdown, *app.header, *app.caption)),
        "frames": [list(each.value.columns) for each in app.dataframe],
    }

json.dump([visit(*place) for place in json.load(sys.stdin)], sys.stdout)
"""

LICENSED = ("raspberry-pi-4", "jetson-tx2", "gap9-evk", "jetson-orin-nano", "raspberry-pi-5")
PLACES: list[tuple[str, dict[str, str]]] = [
    *((entry.slug, {}) for entry in PAGES),
    *(("explore", {"level": level.id}) for level in LEVELS.values()),
    *(("devices", {"device": device}) for device in LICENSED),
    ("methods", {"section": "accuracy"}),
    ("methods", {"section": "scores"}),
    ("methods", {"section": "sources"}),
]


@lru_cache(maxsize=1)
def visits() -> list[dict[str, list[str]]]:
    bundle = full_bundle(only_licensed=True).path
    environment = {**os.environ, "JOULELENS_BUNDLE": str(bundle), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps(PLACES),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment,
        timeout=300,
    )
    return json.loads(done.stdout)


def visited(slug: str, **query: str) -> dict[str, list[str]]:
    return visits()[PLACES.index((slug, query))]


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES, ids=lambda place: " ".join([place[0], *place[1].values()]))
def test_no_page_fails(place: tuple[str, dict[str, str]]) -> None:
    page = visits()[PLACES.index(place)]
    assert page["exceptions"] == []
    # The page of labels asks for a label when the address names none; that is no failure.
    assert [error for error in page["errors"] if "UNEXPECTED" in error] == []


def test_the_first_page_says_what_is_not_there_and_shows_the_rest() -> None:
    page = visited("devices")
    assert "The phones and their scores" in page["infos"][0]
    assert "nothing can be estimated for those devices" in page["infos"][0]
    # Phones that a licensed source measured are there, with what was measured instead of scores.
    assert "measured" in page["frames"][0]


def test_boards_are_explored_as_in_the_full_bundle() -> None:
    assert "takes least" in visited("explore", level="board")["text"]


@pytest.mark.parametrize("level", ["kernel", "application"])
def test_a_level_without_figures_says_how_to_get_them(level: str) -> None:
    assert "python -m data build" in visited("explore", level=level)["infos"][0]


def test_boards_can_still_be_estimated() -> None:
    assert "errs by" in visited("devices", device="raspberry-pi-4")["text"]


def test_the_estimate_page_says_which_devices_are_missing_and_why() -> None:
    page = visited("estimate")
    assert "without the sources whose publisher states no licence" in page["text"]
    assert "phones, Jetson TX2 and Jetson Xavier NX" in page["text"]


def test_the_full_bundle_has_nothing_to_say_about_that() -> None:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    app.switch_page(str(ROOT / "pages" / "estimate.py"))
    app.run()
    assert not app.exception
    assert "states no licence" not in " ".join(str(each.value) for each in (*app.markdown, *app.caption))


def test_a_device_whose_measurements_are_left_out_has_nothing_to_estimate_from() -> None:
    assert "Nothing: there are too few measurements" in visited("devices", device="jetson-tx2")["text"]
