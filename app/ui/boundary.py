"""The error boundary: whatever fails inside, the reader gets words and a code, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import streamlit as st

from app.i18n.formats import lines
from app.i18n.messages import tell
from app.i18n.texts import t
from app.log import defect, event
from data.errors import PASSING, JouleLensError

UNEXPECTED: Final = "UNEXPECTED"


def worded(error: Exception) -> tuple[str, str]:
    """Return (code, message) of an error.

    Errors of the layers below carry both. Anything else is a defect of ours: the reader is told so in general
    words, since its own text speaks of code.
    """
    if isinstance(error, JouleLensError):
        return error.code, tell(error.message)
    return (
        UNEXPECTED,
        t(
            "Something went wrong while this part of the page was made. The rest still works. Reload the "
            "page; if it happens again, please report it with what you did and the time."
        ),
    )


def show_error(code: str, message: str) -> None:
    """Show what happened, why and what to do next, with its stable code."""
    st.error(t("{message}  \nCode: `{code}`", message=lines(message), code=code), icon=":material/error:")


def offer_again(code: str, key: str) -> None:
    """Offer to try again where a refusal passes by itself: whatever is clicked reads the file anew."""
    if code in PASSING:
        st.button(t("Try again"), key=key, icon=":material/refresh:")


@contextmanager
def boundary(place: str) -> Iterator[None]:
    """Run one part of a page; if it fails, show the error in its place and let the rest go on.

    `place` names the part in the server's log, where a defect's way through our code goes. Streamlit's
    own signals to stop or rerun are not `Exception`s and pass through.
    """
    try:
        yield
    except Exception as error:
        code, message = worded(error)
        if code == UNEXPECTED:
            defect(place, error)
        else:
            event("refused", place=place, code=code)
        show_error(code, message)
