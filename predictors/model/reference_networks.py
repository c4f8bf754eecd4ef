"""Which sample each of the 12 reference networks of Tu et al. (SEC 2023) is: names alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

REFERENCE_DNNS: Mapping[str, tuple[str, Literal["fp32", "int8"]]] = {
    "DNN1": ("ssd-mobilenet-v2-300", "fp32"),
    "DNN2": ("ssd-mobilenet-v2-300", "int8"),
    "DNN3": ("ssd-mobilenet-v2-fpnlite-640", "fp32"),
    "DNN4": ("ssd-mobilenet-v2-fpnlite-640", "int8"),
    "DNN5": ("efficientnet-lite0", "fp32"),
    "DNN6": ("efficientnet-lite0", "int8"),
    "DNN7": ("mobilenet-v1", "fp32"),
    "DNN8": ("mobilenet-v1", "int8"),
    "DNN9": ("esrgan-50", "fp32"),
    "DNN10": ("deeplab-v3-257", "fp32"),
    "DNN11": ("mobilebert", "fp32"),
    "DNN12": ("conv-actions", "fp32"),
}
"""Sample and precision of each reference network. DNN9's published phone file is no fp32 network."""
