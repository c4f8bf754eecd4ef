"""Compare: devices side by side, models side by side, and the best choice within limits."""

from __future__ import annotations

from app.compare.page import show_compare
from app.frame.shell import page
from app.i18n.texts import t

with page(t("Which one uses less, and what fits your limits?")):
    show_compare()
