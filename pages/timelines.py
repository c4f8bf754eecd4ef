"""Timelines: power over time, measured here or by the reader, with the energy of any range."""

from __future__ import annotations

from app.frame.shell import page
from app.i18n.texts import t
from app.timelines.page import show_timelines

with page(t("How much energy does each moment take?")):
    show_timelines()
