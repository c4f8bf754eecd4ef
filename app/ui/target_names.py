"""Names on screen: devices, delegates, back ends, reference networks, and what a meter saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from app.i18n.texts import mark, t, verbatim

DELEGATE_NAMES: Final[dict[str, str]] = {
    "cpu": mark("CPU (1 thread)"),
    "cpu4": mark("CPU (4 threads)"),
    "gpu": verbatim("GPU"),
    "nnapi": verbatim("NNAPI"),
}
"""Delegate id -> name on screen, in English; see `delegate_name`."""

BACK_ENDS: Final[dict[str, str]] = {
    "tflite-ruy": verbatim("TFLite, ruy (CPU)"),
    "tflite-xnnpack": verbatim("TFLite, XNNPACK (CPU)"),
    "armnn-neon": verbatim("Arm NN, NEON (CPU)"),
    "tflite-v4.0": verbatim("TFLite, 2024 (CPU)"),
    "tflite-v3.1-maxq": verbatim("TFLite, 2023, MaxQ (CPU)"),
    "tflite-v3.1": verbatim("TFLite, 2023 (CPU)"),
    "armnn-neon-22.11-v3.1-maxq": verbatim("Arm NN 22.11, 2023, MaxQ (CPU)"),
    "armnn-neon-23.05-v3.1-maxq": verbatim("Arm NN 23.05, 2023, MaxQ (CPU)"),
    "armnn-neon-23.05-v3.1": verbatim("Arm NN 23.05, 2023 (CPU)"),
    "armnn-neon-23.05": verbatim("Arm NN 23.05, 2024 (CPU)"),
    "armnn-neon-23.11": verbatim("Arm NN 23.11, 2024 (CPU)"),
    "armnn-opencl": verbatim("Arm NN, OpenCL (GPU)"),
    "tensorrt": verbatim("TensorRT (GPU)"),
    "deepsparse": verbatim("DeepSparse (CPU)"),
    "snpe-aip": verbatim("SNPE, AIP"),
    "snpe-dsp": verbatim("SNPE, DSP"),
    "snpe-gpu": verbatim("SNPE, GPU"),
}
"""Back end of a board -> name on screen."""

METERS: Final[dict[str, str]] = {
    "ac-wall": mark("wall socket: adapter and whole board"),
    "board-supply": mark("supply of the whole board"),
    "dc-supply": mark("supply pins of the chip"),
    "module-input": mark("input of the module, without its board"),
    "pmic-rails": mark("all rails behind the power chip"),
    "rail": mark("one supply rail"),
    "core-rail": mark("rail of the CPU cores"),
    "whole-phone": mark("whole phone"),
}
"""What a meter saw, by its word in the data."""

_PROCESSORS: Final[dict[str, str]] = {"cpu": "CPU", "gpu": "GPU", "own": mark("own")}
_PHONE_DELEGATES: Final = frozenset({"cpu4", "nnapi"})


def delegate_name(delegate: str) -> str:
    """Return the name of a delegate in the reader's language."""
    return t(DELEGATE_NAMES[delegate]) if delegate in DELEGATE_NAMES else delegate


def delegate_names(delegates: list[str]) -> dict[str, str]:
    """Return id -> name of one device's delegates, in the order given.

    Only a phone has more than one kind of CPU delegate, so only there the threads are named.
    """
    is_phone = bool(_PHONE_DELEGATES & set(delegates))
    known = BACK_ENDS | (DELEGATE_NAMES if is_phone else _PROCESSORS)
    # A runtime of the reader's own may be any word: none of the catalogue.
    return {each: t(known[each]) if each in known else each for each in delegates}


_CLEAR_WITHOUT: Final = (verbatim("NVIDIA "), verbatim("Huawei "), verbatim("Xiaomi "))


def short_device_name(name: str) -> str:
    """Return a device's name without its maker where that is clear: "Jetson AGX Orin", "P40 Pro"."""
    return without_maker(name, _CLEAR_WITHOUT)


def without_maker(name: str, makers: Sequence[str]) -> str:
    """Return a device's name without one of some makers (a space at their end) that it begins with.

    A model that begins with a number keeps its maker: nobody knows a "15 Pro".
    """
    for maker in makers:
        model = name.removeprefix(maker)
        if model != name and not model[:1].isdigit():
            return model
    return name


def network_name(dnn: Mapping[str, object]) -> str:
    """Return model, input side (pixels; all inputs are square) and precision: "MobileNetV2 300 fp32"."""
    size = dnn["input_pixels"]
    side = "" if pd.isna(size) else f" {str(size).partition('x')[0]}"
    return f"{dnn['model']}{side} {dnn['precision']}"


def meter_name(scope: str) -> str:
    """Return what a meter saw, in the reader's words."""
    return t(METERS[scope]) if scope in METERS else scope
