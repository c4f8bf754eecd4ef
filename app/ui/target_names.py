"""What can be estimated for, in the reader's words: names of devices, delegates and back ends."""

from __future__ import annotations

from typing import Final

from app.devices.phone_cells import DELEGATE_NAMES
from app.i18n.texts import t, verbatim

BACK_ENDS: Final[dict[str, str]] = {
    "tflite-ruy": verbatim("TFLite, ruy (CPU)"),
    "tflite-xnnpack": verbatim("TFLite, XNNPACK (CPU)"),
    "armnn-neon": verbatim("Arm NN, NEON (CPU)"),
    "armnn-opencl": verbatim("Arm NN, OpenCL (GPU)"),
    "tensorrt": verbatim("TensorRT (GPU)"),
}
"""Back end of a board -> name on screen."""

_PROCESSORS: Final[dict[str, str]] = {"cpu": "CPU", "gpu": "GPU"}
_PHONE_DELEGATES: Final = frozenset({"cpu4", "nnapi"})


def delegate_names(delegates: list[str]) -> dict[str, str]:
    """Return id -> name of one device's delegates, in the order given.

    Only a phone has more than one kind of CPU delegate, so only there the threads are named.
    """
    is_phone = bool(_PHONE_DELEGATES & set(delegates))
    known = BACK_ENDS | (DELEGATE_NAMES if is_phone else _PROCESSORS)
    return {delegate: t(known.get(delegate, delegate)) for delegate in delegates}


_CLEAR_WITHOUT: Final = (verbatim("NVIDIA "), verbatim("Huawei "), verbatim("Xiaomi "))


def short_device_name(name: str) -> str:
    """Return a device's name without its maker where that is clear: "Jetson AGX Orin", "P40 Pro"."""
    for maker in _CLEAR_WITHOUT:
        name = name.removeprefix(maker)
    return name
