"""Addresses of every page with parameters made to break it: no failure, and nothing of them is markup."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.frame.navigation import PAGES
from app.paths import ROOT
from hostile.networks import MARKDOWN, SCRIPT
from markup_support import elements, places_of_html, places_of_markup

ENTRY = str(ROOT / "app" / "main.py")
SLUGS = [entry.slug for entry in PAGES]
MARKUP = f"{MARKDOWN} {SCRIPT}"
ODD = (
    "", " ", "0", "-1", "1e309", "NaN", "9" * 30, "0.0000000001", "x" * 5_000, "\u202e\u0000\ud7ff", "[]",
    "[[1,2]", "{}", "null", "true", "a,b,,c", "0-", "1-0", "2020-13-45", "'; DROP TABLE devices; --",
    "%(x)s {0} %s", "../../../../etc/passwd", "http://192.0.2.1/", "huawei-p40-pro", "cpu", "fp32", "\t\r\n",
)  # fmt: skip
BLAME = {"UNEXPECTED"}
"""Codes of errors that say that the app itself failed."""


@lru_cache(maxsize=1)
def source_keys() -> frozenset[str]:
    """Every text in the code of app and pages that could be a parameter: keys of widgets and of look-ups."""
    found = set()
    for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= {text for text in _texts(node) if text.isidentifier() or "-" in text}
    return frozenset(found)


def _texts(call: ast.Call) -> list[str]:
    named = [word.value for word in call.keywords if word.arg == "key"]
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    looked_up = call.args[:1] if name in {"get_all", "get"} else []
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(of, ast.Name) and of.id == "widgets":  # the choices of `app.url_state.widgets`
        looked_up = call.args
    return [
        node.value
        for node in (*named, *looked_up)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


@lru_cache(maxsize=len(PAGES))
def parameters(slug: str) -> tuple[str, ...]:
    """The parameters of a page: those its widgets are bound to, and those its code may look up."""
    bound = {
        str(message.query_param_key)
        for message in elements(opened(slug, {}))
        if getattr(message, "query_param_key", "")
    }
    return tuple(sorted(bound | source_keys()))


def opened(slug: str, query: dict[str, str]) -> AppTest:
    """The app on a page with these parameters."""
    app = AppTest.from_file(ENTRY, default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    if slug != PAGES[0].slug:
        app.switch_page(str(ROOT / "pages" / f"{slug}.py"))
    return app.run()


def check(slug: str, app: AppTest) -> None:
    """A page with its one title and no failure of its own."""
    assert not app.exception
    assert not [each.value for each in app.error if any(code in each.value for code in BLAME)]
    assert len(app.title) == 1, slug


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_markup_in_an_address_has_no_effect(slug: str) -> None:
    app = opened(slug, dict.fromkeys(parameters(slug), MARKUP))
    check(slug, app)
    assert places_of_markup(app, MARKDOWN[:20]) == []
    assert places_of_markup(app, SCRIPT[:20]) == []
    assert places_of_html(app) == []


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_odd_values_in_an_address_leave_the_page_standing(slug: str) -> None:
    keys = parameters(slug)
    check(slug, opened(slug, {key: ODD[place % len(ODD)] for place, key in enumerate(keys)}))


@pytest.mark.long
@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("shift", range(1, len(ODD), 3))
def test_every_parameter_meets_every_kind_of_value(slug: str, shift: int) -> None:
    keys = parameters(slug)
    check(slug, opened(slug, {key: ODD[(place + shift) % len(ODD)] for place, key in enumerate(keys)}))


@pytest.mark.long
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(values=st.lists(st.text(max_size=60), min_size=1, max_size=9))
@pytest.mark.parametrize("slug", SLUGS)
def test_any_text_in_an_address_leaves_the_page_standing(slug: str, values: Sequence[str]) -> None:
    keys = parameters(slug)
    check(slug, opened(slug, {key: values[place % len(values)] for place, key in enumerate(keys)}))


def test_parameters_are_found() -> None:
    """Without parameters the tests above would prove nothing."""
    assert {"device", "delegate", "precision", "view"} <= set(parameters("estimate"))
    assert "section" in parameters("methods")


def test_markup_on_a_page_would_be_seen() -> None:
    def page() -> None:
        import streamlit as st

        st.caption("before **bold** after")
        st.text("**bold**")
        st.selectbox("choose", ["**bold**"], key="s")
        with st.expander("in **bold**"):
            st.metric("m", 1, help="**bold**")

    app = AppTest.from_function(page).run()
    assert sorted(places_of_markup(app, "**bold**")) == ["Expandable.label", "Markdown.body", "Metric.help"]
