"""Estimate: the energy of one model on one device, kernel by kernel, and on every device."""

from __future__ import annotations

import streamlit as st

from app.estimate.carried import show_carried
from app.estimate.page import ask, show_answer, show_left_out
from app.frame.shell import page
from app.i18n.texts import t
from app.models.inputs import is_model_gone, show_model_gone
from app.ui.boundary import boundary

with page(
    t("How much energy does your model take?"),
    t("One run, on a device you need not own, from published measurements."),
):
    if is_model_gone():
        show_carried()
        show_model_gone()
    else:
        left, right = st.columns([2, 5], gap="medium")
        request = None
        with left, boundary("estimate, choices"):
            request = ask()
            show_left_out()
        with right, boundary("estimate"):
            if request is None:
                st.info(t("Fix the selections on the left to get an estimate."))
            else:
                show_answer(request)
