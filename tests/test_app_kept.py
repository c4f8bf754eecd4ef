"""What is made once for all readers: told apart by key and language, and nobody changes it for others."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor, wait

import pandas as pd
import plotly.graph_objects as go
import pytest

from app.i18n.texts import in_language, language
from app.memo import (
    MOST_KEPT,
    is_kept_without_words,
    keeping,
    kept,
    kept_under,
    kept_without_words,
)


class Counted:
    """Functions that count how often they were really called."""

    def __init__(self) -> None:
        self.calls = 0

    def doubled(self, frame: pd.DataFrame, factor: int = 2) -> pd.DataFrame:
        self.calls += 1
        return frame * factor

    def numbered(self, first: int, factor: int = 1) -> pd.DataFrame:
        self.calls += 1
        return pd.DataFrame({"number": [first * factor, 2 * first * factor], "words": ["a", "b"]})

    def greeting(self) -> str:
        self.calls += 1
        return f"in {language()}"

    def failing(self) -> str:
        self.calls += 1
        raise ValueError("not today")


@pytest.fixture
def counted() -> Counted:
    return Counted()


def unique(make: object) -> object:
    """A key that no other test has."""
    return id(make)


def test_equal_arguments_are_made_once_and_others_again(counted: Counted) -> None:
    assert [kept(counted.numbered, 2)["number"].tolist() for _ in range(3)] == [[2, 4]] * 3
    assert counted.calls == 1
    assert kept(counted.numbered, 3)["number"].tolist() == [3, 6]
    assert kept(counted.numbered, 2, factor=3)["number"].tolist() == [3 * 2, 3 * 4]
    assert kept(counted.numbered, 2, factor=3)["number"].tolist() == [3 * 2, 3 * 4]
    assert counted.calls == 3


def test_frames_are_no_keys(counted: Counted) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        kept(counted.doubled, pd.DataFrame({"a": [1]}))
    assert counted.calls == 0


def test_what_one_reader_changes_the_next_does_not_see(counted: Counted) -> None:
    mine = kept(counted.numbered, 5)
    mine.loc[0, "number"] = 99
    mine["words"] = "mine"
    mine["more"] = 1
    theirs = kept(counted.numbered, 5)
    assert counted.calls == 1
    assert theirs.to_dict("list") == {"number": [5, 10], "words": ["a", "b"]}


def test_a_dictionary_that_one_reader_changes_the_next_does_not_see() -> None:
    names = keeping(lambda: {"a": 1})
    names()["b"] = 2
    assert names() == {"a": 1}


def test_the_least_wanted_results_go_first(counted: Counted) -> None:
    kept(counted.numbered, 7)
    for place in range(MOST_KEPT - 1):
        kept_under(("filling", place), counted.numbered, 0)
    kept(counted.numbered, 7)
    assert counted.calls == MOST_KEPT
    for place in range(MOST_KEPT):
        kept_under(("more", place), counted.numbered, 0)
    kept(counted.numbered, 7)
    assert counted.calls == 2 * MOST_KEPT + 1


def test_many_results_of_one_function_leave_those_of_others(counted: Counted) -> None:
    kept(counted.numbered, 11)
    for place in range(5 * MOST_KEPT):
        kept_under(("others", place), counted.doubled, pd.DataFrame())
    kept(counted.numbered, 11)
    assert counted.calls == 5 * MOST_KEPT + 1


def test_who_asks_while_it_is_made_waits_for_it() -> None:
    began, may_end, calls = threading.Event(), threading.Event(), []

    def slow() -> int:
        calls.append("made")
        began.set()
        may_end.wait(10)
        return 5

    with ThreadPoolExecutor() as readers:
        first = readers.submit(kept, slow)
        assert began.wait(10)
        others = [readers.submit(kept, slow) for _ in range(3)]
        assert not wait(others, timeout=0.2).done
        may_end.set()
        assert [each.result() for each in (first, *others)] == [5] * 4
    assert calls == ["made"]


def test_what_a_result_was_made_of_is_let_go() -> None:
    made_of = pd.Series([1, 2])
    gone = weakref.ref(made_of)
    assert kept_under("made of", _total, made_of) == 3
    del made_of
    gc.collect()
    assert gone() is None


def _total(values: pd.Series) -> int:
    return int(values.sum())


def test_every_language_has_its_own(counted: Counted) -> None:
    key = unique(counted)
    with in_language("de"):
        assert kept_under(key, counted.greeting) == "in de"
    assert kept_under(key, counted.greeting) == "in en"
    with in_language("de"):
        assert kept_under(key, counted.greeting) == "in de"
    assert counted.calls == 2


def test_the_key_alone_tells_arguments_apart(counted: Counted) -> None:
    key = ("kept_test_d", unique(counted))
    frame = pd.DataFrame({"kept_test_d": [1]})
    assert kept_under(key, counted.doubled, frame).iloc[0, 0] == 2
    assert kept_under(key, counted.doubled, frame * 10).iloc[0, 0] == 2
    assert kept_under((*key, 2), counted.doubled, frame * 10).iloc[0, 0] == 20


def test_a_failure_is_not_kept(counted: Counted) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="not today"):
            kept_under(unique(counted), counted.failing)
    assert counted.calls == 2


def test_functions_are_told_apart() -> None:
    def one() -> str:
        return "one"

    def other() -> str:
        return "other"

    assert [kept_under("same key", make) for make in (one, other)] == ["one", "other"]
    assert [keeping(make)() for make in (one, other)] == ["one", "other"]
    assert keeping(one).__name__ == "one"


def test_keys_that_python_takes_for_one_another_are_told_apart(counted: Counted) -> None:
    values = [1, 1.0, True, 0, 0.0, -0.0, False]
    made = [kept_under((unique(counted), ("nested", each)), lambda each=each: each) for each in values]
    assert [(type(each), str(each)) for each in made] == [(type(each), str(each)) for each in values]
    sets = [kept_under((unique(counted), frozenset({each})), lambda each=each: each) for each in (1, True)]
    assert [type(each) for each in sets] == [int, bool]


def test_whether_a_result_is_there_is_false_again_once_it_made_room(counted: Counted) -> None:
    keys = [(unique(counted), at) for at in range(MOST_KEPT + 1)]
    assert not is_kept_without_words(keys[0], counted.greeting)
    for key in keys[:-1]:
        kept_without_words(key, counted.greeting)
    assert is_kept_without_words(keys[0], counted.greeting)
    kept_without_words(keys[-1], counted.greeting)
    assert not is_kept_without_words(keys[0], counted.greeting)
    assert is_kept_without_words(keys[-1], counted.greeting)


def test_what_failed_is_not_there(counted: Counted) -> None:
    key = unique(counted)
    with pytest.raises(ValueError, match="not today"):
        kept_without_words(key, counted.failing)
    assert not is_kept_without_words(key, counted.failing)


def test_a_kept_picture_is_held_once() -> None:
    """As what the browser gets: the points that it was drawn from would be there a second time."""

    def draw() -> go.Figure:
        return go.Figure(go.Bar(x=["a", "b"], y=[1.0, 2.5]), layout={"height": 120})

    shown = kept(draw)
    assert shown.to_dict() == draw().to_dict()
    assert shown.to_dict() is kept(draw).to_dict()
    assert not shown.data
    assert shown.layout.height is None
