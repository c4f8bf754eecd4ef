"""What cannot be estimated because the bundle was built without some sources; nothing for the full one."""

from __future__ import annotations

import streamlit as st

from app.i18n.messages import tell
from predictors.registry import left_out


def show_left_out() -> None:
    """Say under the choices which devices are missing among them, and how to get them."""
    words = left_out()
    if words:
        st.caption(tell(words))
