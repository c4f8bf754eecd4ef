"""The rules of the house hold in every module, and each rule is able to fail."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator

import pytest

import house_graph
import house_rules as house

FILES = house.project_files()

# One offence per line: the rule that has to find it, the file it stands in, and its text.
OFFENCES = [
    (house.wrong_directions, "data/bundle_build/build.py", "from predictors.model.graph import Graph"),
    (house.wrong_directions, "data/bundle_build/build.py", "import scoring.pcs"),
    (house.wrong_directions, "scoring/pcs.py", "from predictors import kernels"),
    (house.wrong_directions, "predictors/estimate.py", "import scoring"),
    (house.wrong_directions, "predictors/estimate.py", "def late():\n    from app.ui.tables import x"),
    (house.wrong_directions, "predictors/estimate.py", "from importlib import *\nimport_module('app.main')"),
    (house.wrong_directions, "app/main.py", "from pages import devices"),
    (house.wrong_directions, "pages/devices.py", "from data import queries"),
    (house.wrong_directions, "pages/devices.py", "import predictors.model.graph as graph"),
    (house.misplaced_libraries, "predictors/estimate.py", "import streamlit as st"),
    (house.misplaced_libraries, "data/bundle.py", "import streamlit"),
    (house.misplaced_libraries, "app/devices/phone_detail.py", "import plotly.graph_objects as go"),
    (house.misplaced_libraries, "pages/devices.py", "from plotly import express"),
    (house.misplaced_libraries, "app/charts_old.py", "import plotly"),
    (house.misplaced_libraries, "predictors/registry.py", "import duckdb"),
    (house.misplaced_libraries, "predictors/fusing/fuse.py", "from onnx import helper"),
    (house.misplaced_libraries, "app/uploads.py", "import onnx"),
    (house.misplaced_libraries, "scoring/pcs.py", "import numpy as np"),
    (house.misplaced_libraries, "pages/devices.py", "from sklearn.gaussian_process import kernels"),
    (house.unknown_imports, "app/main.py", "import formats"),
    (house.unknown_imports, "app/main.py", "from formats import joules"),
    (house.unknown_imports, "data/bundle_build/build.py", "import requests"),
    (house.relative_imports, "app/main.py", "from . import formats"),
    (house.relative_imports, "data/bundle_build/build.py", "from .bundle import Bundle"),
    (house.screen_in_charts, "app/charts/bars.py", "import streamlit as st"),
    (house.screen_in_charts, "app/charts.py", "from streamlit import cache_data"),
    (house.path_changes, "app/i18n/formats.py", "import sys\nsys.path.insert(0, 'x')"),
    (house.path_changes, "app/main.py", "import sys\nsys.path.insert(0, 'x')\nsys.path.append('y')"),
    (house.serializers, "predictors/registry.py", "import pickle"),
    (house.serializers, "predictors/registry.py", "from joblib import dump"),
    (house.serializers, "predictors/registry.py", "import joblib\njoblib.load('model')"),
    (house.serializers, "data/queries.py", "frame.to_pickle('x')"),
    (house.serializers, "predictors/registry.py", "np.load('x.npz', allow_pickle=True)"),
    (house.raw_markup, "app/devices/phone_detail.py", "st.markdown('<b>', unsafe_allow_html=True)"),
    (house.bare_excepts, "app/devices/phone_detail.py", "try:\n    x = 1\nexcept:\n    x = 2"),
    (house.machine_paths, "data/bundle_build/build.py", "FIGURES = '/home/" + "someone/figures'"),
    (house.long_files, "data/bundle_build/build.py", "x = 1\n" * 401),
]

INNOCENT = [
    ("app/main.py", "import sys\nif R not in sys.path:\n    sys.path.insert(0, R)\nimport app.ui.tables"),
    ("app/charts/bars.py", "import plotly.graph_objects as go\nimport pandas as pd\nimport app.ui.colours"),
    ("app/charts.py", "import plotly.graph_objects as go"),
    ("pages/devices.py", "import streamlit as st\nfrom app.bundle_cache import devices"),
    ("predictors/reading/onnx_graph.py", "import onnx\nfrom predictors.model.graph import Graph"),
    (
        "predictors/energy/p40/cpu.py",
        "import numpy\nfrom sklearn import tree\nfrom data import queries",
    ),
    ("data/bundle.py", "import duckdb\nimport pathlib\nfrom data.dictionary import column"),
    ("scoring/pcs.py", "import math\nimport scoring.pcs\ntry:\n    x = 1\nexcept ValueError:\n    x = 2"),
    ("predictors/registry.py", "np.load('x.npz', allow_pickle=False)"),
]


def test_every_module_keeps_the_rules() -> None:
    assert [line for path in FILES for line in house.violations(house.project_module(path))] == []


@pytest.mark.parametrize(("rule", "path", "text"), OFFENCES)
def test_every_rule_finds_its_offence(
    rule: Callable[[house.Module], Iterator[str]], path: str, text: str
) -> None:
    found = list(rule(house.parse(path, text)))
    assert found, f"{rule.__name__} overlooks {text!r}"
    assert all(line.startswith(path) for line in found)


@pytest.mark.parametrize(("path", "text"), INNOCENT)
def test_what_is_allowed_is_not_reported(path: str, text: str) -> None:
    assert house.violations(house.parse(path, text)) == []


def test_every_rule_is_proved_able_to_fail() -> None:
    assert {rule for rule, _, _ in OFFENCES} == set(house.RULES)


def test_the_rules_see_every_package() -> None:
    assert {path.partition("/")[0] for path in FILES} == set(house.PACKAGES)
    assert len(FILES) > len(house.PACKAGES)


@pytest.mark.parametrize("package", house.PACKAGES)
def test_package_is_importable_from_the_root(package: str) -> None:
    assert (house.ROOT / package / "__init__.py").is_file()


def test_no_module_of_the_app_is_named_like_a_package() -> None:
    # Streamlit puts app/ first on the path, where such a module would hide the package.
    names = {path.stem for path in (house.ROOT / "app").iterdir()}
    assert names.isdisjoint({*house.PACKAGES, "app", "tests"})


def test_no_file_imports_itself_by_way_of_others() -> None:
    graph = house_graph.arrows([house.project_module(path) for path in FILES])
    assert house_graph.circles(graph) == []


def test_a_circle_of_lazy_imports_would_be_found() -> None:
    first = house.parse("data/a.py", "def late():\n    from data.b import x")
    second = house.parse(
        "data/b.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from data import a"
    )
    third = house.parse("data/c.py", "import data.a")
    graph = house_graph.arrows([first, second, third])
    assert graph["data.b"] == {"data.a"}
    assert house_graph.circles(graph) == [["data.a", "data.b"]]


def test_folders_of_the_app_import_downwards_and_no_page_imports_another() -> None:
    graph = house_graph.arrows([house.project_module(path) for path in FILES if path.startswith("app/")])
    assert house_graph.wrong_floors(graph) == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("app.compare.page", "app.estimate.page"),
        ("app.ui.tables", "app.devices.list"),
        ("app.i18n.texts", "app.ui.tables"),
        ("app.log", "app.ui.tables"),
        ("app.models.model", "app.label.facts"),
    ],
)
def test_an_import_that_goes_upwards_would_be_found(importer: str, imported: str) -> None:
    assert house_graph.wrong_floors({importer: frozenset({imported})})
    assert house_graph.wrong_floors({"app.main": frozenset({imported}), importer: frozenset()}) == []


@pytest.mark.parametrize(("folder", "most"), [("app", 12), ("predictors", 6)])
def test_few_modules_stand_directly_in_a_package(folder: str, most: int) -> None:
    modules = [path.name for path in (house.ROOT / folder).glob("*.py") if path.stem != "__init__"]
    assert len(modules) <= most, sorted(modules)


def test_tests_are_flat_and_no_package() -> None:
    assert not list((house.ROOT / "tests").rglob("__init__.py"))
    assert not list((house.ROOT / "tests").glob("*/**/test_*.py"))


def test_no_second_entry_stands_in_the_root() -> None:
    # Streamlit would take pages/ beside it for its old automatic navigation.
    assert not list(house.ROOT.glob("*.py"))


def test_nine_functions_in_ten_are_short() -> None:
    lengths = house.function_lengths([house.project_module(path) for path in FILES])
    short = sum(length < 50 for length in lengths)
    assert short >= 0.9 * len(lengths)


def test_function_length_counts_body_and_signature() -> None:
    text = "@decorated\ndef one(\n    a,\n):\n    return a\n\nasync def two(): ...\n"
    module = house.parse("data/x.py", text)
    assert house.function_lengths([module]) == [4, 1]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value


def _remote_assets(config: str) -> list[str]:
    return [text for text in _strings(tomllib.loads(config)) if "://" in text or "@import" in text]


def test_the_look_of_the_app_fetches_nothing() -> None:
    config = (house.ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert _remote_assets(config) == []
    assert tomllib.loads(config)["browser"]["gatherUsageStats"] is False


def test_a_fetched_font_would_be_found() -> None:
    assert _remote_assets('[theme]\nfont = "X:https://fonts.example/x.css"') == [
        "X:https://fonts.example/x.css"
    ]
