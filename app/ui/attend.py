"""While a worker reads for a visitor: say what is going on, and end the work when the visitor has gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.i18n.texts import tn
from data.workers.waiting_line import Attend


@contextmanager
def attending(words: str) -> Iterator[Attend]:
    """Show that `words` go on; yields what a worker is to call meanwhile.

    It ends this run of the page, and with it the work, when the tab is closed, or when the visitor has gone
    on to something else, which Streamlit notices whenever something is shown.
    """
    note = st.empty()

    def attend(before: int) -> None:
        if not is_here():
            st.stop()
        if before:
            note.caption(
                tn(
                    "Others are served first: {n} file or query.",
                    "Others are served first: {n} files or queries.",
                    before,
                )
            )
        else:
            note.empty()

    with st.spinner(words):
        yield attend
    note.empty()


def is_here() -> bool:
    """Whether the visitor of this run still has the page open."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return True  # a test, or a script without a server
    return runtime.get_instance().is_active_session(context.session_id)
