"""What can be estimated for, in the reader's words: names of devices, delegates and back ends."""

from __future__ import annotations

from typing import Final

from app.phone_cells import DELEGATE_NAMES

BACK_ENDS: Final[dict[str, str]] = {
    "tflite-ruy": "TFLite, ruy (CPU)",
    "tflite-xnnpack": "TFLite, XNNPACK (CPU)",
    "armnn-neon": "Arm NN, NEON (CPU)",
    "armnn-opencl": "Arm NN, OpenCL (GPU)",
    "tensorrt": "TensorRT (GPU)",
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
    return {delegate: known.get(delegate, delegate) for delegate in delegates}


def short_device_name(name: str) -> str:
    """Return a device's name without its maker where that is clear: "Jetson AGX Orin", "P40 Pro"."""
    return name.removeprefix("NVIDIA ").removeprefix("Huawei ").removeprefix("Xiaomi ")
