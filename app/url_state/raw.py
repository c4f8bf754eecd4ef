"""What the address holds."""

from __future__ import annotations

import streamlit as st

MAX_VALUE_LENGTH = 200  # characters; names that come in addresses have at most 80


def asked_for(key: str) -> str | None:
    """Return the raw value of a query parameter, cut to a sane length; None if the address has none."""
    value = st.query_params.get(key)
    return None if value is None else str(value)[:MAX_VALUE_LENGTH]
