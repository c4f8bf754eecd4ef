"""Estimate: the energy of one model on one device, kernel by kernel, and on every device."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.errors import boundary
from app.estimate_view import ask, show_answer
from app.shell import page

with page(
    "How much energy does your model take?",
    "Per inference, on a device you need not own: predicted kernel by kernel from published measurements.",
):
    left, right = st.columns([2, 5], gap="medium")
    request = None
    with left, boundary("estimate, choices"):
        request = ask(Path(__file__))
    with right, boundary("estimate"):
        if request is None:
            st.info("Nothing can be estimated before the choices are mended.")
        else:
            show_answer(request)
