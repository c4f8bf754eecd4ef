"""A figure of a sample model changes only with a version, and every version says what it changed.

After a change that is meant: raise METHOD_VERSION or DATA_VERSION, describe the version in docs/versions.md,
run this file with JOULELENS_REFRESH=1, and put the table it prints below the version's heading.
"""

from __future__ import annotations

import os
from itertools import pairwise

import pytest
from streamlit.testing.v1 import AppTest

from app.methods.page import version_notes
from estimate_support import ENTRY
from predictors.samples import CLASSIFIERS
from version_support import NOTES, NOW, ROOT, TARGETS, Figures, effect, figures_now, store, stored

# Forests choose between nearly equal splits by the last bits of a sum, and these differ between processors:
# the same code gave TX2 figures up to 0.07 % apart on two machines. Everything else agrees to 2e-7.
FOREST_TOLERANCE, TOLERANCE = 2e-3, 2e-7
FOREST_TARGETS = ("jetson-tx2/", "jetson-xavier-nx/")

REFRESH = os.environ.get("JOULELENS_REFRESH") == "1"


def tolerance(target: str) -> float:
    return FOREST_TOLERANCE if target.startswith(FOREST_TARGETS) else TOLERANCE


def differences(before: Figures, after: Figures) -> list[str]:
    return [
        f"{sample} on {target}: {name} was {figure}, is {after[sample][target][name]}"
        for sample, by_target in before.items()
        for target, figures in by_target.items()
        for name, figure in figures.items()
        if after[sample][target][name] != pytest.approx(figure, rel=tolerance(target))
    ]


@pytest.mark.slow
def test_sample_models_have_the_figures_of_this_version() -> None:
    versions, now = stored(), figures_now()
    if REFRESH and NOW not in versions:
        store({**versions, NOW: now})
        versions = stored()
    assert NOW in versions, f"version {NOW} has no stored figures: see the head of this file"
    changed = differences(versions[NOW], now)
    assert not changed, f"raise a version, {len(changed)} figures changed:\n" + "\n".join(changed[:10])


def test_every_sample_and_target_is_stored() -> None:
    figures = stored()[NOW]
    assert set(figures) == set(CLASSIFIERS)
    assert all(set(by_target) == set(TARGETS) for by_target in figures.values())


def test_every_version_is_described_with_its_effect() -> None:
    text, versions = NOTES.read_text(encoding="utf-8"), stored()
    names = list(versions)
    for name in names:
        data, method = name.split("/")
        assert f"## Method {method}, data {data}" in text
    for earlier, later in pairwise(names):
        table = effect(versions[earlier], versions[later])
        assert table in text, f"docs/versions.md lacks the effect of {later}:\n{table}"


def test_an_effect_is_told_by_hand() -> None:
    before: Figures = {name: {"d/cpu/fp32": {"energy_mj": 10.0}} for name in ("a", "b")}
    after: Figures = {"a": {"d/cpu/fp32": {"energy_mj": 11.0}}, "b": {"d/cpu/fp32": {"energy_mj": 10.0}}}
    assert effect(before, after).splitlines()[-1] == "| d/cpu/fp32 | 1 of 2 | +5.00 | +10.00 (a) |"
    assert effect(before, before).startswith("No sample model")
    assert differences(before, before) == []


def test_the_methods_page_shows_versions_and_what_changed() -> None:
    notes = version_notes()
    assert notes[0].title == f"Method {NOW.split('/')[1]}, data {NOW.split('/')[0]}"
    assert all(note.text for note in notes)


def test_a_difference_would_be_found() -> None:
    before: Figures = {"a": {"d/cpu/fp32": {"energy_mj": 10.0}}}
    after: Figures = {"a": {"d/cpu/fp32": {"energy_mj": 10.0001}}}
    assert len(differences(before, after)) == 1


def test_versions_stand_on_the_methods_page() -> None:
    app = AppTest.from_file(ENTRY, default_timeout=120)
    app.query_params["section"] = "limits"
    app.switch_page(str(ROOT / "pages" / "methods.py"))
    app.run()
    assert not app.exception
    assert f"{version_notes()[0].title}: what changed" in [each.label for each in app.expander]
