"""What a sentence of a language model costs on a device."""

from __future__ import annotations

from app.frame.shell import page
from app.i18n.texts import t
from app.tokens.page import show_tokens

with page(t("What does a sentence cost?")):
    show_tokens()
