"""Shapes of inputs as a caller gives them, looked at without loading what reads a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Integral, Real

from predictors.errors import ModelError, printable


def given_shapes(shapes: object) -> dict[str, tuple[int, ...]]:
    """Shapes as a caller gave them, as plain numbers: those of numpy too, and lists as well as tuples.

    Whether they fit is checked with the file. Raises ModelError SHAPE_NOT_POSITIVE for what holds no numbers.
    """
    if shapes is None:
        return {}
    if not isinstance(shapes, Mapping):
        raise no_shape("", shapes)
    found: dict[str, tuple[int, ...]] = {}
    for name, extents in shapes.items():
        if not isinstance(name, str) or not isinstance(extents, Iterable):
            raise no_shape(name, extents)
        numbers = tuple(int(one) if is_whole(one) else one for one in extents)
        if not all(isinstance(one, Real) for one in numbers):
            raise no_shape(name, extents)
        found[name] = numbers
    return found


def is_whole(one: object) -> bool:
    """Whether this is a whole number of any kind; True and False are none."""
    return isinstance(one, Integral) and not isinstance(one, bool)


def no_shape(name: object, given: object) -> ModelError:
    """The error of a shape that holds anything but sizes."""
    return ModelError(
        "SHAPE_NOT_POSITIVE",
        "The shape for input {shown!r} is {given}, but only positive whole numbers can be sizes. Give "
        "it as in 1,3,224,224.",
        shown=printable(str(name)),
        given=printable(str(given)),
    )
