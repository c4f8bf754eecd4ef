"""The tour of four steps: in the address, over four pages, in both languages, left at any time."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.frame.first_examples import EXAMPLES, figures
from app.frame.navigation import PAGES
from app.frame.tour import STEPS, step_number
from app.i18n.formats import energy
from app.i18n.texts import in_language, t
from app.paths import ROOT

ENTRY = str(ROOT / "app" / "main.py")


def opened(slug: str, **query: str) -> AppTest:
    app = AppTest.from_file(ENTRY, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if slug != PAGES[0].slug:
        app.switch_page(str(ROOT / "pages" / f"{slug}.py"))
    return app.run()


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in app.markdown)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 5))
def test_each_step_is_on_its_page(number: int) -> None:
    step = STEPS[number - 1]
    app = opened(step.slug, tour=str(number))
    assert f"step {number} of 4" in said(app)
    assert step.words in said(app)
    assert step.target
    assert [each.label for each in app.button if each.key == "end-tour"]


def test_the_tour_speaks_german() -> None:
    app = opened("devices", tour="1", lang="de")
    with in_language("de"):
        assert t(STEPS[0].words) in said(app)
    assert STEPS[0].words not in said(app)


@pytest.mark.slow
@pytest.mark.parametrize("value", ["0", "5", "", "x", "²", "-1", "1.0"])
def test_what_is_no_step_shows_none(value: str) -> None:
    assert step_number(value) is None
    assert "step" not in said(opened("devices", tour=value))


def test_with_the_number_of_another_page_the_step_of_the_open_one_is_shown() -> None:
    assert "step 1 of 4" in said(opened("devices", tour="3"))


def test_a_page_without_a_step_shows_none() -> None:
    assert "Tour" not in said(opened("methods", tour="3"))


def test_it_begins_and_ends_by_a_button() -> None:
    app = opened("devices")
    assert "Tour" not in said(app)
    app.button(key="take-tour").click().run()
    assert app.query_params["tour"] in ("1", ["1"])
    assert "step 1 of 4" in said(app)
    app.button(key="end-tour").click().run()
    assert "tour" not in app.query_params
    assert "Tour" not in said(app)


def examples_of(app: AppTest) -> list[str]:
    return [str(each.key) for each in app.button if str(each.key).startswith("example-")]


def test_a_first_visit_has_three_buttons_with_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(figures, "estimate", raising=False)
    app = opened("devices")
    assert examples_of(app) == ["example-devices", "example-estimate", "example-timelines"]
    assert app.button(key="example-estimate").label == "My model: MobileNetV2"
    # The server tells a figure once it has worked it out; the page is the first to show it in its language.
    monkeypatch.setitem(figures, "estimate", lambda: t("{energy} a run", energy=energy(88.2)))
    app.run()
    assert app.button(key="example-estimate").label == "My model: MobileNetV2, 88.2 mJ a run"
    app.button(key="example-estimate").click().run()
    assert not app.exception
    assert app.title[0].value == "How much energy does your model take?"
    assert app.selectbox(key="sample").value == dict(EXAMPLES[1].query)["sample"]
    assert not examples_of(app)


def test_the_door_of_the_first_page_opens_its_example_there() -> None:
    app = opened("devices")
    app.button(key="example-devices").click().run()
    assert app.selectbox(key="device").value == dict(EXAMPLES[0].query)["device"]
    assert not examples_of(app)


@pytest.mark.parametrize("query", [{"device": "jetson-tx2"}, {"tour": "1"}, {"print": "true"}])
def test_whoever_comes_by_a_link_sees_no_examples(query: dict[str, str]) -> None:
    assert not examples_of(opened("devices", **query))


def test_no_other_page_has_them() -> None:
    assert not examples_of(opened("methods"))
