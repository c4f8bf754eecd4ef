"""A message keeps its template and values on the way to the reader, whatever carries it."""

from __future__ import annotations

import copy
import pickle

import pytest

from app.i18n.messages import tell
from app.i18n.texts import in_language
from app.label.errors import LabelError
from data.errors import DataError, JouleLensError, SqlError
from data.messages import Message
from data.tracing.errors import TraceError
from predictors.errors import InputError, ModelError
from scoring.errors import ScoringError

ERRORS = [
    DataError("x-y", "{n:,} rows", n=1234),
    SqlError("x-y", "{n:,} rows", n=1234),
    TraceError("x-y", "{n:,} rows", n=1234, line=7),
    ModelError("MODEL_EMPTY", "{n:,} rows", n=1234),
    InputError("INPUT_FILE", "{n:,} rows", n=1234),
    ScoringError("x-y", "{n:,} rows", n=1234),
    LabelError("x-y", "{n:,} rows", n=1234),
]


def test_a_message_is_its_english_sentence_and_remembers_the_rest() -> None:
    message = Message("{n:,} rows in {name}", n=1234, name="1.8 V rail")
    assert message == "1,234 rows in 1.8 V rail"
    assert (message.template, dict(message.values)) == (
        "{n:,} rows in {name}",
        {"n": 1234, "name": "1.8 V rail"},
    )


def test_only_numbers_are_written_the_readers_way() -> None:
    message = Message("{n:,.1f} of {name}: --shape {shape}", n=1234.5, name="1.8", shape="x=1,3,224,224")
    with in_language("de"):
        assert tell(message) == "1.234,5 of 1.8: --shape x=1,3,224,224"
    assert tell(message) == "1,234.5 of 1.8: --shape x=1,3,224,224"


def test_braces_without_values_stay() -> None:
    assert Message("a {b}") == "a {b}"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("carry", [copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301
def test_every_family_of_errors_survives_the_way_between_processes(
    error: JouleLensError, carry: object
) -> None:
    carried = carry(error)  # type: ignore[operator]
    assert type(carried) is type(error)
    assert (carried.code, str(carried)) == (error.code, str(error))
    assert carried.message.template == error.message.template
    assert dict(carried.message.values) == dict(error.message.values)
    assert getattr(carried, "line", None) == getattr(error, "line", None)
