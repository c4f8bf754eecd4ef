"""Numbers in the address: what no field can hold is named and taken out, and the page goes on."""

from __future__ import annotations

import ast

import pytest
from streamlit.testing.v1 import AppTest

from app.devices.phone_extras import PREFIX
from app.paths import ROOT
from app.ui.meaning import INTENSITY_KEY, VOLTAGE_KEY
from app.url_state.number_fields import LIMITS, is_bad, limits_of

ENTRY = str(ROOT / "app" / "main.py")
CODE = "BAD_ADDRESS_NUMBER"
SIZE_FIELDS = frozenset({"side_field", "whole_field", "width_field"})
"""Functions of `app.url_state.number_fields`, whose numbers are all in the address."""


def opened(page: str, query: dict[str, str]) -> AppTest:
    app = AppTest.from_file(ENTRY, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / f"{page}.py"))
    return app.run()


def warned(app: AppTest) -> int:
    """How many bad numbers the page names; fails if a part of the page did."""
    assert not app.exception
    assert not app.error, [each.value for each in app.error]
    return sum(CODE in str(each.value) for each in app.warning)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("estimate", {"side": "1e400"}),
        ("estimate", {"side": "-inf", "if_batch": "inf"}),
        ("timelines", {"from": "nan", "to": "1e999", "offset": "-1e999"}),
        ("compare", {"ms": "inf", "mj": "**b**"}),
        ("your_device", {"own_tdp": "nan"}),
        ("devices", {"w_cpu": "inf", "battery_v": "x"}),
    ],
)
def test_an_endless_number_is_named_and_taken_out(page: str, query: dict[str, str]) -> None:
    app = opened(page, query)
    assert warned(app) == len(query)
    assert not set(query) & set(app.query_params)
    assert not warned(app.run()), "said once"


def test_the_rest_of_the_address_stays() -> None:
    app = opened("estimate", {"side": "inf", "sample": "AlexNet"})
    assert warned(app) == 1
    assert app.session_state["sample"] == "alexnet"


def test_a_number_that_fits_is_used_without_a_word() -> None:
    app = opened("timelines", {"from": "1.5", "to": "3e0"})
    assert not warned(app)
    assert (app.session_state["from"], app.session_state["to"]) == (1.5, 3.0)


@pytest.mark.parametrize("value", ["", "1", "1e3", " 7 ", "4096"])
def test_numbers_that_a_field_takes_are_left_to_it(value: str) -> None:
    assert not is_bad("side", value)


@pytest.mark.parametrize(
    ("page", "key", "value", "said"),
    [
        ("estimate", "side", "99999", "99999 where a number from 1 to 4,096 belongs"),
        ("estimate", "if_batch", "0", "0 where a number from 1 to 256 belongs"),
        ("compare", "ms", "-5", r"\-5 where a number from 0.001 on belongs"),
        ("devices", "battery_v", "50", "50 where a number from 1 to 20 belongs"),
    ],
)
def test_a_number_beyond_its_field_is_named(page: str, key: str, value: str, said: str) -> None:
    app = opened(page, {key: value})
    assert warned(app) == 1
    assert said in app.warning[0].value
    assert key not in app.query_params


FIELDS = [
    ("estimate", {"if_side": "64", "view": "two"}),
    ("estimate", {"view": "split"}),
    ("compare", {"view": "limits"}),
    ("timelines", {}),
    ("devices", {"grid": "own"}),
    ("your_device", {"door": "scores"}),
    ("tokens", {"llm_model": "own"}),
]
"""Views that together have every number field."""


@pytest.mark.slow
def test_limits_are_those_of_the_fields() -> None:
    found = {}
    for page, query in FIELDS:
        for field in opened(page, query).number_input:
            limits = limits_of(field.key or "")
            if limits is not None:
                found[field.key] = limits
                assert max(limits[0], -1e300) == max(
                    field.min if field.min is not None else -1e300, -1e300
                ), field
                assert min(limits[1], 1e300) == min(field.max if field.max is not None else 1e300, 1e300), (
                    field
                )
    assert not set(LIMITS) - set(found)


def test_other_parameters_are_nobodys_business_here() -> None:
    assert not is_bad("search", "inf")
    assert is_bad(f"{PREFIX}gpu", "inf")


def test_every_number_field_of_the_app_is_covered() -> None:
    """Keys written in a number field itself; those that are handed over are named one by one."""
    written = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            words = {word.arg: word.value for word in node.keywords}
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            key = words.get("key")
            is_bound = name in SIZE_FIELDS or (name == "number_input" and "bind" in words)
            if is_bound and isinstance(key, ast.Constant):
                written.add(key.value)
    assert {"side", "b_width", "if_batch", "offset", "own_tdp"} <= written <= set(LIMITS)
    assert {VOLTAGE_KEY, INTENSITY_KEY, "from", "to", "ms", "mj"} <= set(LIMITS)
