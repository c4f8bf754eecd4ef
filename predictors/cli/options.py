"""Options that several commands share: shapes of inputs, pinned versions."""

from __future__ import annotations

from collections.abc import Sequence

from data.messages import Message
from predictors.errors import InputError, printable
from predictors.model.graph import Shape


def parse_shapes(texts: Sequence[str]) -> dict[str, Shape]:
    """Shapes from INPUT=1,3,224,224 texts. Raises InputError OPTION_VALUE."""
    shapes: dict[str, Shape] = {}
    for text in texts:
        name, mark, extents = text.rpartition("=")
        try:
            shape = tuple(int(part) for part in extents.replace("x", ",").split(","))
        except ValueError:
            shape = ()
        if not mark or not name or not shape:
            message = Message(
                "{text!r} is no shape of an input. Give --shape as in INPUT=1,3,224,224.",
                text=printable(text),
            )
            raise InputError("OPTION_VALUE", message)
        shapes[name] = shape
    return shapes


def check_versions(asked: str | None) -> None:
    """Raise InputError VERSION_DIFFERS unless the versions are those asked for, as DATA/METHOD."""
    from data.version import DATA_VERSION
    from predictors.version import METHOD_VERSION

    here = f"{DATA_VERSION}/{METHOD_VERSION}"
    if asked is not None and asked.strip() != here:
        message = Message(
            "The command asks for data/method {asked}; this copy has {here}, which may give other digits. "
            "Leave out --versions, or check out the version asked for; docs/versions.md lists them.",
            asked=printable(asked),
            here=here,
        )
        raise InputError("VERSION_DIFFERS", message)
