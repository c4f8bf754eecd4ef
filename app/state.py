"""What the address holds: helpers around widgets bound to query parameters.

Widgets with `bind="query-params"` write their label into the address and read it back, so a copied address
opens the same view. These helpers add what that leaves out: ids are accepted in the address as well as
labels, and a value that does not exist (any more) is named instead of silently ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from app.formats import literal
from app.language import t

MAX_VALUE_LENGTH = 200


def asked_for(key: str) -> str | None:
    """Return the raw value of a query parameter, cut to a sane length; None if the address has none."""
    value = st.query_params.get(key)
    return None if value is None else str(value)[:MAX_VALUE_LENGTH]


def accept_ids(key: str, labels: Mapping[str, str], page_file: Path) -> None:
    """Let the address name a choice by its id, for a bound widget `key` whose options are these ids.

    `labels` is id -> label, the text the widget itself puts into the address: an address with an id is
    replaced by the same one with the label, which reloads `page_file`. Call before anything is shown.
    """
    value = asked_for(key)
    if value in labels and value not in labels.values():
        query = st.query_params.to_dict() | {key: labels[value]}
        st.switch_page(page_file, query_params=query)


def warn_if_unknown(key: str, labels: Mapping[str, str], noun: str) -> None:
    """Say so if the address asks for something that does not exist. Call before the widget `key`."""
    value = asked_for(key)
    if value is None or value in labels or value in labels.values() or key in st.session_state:
        return
    st.warning(
        t(
            "The address asks for {values} ({noun}), not here (any more). The page shows the usual view "
            "instead: choose another one below.  \nCode: `{code}`",
            values=f"“{literal(value)}”",
            noun=literal(noun),
            code="unknown-address-value",
        ),
        icon=":material/link_off:",
    )


def chosen(key: str, options: Sequence[str], default: str) -> str:
    """Return the value a widget has, or `default` if it holds nothing that can be chosen now."""
    value = st.session_state.get(key)
    return value if value in options else default
