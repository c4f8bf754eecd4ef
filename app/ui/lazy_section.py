"""Sections that are folded at first, and made only once a reader opens them.

Streamlit sends and draws what lies in a closed expander, too: tables and forms there take time from every
page that has them, although few readers look.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.ui.boundary import boundary
from app.ui.print_view import on_paper


def folded(
    title: str, key: str, show: Callable[[], object], *, icon: str | None = None, is_form: bool = False
) -> None:
    """Show a closed section named `title`; `show` fills it when it is opened.

    Once opened it stays filled, also when it is closed again, so that nothing typed in it gets lost. On paper
    nothing is folded, and no frame takes from the width; what is to be filled in (`is_form`) is left out.
    Defects in it are told in it.
    """
    if on_paper():
        if is_form:
            return
        st.markdown(f"**{title}**")
        with boundary(key):
            show()
        return
    section = st.expander(title, key=key, icon=icon, on_change="rerun")
    made = f"{key}-made"
    st.session_state[made] = section.open or st.session_state.get(made, False)
    if st.session_state[made]:
        with section, boundary(key):
            show()
