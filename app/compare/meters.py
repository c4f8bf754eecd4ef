"""What a meter saw, in a few kinds: only figures of one kind can be compared without a word of warning."""

from __future__ import annotations

from typing import Final

from app.i18n.texts import mark, t

PHONE: Final = "phone-battery"
BOARD: Final = "board-wall"
RAIL: Final = "module-rail"
OTHER: Final = "other"

KINDS: Final = (PHONE, BOARD, RAIL)

_NAMES: Final[dict[str, str]] = {
    PHONE: mark("whole phone, at the battery"),
    BOARD: mark("whole board, at the wall socket"),
    RAIL: mark("one rail of the module"),
    OTHER: mark("another meter"),
}

_SIGNS: Final = (("rail", RAIL), ("battery", PHONE), ("whole-phone", PHONE), ("wall", BOARD))


def meter_kind(meter: str) -> str:
    """Return the kind of a meter from its description (of a target, or a table's meter_scope)."""
    words = meter.lower()
    return next((kind for sign, kind in _SIGNS if sign in words), OTHER)


def meter_words(kind: str) -> str:
    """Return what meters of a kind saw, in the reader's words."""
    return t(_NAMES[kind])


def mixing_words(kinds: list[str]) -> str:
    """Return what to keep in mind where several kinds of meter are compared, "" for one kind."""
    distinct = list(dict.fromkeys(kinds))
    if len(distinct) < 2:
        return ""
    return t(
        "The meters saw different things ({meters}). A wall meter also sees the power adapter and everything "
        "on the board, a rail only one processor: part of a difference is the meter's.",
        meters="; ".join(meter_words(kind) for kind in distinct),
    )
