"""A label read back by its address."""

from __future__ import annotations

from app.label_page import show_label_page
from app.language import t
from app.shell import page

with page(t("What does this label say?"), t("A label is read again from the address that is printed on it.")):
    show_label_page()
