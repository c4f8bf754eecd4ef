"""Sentences of advice, two models and split: the core's figures, in every language."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.compare.model_frames import is_close_call
from app.devices.phone_extras import what_if_table
from app.estimate.advice import WAYS, advice_line
from app.estimate.export import ABOUT
from app.estimate.split_words import LINK_SCOPES, basis_words, size_words, split_words
from app.estimate.two import MATCHES, two_sentence
from app.estimate.what_if_view import LESS, MORE, NONE, SAME, UNSURE, difference_words, signed_number
from app.i18n.formats import energy, percent
from app.i18n.texts import in_language
from app.models.model import sample_model
from predictors.estimate import estimate_graph
from predictors.exports import FORMATS
from predictors.research.advice import Way, advise
from predictors.research.diff import Match, ModelDiff, diff_reports
from predictors.research.radio_links import RADIOS, LinkScope, make_link
from predictors.research.split import split_graph
from predictors.research.split_result import Split
from predictors.results.estimates import Evidence
from predictors.results.report import ModelReport
from scoring.verdict import Difference
from scoring.weighting import Weights


def report_of(sample: str, side: int | None = None) -> ModelReport:
    graph = sample_model(sample, side).graph
    return estimate_graph(graph, device="huawei-p40-pro", delegate="cpu", precision="fp32", name=sample)


@pytest.fixture(scope="module")
def diff() -> ModelDiff:
    return diff_reports(report_of("mobilenet-v2"), report_of("mobilenet-v2", 96))


@pytest.fixture(scope="module")
def split() -> Split:
    return split_graph(
        sample_model("alexnet", None).graph, make_link(), device="raspberry-pi-4", delegate="tflite-ruy"
    )


def test_every_way_to_lighten_a_kernel_has_words() -> None:
    assert set(WAYS) == set(Way)


def test_advice_has_the_saving_of_the_core_in_both_languages() -> None:
    estimate = report_of("vgg-16").estimates[0]
    first = advise(estimate)[0]
    saved = first.replacements[0].saved_mj / estimate.energy_mj
    for code in ("en", "de"):
        with in_language(code):
            line = advice_line(first, estimate.energy_mj)
            assert energy(first.replacements[0].energy_mj) in line
            assert percent(saved, 2) in line
    assert "weniger" in line


def test_the_core_says_nothing_that_has_no_words_here(diff: ModelDiff) -> None:
    assert set(MATCHES) == set(Match)
    assert diff.verdict in {LESS, MORE, SAME, UNSURE, NONE}
    assert set(LINK_SCOPES) == set(LinkScope)
    assert {"table", *ABOUT} == set(FORMATS)


def test_the_difference_is_told_with_the_same_digits_in_german(diff: ModelDiff) -> None:
    english = two_sentence(diff)
    with in_language("de"):
        german = two_sentence(diff)
    assert english.startswith("B uses less energy than A by ")
    assert german.startswith("B braucht ")
    assert digits(german.replace(",", ".")) == digits(english.replace("8 in 10", "8 von 10"))


def test_pages_say_what_is_close_and_what_cannot_be_compared(diff: ModelDiff) -> None:
    least = -0.01 * diff.a.energy_mj
    close = replace(
        diff, energy_diff_mj=least, energy_diff_mj_low=1.5 * least, energy_diff_mj_high=0.5 * least
    )
    bare = replace(
        diff.b, kernels=tuple(replace(each, evidence=Evidence.UNSUPPORTED) for each in diff.b.kernels)
    )
    for words in (two_sentence, difference_words):
        assert "right three times in four" in words(close)
        assert "right three times in four" not in words(diff)
        assert "annot be compared" in words(replace(diff, b=bare))
        assert "drei von vier" in told_in("de", lambda said=words: said(close))
    assert is_close_call(Difference(0.97, 0.95, 0.99))
    assert not is_close_call(Difference(0.97, 0.9, 1.1))  # not told apart at all
    assert not is_close_call(Difference(0.9, 0.85, 0.95))


def told_in(code: str, words: Callable[[], str]) -> str:
    with in_language(code):
        return words()


def digits(text: str) -> list[str]:
    return sorted(re.findall(r"\d+(?:\.\d+)?", text))


def test_split_sentences_name_the_best_cuts(split: Split) -> None:
    told = " ".join(split_words(split))
    assert energy(split.best_energy.energy_mj) in told
    assert energy(split.cuts[-1].energy_mj) in told
    with in_language("de"):
        assert energy(split.best_energy.energy_mj) in " ".join(split_words(split))


@pytest.mark.parametrize(
    ("size", "words"),
    [(None, "an unknown size"), (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (150_528, "151 kB")],
)
def test_sizes_in_words(size: int | None, words: str) -> None:
    assert size_words(size) == words


def test_a_figure_of_the_readers_own_names_no_paper() -> None:
    lte = RADIOS["lte"]
    assert "Narayanan" in basis_words(lte, own_speed=True, own_cost=False)
    assert "whole phone" in basis_words(lte, own_speed=False, own_cost=False)
    assert "Narayanan" not in basis_words(lte, own_speed=False, own_cost=True)
    assert basis_words(lte, own_speed=True, own_cost=True).count("as given") == 2


def test_signs_are_written_out() -> None:
    assert signed_number(-0.5) == "−0.500"
    assert signed_number(12.0) == "+12.0"


def test_what_if_scores_stand_best_first_in_both_languages() -> None:
    english = what_if_table(Weights({"gpu": 2.0}, {}))
    with in_language("de"):
        german = what_if_table(Weights({"gpu": 2.0}, {}))
    assert list(english["PCS rank, what-if"]) == sorted(english["PCS rank, what-if"])
    assert german.to_numpy().tolist() == english.to_numpy().tolist()
    assert list(german.columns) != list(english.columns)
