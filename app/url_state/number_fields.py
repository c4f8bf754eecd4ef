"""Numbers in the address that no field can hold: taken out before the page is made, and named on it.

Without a word, Streamlit drops text where a number belongs, and a number beyond a field's limits; on an
endless number it fails. A page must not answer another question than its address asks.
"""

from __future__ import annotations

import math
from typing import Any, Final

import streamlit as st

from app.i18n.formats import literal, with_signs
from app.i18n.texts import t
from app.url_state.widgets import MAX_VALUE_LENGTH

LARGEST_SIDE_PX: Final = 4096  # no network of an edge device takes larger images
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


ANY_NUMBER: Final = (-math.inf, math.inf)
_SIDE_PX, _WIDTH = (1.0, float(LARGEST_SIDE_PX)), (SMALLEST_WIDTH, LARGEST_WIDTH)
LIMITS: Final = {
    "side": _SIDE_PX, "if_side": _SIDE_PX, "b_side": _SIDE_PX, "if_width": _WIDTH, "b_width": _WIDTH,
    "if_batch": (1.0, 256.0), "from": ANY_NUMBER, "to": ANY_NUMBER, "offset": ANY_NUMBER,
    "ms": (0.001, math.inf), "mj": (0.001, math.inf), "battery_v": (1.0, 20.0), "g_per_kwh": (0.0, 5000.0),
    "own_tdp": ANY_NUMBER, "round_trip": (0.0, 1e12), "server_speedup": (0.01, 1e12),
    "input_kb": (0.0, 1e9), "top1": (0.0, 100.0), "llm_params": (0.001, 10_000.0), "llm_mb": (1.0, 1e7),
    "llm_prompt": (1.0, 1e6), "llm_answer": (1.0, 1e6), "llm_wh": (0.1, 1e6),
}  # fmt: skip
"""Keys of the number fields that are bound to the address, and the least and most that each field takes."""
WEIGHT_PREFIX: Final = "w_"
"""Fields whose keys begin with it are weights, one per delegate and application."""
WEIGHT_LIMITS: Final = (0.0, 10.0)  # a weight of ten against ones already decides a score
ACCURACY_PREFIX, MOST_PERCENT = "acc_", 100.0
"""Fields whose keys begin with it are accuracies, one per model and precision, in per cent."""
TAKEN_OUT: Final = "bad_address_numbers"
"""Where the session keeps what was taken out until the page has named it."""


def take_out_bad_numbers(page: st.Page) -> None:
    """Reload `page` without the numbers that no field can hold, then name them. Call before it runs."""
    for key, value in st.session_state.pop(TAKEN_OUT, ()):
        st.warning(_words(key, value), icon=":material/link_off:")
    query = st.query_params.to_dict()
    bad = {key: value for key, value in query.items() if is_bad(key, str(value))}
    if bad:
        st.session_state[TAKEN_OUT] = [(key, str(value)[:MAX_VALUE_LENGTH]) for key, value in bad.items()]
        st.switch_page(page, query_params={key: value for key, value in query.items() if key not in bad})


def is_bad(key: str, value: str) -> bool:
    """Whether `key` belongs to a number field, and `value` is none that it takes. Empty means not given."""
    limits = limits_of(key)
    if not value or limits is None:
        return False
    given = _finite(value)
    return given is None or not limits[0] <= given <= limits[1]


def limits_of(key: str) -> tuple[float, float] | None:
    """Return the least and the most that a number field takes; None where `key` is not that of one."""
    if key.startswith(ACCURACY_PREFIX):
        return 0.0, MOST_PERCENT
    return WEIGHT_LIMITS if key.startswith(WEIGHT_PREFIX) else LIMITS.get(key)


def _finite(value: str) -> float | None:
    try:
        given = float(value)
    except ValueError:
        return None
    return given if math.isfinite(given) else None


def _words(key: str, value: str) -> str:
    low, high = limits_of(key) or ANY_NUMBER
    words = {"value": literal(value), "code": "BAD_ADDRESS_NUMBER"}
    if _finite(value) is None:
        return t(
            "The address holds “{value}” where a number belongs. The page shows its usual value instead: "
            "enter another one.  \nCode: `{code}`",
            **words,
        )
    if math.isinf(high):
        return t(
            "The address holds {value} where a number from {low} on belongs. The page shows its usual value "
            "instead: enter another one.  \nCode: `{code}`",
            low=with_signs(f"{low:,g}"),
            **words,
        )
    return t(
        "The address holds {value} where a number from {low} to {high} belongs. The page shows its usual "
        "value instead: enter another one.  \nCode: `{code}`",
        low=with_signs(f"{low:,g}"),
        high=with_signs(f"{high:,g}"),
        **words,
    )
