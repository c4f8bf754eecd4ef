"""Estimate: the energy of one model on one device, kernel by kernel, and on every device."""

from __future__ import annotations

import streamlit as st

from app.estimate.carried import show_carried
from app.estimate.page import ask, show_answer, show_left_out
from app.estimate.sections import show_sections
from app.frame.shell import page
from app.i18n.texts import t
from app.models.inputs import is_model_gone, show_model_gone
from app.ui.boundary import boundary

with page(t("How much energy does your model take?")):
    if is_model_gone():
        show_carried()
        show_model_gone()
    else:
        # The answer stands first, also on a phone; what it depends on is asked beside it.
        answer, choices = st.columns([5, 2], gap="medium")
        request, shown = None, None
        with choices, boundary("estimate, choices"):
            request = ask()
            show_left_out()
        with answer, boundary("estimate"):
            if request is None:
                st.info(t("Fix the choices to get an estimate."))
            else:
                shown = show_answer(request)
        if shown is not None:
            with boundary("estimate, sections"):
                show_sections(shown)
