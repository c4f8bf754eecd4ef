"""A label read back by its address."""

from __future__ import annotations

from app.frame.shell import page
from app.i18n.texts import t
from app.label.page import show_label_page

with page(t("What does this label say?"), t("A label is read again from the address that is printed on it.")):
    show_label_page()
