"""Timelines: power over time, measured here or by the reader, with the energy of any range."""

from __future__ import annotations

from app.language import t
from app.shell import page
from app.timeline_view import show_timelines

with page(t("How much energy does each moment take?")):
    show_timelines()
