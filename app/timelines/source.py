"""Where a recording comes from: its samples and clock, and for those of the bundle source, meter, licence."""

from __future__ import annotations

import streamlit as st

from app import bundle_cache
from app.i18n.formats import literal
from app.i18n.messages import tell
from app.i18n.texts import t
from app.timelines.data import Timeline, rate_words
from app.timelines.words import clock_words
from app.ui.target_names import METERS


def show_source(line: Timeline) -> None:
    """Say what the samples are and who recorded them."""
    st.markdown(
        t(
            "{recording}: {samples}. {clock}",
            recording=literal(line.name),
            samples=rate_words(line.recording),
            clock=clock_words(line),
        )
    )
    if not line.source_id:
        return
    source = bundle_cache.sources().set_index("source_id").loc[line.source_id]
    # Not a caption: a link in its faded text would be too faint to read.
    st.markdown(
        t(
            "Source: [{title}]({url}), {authors}. The meter saw: {scope}. {method}. Licence: {licence}.",
            title=source["source_title"],
            url=source["url"],
            authors=source["authors"],
            scope=t(METERS.get(line.scope, line.scope)),
            method=tell(str(source["method"])),
            licence=tell(str(source["licence"])),
        )
    )
