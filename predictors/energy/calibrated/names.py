"""Names that people give networks: which one is meant, and what is near a name that means none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from data.messages import Message, joined
from predictors.energy.boards.data import network_amounts
from predictors.errors import InputError, printable

MOST_NEAR: Final = 3
LIKENESS: Final = 0.6
"""Of difflib, from 0 to 1: a known name with a wrong version or width is at 0.8 and more."""
LONGEST: Final = 80
"""Signs of a name that are compared: the longest known one has 40."""


@lru_cache(maxsize=1)
def _spellings() -> dict[str, set[str]]:
    """Letters and digits of a network's name or title -> the names that are spelled so."""
    from predictors.samples import SAMPLES

    spelled = [(name, name) for name in dict.fromkeys(name for name, _, _ in network_amounts())]
    spelled += [(name, name) for name in SAMPLES] + [(each.title, name) for name, each in SAMPLES.items()]
    found: dict[str, set[str]] = {}
    for words, name in spelled:
        found.setdefault(_letters(words), set()).add(name)
    return found


def meant(model: str, precision: str) -> str | None:
    """The network that a name spelled otherwise or the name of its file stands for; None for none."""
    names = _spellings().get(_letters(_without_ending(model, precision)), set())
    return next(iter(names)) if len(names) == 1 else None


def unknown_network(model: str, precision: str, what: Message, own: Sequence[str] = ()) -> InputError:
    """The error that says `what` of a name that stands for no network, and which known names are near.

    `own`: names of the reader's own models, which may be meant as well.
    """
    near = _near(model, precision, own)
    if near:
        what = joined([what, Message("Names like it: {names}.", names=", ".join(near))], " ")
    return InputError("CALIBRATION_ROWS", what)


def _near(model: str, precision: str, own: Sequence[str]) -> list[str]:
    """The known names that hold the asked one, shortest first, then those spelled like it, nearest first."""
    asked = _letters(_without_ending(re.split(r"[/\\]", model)[-1], precision)[:LONGEST])
    known = _spellings() | {_letters(name): {printable(name)} for name in own}
    holding = sorted((each for each in known if asked and asked in each), key=len)
    found = [*holding, *get_close_matches(asked, known, 2 * MOST_NEAR, LIKENESS)]
    # Two spellings of one network (name and title) are one answer.
    return list(dict.fromkeys(name for each in found for name in sorted(known[each])))[:MOST_NEAR]


def _without_ending(model: str, precision: str) -> str:
    """The name of a network in that of its file, as the page and `predictors.samples` call them."""
    return model.lower().removesuffix(".onnx").removesuffix(f"-{precision}")


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9.]", "", name.lower())
