"""The rubric: every border by hand, tolerance, provisional letters, and that letters only ever get worse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import Score, ScoringError
from scoring.rubric import (
    ENERGY_RUBRIC,
    IECS_RUBRIC,
    LETTERS,
    PCS_RUBRIC,
    RUBRIC_VERSION,
    RUBRICS,
    TASK_RUBRICS,
    Rubric,
    grade_energy,
    grade_score,
)

VALUES = st.floats(min_value=-200.0, max_value=1000.0)


@pytest.mark.parametrize(
    ("points", "letter"),
    [
        (100, "A"),
        (80, "A"),
        (79.94, "B"),
        (70, "B"),
        (69.9, "C"),
        (60, "C"),
        (50, "D"),
        (49.9, "E"),
        (-30, "E"),
    ],
)
def test_pcs_borders(points: float, letter: str) -> None:
    assert PCS_RUBRIC.letter(points) == letter


@pytest.mark.parametrize(
    ("mean", "letter"), [(6, "A"), (5.99, "B"), (5, "B"), (4, "C"), (3, "D"), (2.99, "E")]
)
def test_iecs_borders_are_on_the_mean_of_the_rows(mean: float, letter: str) -> None:
    assert grade_score(Score("IECS", mean * 35, 35, 35)).letter == letter
    assert grade_score(Score("IECS", mean * 30, 30, 35)).letter == letter


@pytest.mark.parametrize(
    ("energy_mj", "letter"),
    [(0.1, "A"), (10, "A"), (10.1, "B"), (30, "B"), (100, "C"), (300, "D"), (301, "E")],
)
def test_energy_borders_less_is_better(energy_mj: float, letter: str) -> None:
    assert grade_energy(energy_mj, energy_mj, energy_mj).letter == letter


def test_what_is_graded_is_what_is_shown() -> None:
    # 79.9948 is shown as 80.0, so nobody reads "80.0, B".
    assert PCS_RUBRIC.letter(79.9948) == "A"
    assert grade_score(Score("PCS", 79.9948, 35, 35)).text == "A, at the border to B"


@pytest.mark.parametrize(
    ("value", "possible"),
    [(81.0, "AB"), (81.1, "A"), (79.0, "AB"), (78.9, "B"), (75.0, "B"), (50.5, "DE"), (20.0, "E")],
)
def test_within_one_point_of_a_border_the_neighbour_is_named(value: float, possible: str) -> None:
    assert "".join(PCS_RUBRIC.near(value)) == possible


def test_the_iecs_tolerance_is_a_share_of_the_border() -> None:
    assert IECS_RUBRIC.near(5.15) == ("B", "C")
    assert IECS_RUBRIC.near(5.16) == ("B",)


def test_an_energy_may_have_every_letter_its_interval_reaches() -> None:
    grade = grade_energy(60.0, 25.0, 120.0)
    assert (grade.letter, grade.possible, grade.rubric_version) == ("C", ("B", "C", "D"), RUBRIC_VERSION)
    assert grade.text == "C, between B and D"
    assert grade_energy(20.0, 15.0, 29.0).text == "B"


def test_few_rows_make_a_letter_provisional() -> None:
    assert not grade_score(Score("PCS", 75.0, 28, 35)).provisional
    few = grade_score(Score("PCS", 75.0, 27, 35))
    assert few.provisional
    assert few.text == "B, provisional"


@pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: rubric.id)
@given(one=VALUES, other=VALUES)
def test_a_better_figure_never_has_a_worse_letter(rubric: Rubric, one: float, other: float) -> None:
    better, worse = max(one, other), min(one, other)
    if not rubric.higher_is_better:
        better, worse = worse, better
    assert LETTERS.index(rubric.letter(better)) <= LETTERS.index(rubric.letter(worse))


@given(VALUES)
def test_the_own_letter_is_always_possible(value: float) -> None:
    assert PCS_RUBRIC.letter(value) in PCS_RUBRIC.near(value)


def test_bands_in_words_name_both_borders() -> None:
    assert [PCS_RUBRIC.band(letter) for letter in "ABE"] == ["80 and more", "70 to below 80", "below 50"]
    assert [ENERGY_RUBRIC.band(letter) for letter in "ACE"] == [
        "up to 10", "above 30, up to 100", "more than 300",
    ]  # fmt: skip


@pytest.mark.parametrize("figures", [(0.0, 0.0, 1.0), (5.0, 6.0, 7.0), (float("nan"), 1.0, 2.0)])
def test_figures_without_sense_have_no_letter(figures: tuple[float, float, float]) -> None:
    with pytest.raises(ScoringError) as error:
        grade_energy(*figures)
    assert error.value.code == "NOT_GRADABLE"
    with pytest.raises(ScoringError):
        PCS_RUBRIC.letter(float("inf"))


@pytest.mark.parametrize(
    ("task", "letter"),
    [
        ("", "D"),
        ("classification", "D"),
        ("detection", "C"),
        ("speech-commands", "C"),
        ("super-resolution", "B"),
    ],
)
def test_the_letter_of_an_energy_is_among_networks_of_its_task(task: str, letter: str) -> None:
    assert grade_energy(250.0, 240.0, 260.0, task).letter == letter


def test_every_task_of_the_samples_has_borders_of_its_own() -> None:
    from predictors.samples import SAMPLES

    assert {sample.task for sample in SAMPLES.values()} == set(TASK_RUBRICS) - {""}
    for task, rubric in TASK_RUBRICS.items():
        ratio = rubric.borders[0] / ENERGY_RUBRIC.borders[0]
        assert ratio in (1.0, 3.0, 10.0), task
