"""How colours look to people with another colour vision, and how far apart they then are.

The simulation is that of Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of
Color Vision Deficiency" (IEEE TVCG 15, 2009), matrices of severity 1.0, applied to linear RGB. Distances are
Euclidean in CIE L*a*b* (D65): about 2.3 is just noticeable side by side (Mahy et al. 1994).
"""

from __future__ import annotations

import numpy as np

DEFICIENCIES = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip
_TO_XYZ = np.array(
    ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
)
_WHITE = np.array((0.95047, 1.0, 1.08883))


def linear(colour: str) -> np.ndarray:
    """Return the linear RGB (0 to 1) of `#rrggbb`."""
    channels = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def seen(colour: str, deficiency: str | None) -> np.ndarray:
    """Return the linear RGB that stands for a colour as seen with a deficiency (None: with none)."""
    rgb = linear(colour)
    return rgb if deficiency is None else np.clip(np.array(DEFICIENCIES[deficiency]) @ rgb, 0, 1)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Return CIE L*a*b* of a linear RGB."""
    ratio = (_TO_XYZ @ rgb) / _WHITE
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array((116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])))


def distance(one: str, other: str, deficiency: str | None = None) -> float:
    """Return how far apart two colours look (CIE76)."""
    return float(np.linalg.norm(lab(seen(one, deficiency)) - lab(seen(other, deficiency))))
