"""What a sentence of a language model costs on a device."""

from __future__ import annotations

from app.frame.shell import page
from app.i18n.texts import t
from app.tokens.page import show_tokens

with page(
    t("What does a sentence cost?"),
    t(
        "Energy per token, answer and charge of a language model on a device that somebody measured; with "
        "its interval, what the meter saw and when. Where nothing was measured there is no figure."
    ),
):
    show_tokens()
