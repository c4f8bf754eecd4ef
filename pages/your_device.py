"""Your device: scores of a device that somebody measured, beside those of the bundle."""

from __future__ import annotations

from app.frame.shell import page
from app.i18n.texts import t
from app.your_device.page import show_your_device

with page(
    t("How does your own device score?"),
    t(
        "Measured average power and energy of any of the twelve reference networks give it PCS and IECS "
        "beside the bundle's phones. Higher is better for both."
    ),
):
    show_your_device()
