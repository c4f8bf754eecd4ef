"""One colour per device and per kernel type, everywhere; readable on the light and on the dark theme.

The hues are near those of Okabe and Ito (jfly.uni-koeln.de/color, 2008), black replaced by a grey. Each one
stands out by at least 3:1 from both backgrounds of `.streamlit/config.toml`, which leaves a narrow band of
lightness; within it they were moved until every two of them look clearly different with every kind of colour
vision, which a test simulates. Colour is never the only sign: marks are labelled as well.
"""

from __future__ import annotations

import zlib
from typing import Final

from app.i18n.texts import mark, t, verbatim

BLUE: Final = "#2a66aa"
ORANGE: Final = "#995f00"
GREEN: Final = "#008e59"
PURPLE: Final = "#ce71af"
VERMILION: Final = "#e8741b"
SKY: Final = "#149de2"
OLIVE: Final = "#9c9145"
GREY: Final = "#687378"

HUES: Final = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY, OLIVE, GREY)
"""The eight colours marks may have."""

ACCENT: Final = "#0f8f86"
"""Colour of marks that belong to no device or type: the theme's blue-green, readable on both backgrounds."""

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
