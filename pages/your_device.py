"""Your device: estimates and scores of a device that somebody measured, beside those of the bundle."""

from __future__ import annotations

from app.frame.shell import page
from app.i18n.texts import t
from app.your_device.page import show_your_device

with page(
    t("What does AI cost on your own device?"),
    t(
        "A few measured networks are enough: from them, and from what the known boards have in common, every "
        "other network gets an energy with a range."
    ),
):
    show_your_device()
