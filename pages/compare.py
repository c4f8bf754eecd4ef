"""Compare: devices side by side, models side by side, and the best choice within limits."""

from __future__ import annotations

from app.compare_view import show_compare
from app.language import t
from app.shell import page

with page(t("Which one uses less, and what fits your limits?")):
    show_compare()
