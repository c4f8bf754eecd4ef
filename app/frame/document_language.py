"""Tells the browser which language the page is in, for screen readers, hyphenation and translation."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import streamlit as st

from app.i18n.texts import language

# Streamlit's page says "en" whatever is on it, and has no setting for it. To set it anew, even to the same,
# lets the browser style the whole page again.
SCRIPT: Final = """
export default function ({ data }) {
    const page = document.documentElement;
    if (page.lang !== data.language) page.lang = data.language;
}
"""


def tell_language() -> None:
    """Set the language of the document to that of the texts; shows nothing."""
    _component()(data={"language": language()}, key="document-language", height=0)


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("document_language", js=SCRIPT)
