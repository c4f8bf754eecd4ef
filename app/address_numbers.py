"""Numbers in the address that no field can hold: taken out before the page is made, and named on it.

Streamlit drops text where a number belongs without a word, and fails on an endless number. Limits are the
fields' own business.
"""

from __future__ import annotations

import math
from typing import Final

import streamlit as st

from app.formats import literal
from app.language import t
from app.state import MAX_VALUE_LENGTH

NUMBER_KEYS: Final = frozenset({
    "side", "if_side", "if_batch", "if_width", "from", "to", "offset", "ms", "mj", "battery_v", "g_per_kwh",
    "own_tdp", "b_side", "b_width", "round_trip", "server_speedup", "input_kb",
})  # fmt: skip
"""Keys of the number fields that are bound to the address."""
WEIGHT_PREFIX: Final = "w_"
"""Fields whose keys begin with it are weights, one per delegate and application."""
TAKEN_OUT: Final = "bad_address_numbers"
"""Where the session keeps what was taken out until the page has named it."""


def take_out_bad_numbers(page: st.Page) -> None:
    """Reload `page` without the numbers that no field can hold, then name them. Call before it runs."""
    for value in st.session_state.pop(TAKEN_OUT, ()):
        st.warning(
            t(
                "The address holds “{value}” where a number belongs. The page shows its usual value instead: "
                "enter another one.  \nCode: `{code}`",
                value=literal(value),
                code="bad-address-number",
            ),
            icon=":material/link_off:",
        )
    query = st.query_params.to_dict()
    bad = {key: value for key, value in query.items() if is_bad(key, str(value))}
    if bad:
        st.session_state[TAKEN_OUT] = [str(value)[:MAX_VALUE_LENGTH] for value in bad.values()]
        st.switch_page(page, query_params={key: value for key, value in query.items() if key not in bad})


def is_bad(key: str, value: str) -> bool:
    """Whether `key` belongs to a number field, and `value` is no finite number. Empty means not given."""
    if not value or not (key in NUMBER_KEYS or key.startswith(WEIGHT_PREFIX)):
        return False
    try:
        return not math.isfinite(float(value))
    except ValueError:
        return True
