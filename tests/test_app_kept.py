"""What is made once for all readers: told apart by content and language, and nobody changes it for others."""

from __future__ import annotations

import pandas as pd
import pytest

from app.kept import keeping, kept, kept_under
from app.language import in_language, language


class Counted:
    """Functions that count how often they were really called."""

    def __init__(self) -> None:
        self.calls = 0

    def doubled(self, frame: pd.DataFrame, factor: int = 2) -> pd.DataFrame:
        self.calls += 1
        return frame * factor

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


def test_equal_content_is_made_once_and_other_content_again(counted: Counted) -> None:
    first = kept(counted.doubled, pd.DataFrame({"kept_test_a": [1, 2]}))
    again = kept(counted.doubled, pd.DataFrame({"kept_test_a": [1, 2]}))
    assert counted.calls == 1
    assert first["kept_test_a"].tolist() == again["kept_test_a"].tolist() == [2, 4]
    assert kept(counted.doubled, pd.DataFrame({"kept_test_a": [1, 3]}))["kept_test_a"].tolist() == [2, 6]
    assert kept(counted.doubled, pd.DataFrame({"kept_test_b": [1, 2]})).columns.tolist() == ["kept_test_b"]
    assert kept(counted.doubled, pd.DataFrame({"kept_test_a": [1, 2]}), factor=3).iloc[0, 0] == 3
    assert counted.calls == 4


def test_what_one_reader_changes_the_next_does_not_see(counted: Counted) -> None:
    frame = pd.DataFrame({"kept_test_c": [1, 2], "words": ["a", "b"]})
    mine = kept(counted.doubled, frame)
    mine.loc[0, "kept_test_c"] = 99
    mine["words"] = "mine"
    mine["more"] = 1
    theirs = kept(counted.doubled, frame)
    assert counted.calls == 1
    assert theirs.to_dict("list") == {"kept_test_c": [2, 4], "words": ["aa", "bb"]}


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
