"""Comparisons that hold the reader's own model, in a session that does not have it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.compare.options import UPLOAD_ID, model_labels
from app.compare.shelf_link import show_carried_cells
from app.i18n.messages import tell
from app.i18n.texts import t
from app.models.inputs import show_way_back
from app.models.model import current_upload
from app.models.shelf import PREFIX
from app.paths import ROOT
from app.ui.boundary import show_error

KEYS: Final = ("models", "model", "among", "choice")
"""Keys of the choices that may hold the reader's own model."""


def is_model_gone(*keys: str) -> bool:
    """Whether the address holds the reader's own model at one of these keys, and this session lacks it."""
    asked = [value for key in keys for value in st.query_params.get_all(key)]
    here = model_labels()
    return any(is_own(value) and value.partition("/")[0] not in here for value in asked)


def show_model_gone() -> None:
    """Show this in place of the comparison, with what the link says of it; let the file be chosen again."""
    show_carried_cells()
    upload = current_upload()
    if upload is not None and upload.failure is not None:
        code, message = upload.failure
        show_error(code, tell(message))
        if upload.needs_shapes:
            st.page_link(ROOT / "pages" / "estimate.py", label=t("Give its shapes on the page Estimate"))
    show_way_back(
        t("This comparison held **a model file of your own** that is not here (any more): no figures."),
        t("Choose the file again, and the comparison is as before. Or go on without it."),
        t("Go on without it"),
        _go_on,
    )


def _go_on() -> None:
    """Take the reader's own model out of the address, and leave everything else there."""
    for key in KEYS:
        values = st.query_params.get_all(key)
        kept = [value for value in values if not is_own(value)]
        if kept != values:
            st.query_params[key] = kept


def is_own(value: str) -> bool:
    """Whether a value stands for the reader's own model, or for a choice of it (model/precision/…)."""
    model_id = value.partition("/")[0]
    return model_id == UPLOAD_ID or model_id.startswith(PREFIX)
