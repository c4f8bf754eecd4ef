"""Number fields for the sizes of a sample model: empty for what it was designed for, kept in the address."""

from __future__ import annotations

from typing import Any, Final

LARGEST_SIDE_PX: Final = 4096
SMALLEST_WIDTH, LARGEST_WIDTH = 0.1, 4.0
"""Width multipliers above make networks nobody runs on a phone."""


def side_field(
    place: Any, label: str, *, key: str, placeholder: str, disabled: bool = False, help: str | None = None
) -> int | None:
    """Let the side of an input image be entered (pixels); None while the field is empty.

    `place` is a column, or any other container of Streamlit's.
    """
    return whole_field(
        place,
        label,
        key=key,
        placeholder=placeholder,
        most=LARGEST_SIDE_PX,
        step=32,
        disabled=disabled,
        help=help,
    )


def whole_field(
    place: Any,
    label: str,
    *,
    key: str,
    placeholder: str,
    most: int,
    step: int = 1,
    disabled: bool = False,
    help: str | None = None,
) -> int | None:
    """Let a whole number from 1 to `most` be entered; like `side_field`."""
    value = place.number_input(
        label,
        min_value=1,
        max_value=most,
        value=None,
        step=step,
        key=key,
        bind="query-params",
        placeholder=placeholder,
        disabled=disabled,
        help=help,
    )
    return None if value is None else int(value)


def width_field(
    place: Any, label: str, *, key: str, disabled: bool = False, help: str | None = None
) -> float | None:
    """Let the width multiplier be entered; like `side_field`."""
    value = place.number_input(
        label,
        min_value=SMALLEST_WIDTH,
        max_value=LARGEST_WIDTH,
        value=None,
        step=0.25,
        key=key,
        bind="query-params",
        placeholder="1",
        disabled=disabled,
        help=help,
    )
    return None if value is None else float(value)
