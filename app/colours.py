"""One colour per device and per kernel type, everywhere; readable on the light and on the dark theme.

The hues are those of Okabe and Ito (jfly.uni-koeln.de/color, 2008), told apart with every common kind of
colour vision. Four of them are darkened, and black is replaced by a grey, so that each one stands out by at
least 3:1 from both backgrounds of `.streamlit/config.toml`. Colour is never the only sign: marks are
labelled as well.
"""

from __future__ import annotations

import zlib
from typing import Final

from app.language import mark, t, verbatim

BLUE: Final = "#0072b2"
ORANGE: Final = "#b87a00"
GREEN: Final = "#008f68"
PURPLE: Final = "#b8639a"
VERMILION: Final = "#d55e00"
SKY: Final = "#3d8fc4"
OLIVE: Final = "#8a8200"
GREY: Final = "#7a828c"

HUES: Final = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY, OLIVE, GREY)
"""The eight colours marks may have."""

ACCENT: Final = "#0f8f86"
"""For marks that stand for no device or type: the theme's blue-green, safe on both backgrounds."""

_DEVICES: Final[dict[str, str]] = {
    "huawei-p40-lite": BLUE,
    "huawei-mate40-pro": ORANGE,
    "huawei-p40-pro": GREEN,
    "motorola-one-macro": PURPLE,
    "xiaomi-redmi-k30-ultra": VERMILION,
    "oneplus-8-pro": SKY,
    "huawei-p40-lite-e": OLIVE,
    "xiaomi-redmi-note8": GREY,
    "raspberry-pi-4": PURPLE,
    "jetson-tx2": SKY,
    "jetson-xavier-nx": GREEN,
    "jetson-agx-xavier": BLUE,
    "jetson-agx-orin": OLIVE,
    "odroid-n2-plus": VERMILION,
    "firefly-rk3588s": ORANGE,
    "khadas-vim4": GREY,
}

_KERNELS: Final[dict[str, str]] = {
    "conv-bn-relu": BLUE,
    "grouped-conv": BLUE,
    "dilated-conv": BLUE,
    "transposed-conv": BLUE,
    "conv-1d-3d": BLUE,
    "dwconv-bn-relu": ORANGE,
    "fc": GREEN,
    "matmul": GREEN,
    "attention": GREEN,
    "se": PURPLE,
    "avgpool": SKY,
    "maxpool": SKY,
    "global-avgpool": SKY,
    "reduce": SKY,
    "add": OLIVE,
    "add-relu": OLIVE,
    "elementwise": OLIVE,
    "concat": VERMILION,
    "split": VERMILION,
    "channel-shuffle": VERMILION,
    "copy": VERMILION,
    "resize": VERMILION,
}

CIVIDIS: Final = verbatim("Cividis")
"""Colour scale of ranges (Nunez, Anderton and Renslow 2018): even in lightness, safe for colour vision."""


def device_colour(device_id: str) -> str:
    """Return the colour of a device; an unknown one gets a fixed colour of its own from its id."""
    return _DEVICES.get(device_id) or HUES[zlib.crc32(device_id.encode()) % len(HUES)]


def kernel_colour(kind: str) -> str:
    """Return the colour of a kernel type: one per family, grey for normalisation, activation, the rest."""
    return _KERNELS.get(kind, GREY)


def kernel_family(kind: str) -> str:
    """Return the family that shares a colour, in words, for legends."""
    return t(_FAMILIES[kernel_colour(kind)])


_FAMILIES: Final[dict[str, str]] = {
    BLUE: mark("convolution"),
    ORANGE: mark("depthwise convolution"),
    GREEN: mark("fully connected, matrix products"),
    PURPLE: mark("squeeze and excite"),
    SKY: mark("pooling"),
    OLIVE: mark("addition, element-wise"),
    VERMILION: mark("moving data (concat, split, shuffle)"),
    GREY: mark("normalisation, activation, other"),
}


def relative_luminance(colour: str) -> float:
    """Return the relative luminance (0 to 1) of an sRGB colour `#rrggbb`, as WCAG 2.2 defines it."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio (1 to 21) of two colours, as WCAG 2.2 defines it."""
    lighter, darker = sorted((relative_luminance(one), relative_luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(ground: str) -> str:
    """Return black or white, whichever reads better on a coloured ground; always at least 4.5:1."""
    return max(("#000000", "#ffffff"), key=lambda colour: contrast(colour, ground))
