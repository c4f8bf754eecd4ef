"""Power rails in plain words: what a rail feeds, and which rails add up to the whole module."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from data.tracing.units import word_set

JETSON_GUIDE: Final = "NVIDIA Jetson Linux Developer Guide, Platform Power and Performance"
XAVIER_GUIDE: Final = "NVIDIA Jetson AGX Xavier Series Product Design Guide DG-09840-001, Power Monitor"
ORIN_TREE: Final = "Linux device tree tegra234-p3701 (power sensors of Jetson AGX Orin)"
NX_THREAD: Final = "NVIDIA developer forum, topic 200883 (answered by NVIDIA)"
NANO_THREAD: Final = "NVIDIA developer forum, topic 73608 (answered by NVIDIA)"
MONSOON_GUIDE: Final = "Monsoon High Voltage Power Monitor, user manual"


@dataclass(frozen=True, slots=True)
class RailMeaning:
    """A rail: `title` in plain words, what is in it, whether it holds other rails, and who says so."""

    title: str
    meaning: str
    is_total: bool
    source: str


def _part(title: str, meaning: str, source: str = JETSON_GUIDE) -> RailMeaning:
    return RailMeaning(title, meaning, is_total=False, source=source)


def _total(title: str, meaning: str, source: str = JETSON_GUIDE) -> RailMeaning:
    return RailMeaning(title, meaning, is_total=True, source=source)


_MODULE: Final = (
    "Everything the module draws: processors, memory and interfaces. The other rails are parts of it, so do "
    "not add them. The carrier board and the power adapter are not in it."
)

GLOSSARY: Final[dict[str, RailMeaning]] = {
    "VDD_IN": _total("whole module", _MODULE, NX_THREAD),
    "POM_5V_IN": _total("whole module", _MODULE, NANO_THREAD),
    "5V_IN": _total("whole module", _MODULE, NANO_THREAD),
    "VIN": _total("whole module", _MODULE, JETSON_GUIDE),
    "VDD_GPU": _part("GPU", "Graphics processor; part of VIN on Jetson Thor."),
    "VDD_CPU_SOC_MSS": _part("CPU, chip and memory subsystem", "Part of VIN on Jetson Thor."),
    "PKG": _total("processor package", "The processor with its graphics; not the rest of the computer."),
    "PACKAGE": _total("processor package", "The processor with its graphics; not the rest of the computer."),
    "VDD_CPU_GPU_CV": _part(
        "processors", "CPU, GPU and the vision accelerators (CV) together; part of VDD_IN.", NX_THREAD
    ),
    "VDD_CPU_GPU": _part("processors", "Older name of VDD_CPU_GPU_CV; part of VDD_IN.", NX_THREAD),
    "VDD_SOC": _part("rest of the chip", "The chip without CPU, GPU and accelerators; part of VDD_IN."),
    "VDD_GPU_SOC": _part("GPU and rest of the chip", "GPU and the core of the chip, fed from the input."),
    "VDD_CPU_CV": _part("CPU and accelerators", "CPU and vision accelerators (CV), fed from the input."),
    "VIN_SYS_5V0": _part(
        "5 V system supply", "What is fed from the module's 5 V supply, memory among it.", ORIN_TREE
    ),
    "VDDQ_VDD2_1V8AO": _part(
        "memory", "Memory supply. Taken here as fed from VIN_SYS_5V0, so it is not added again.", ORIN_TREE
    ),
    "GPU": _part("GPU", "Graphics processor.", XAVIER_GUIDE),
    "CPU": _part("CPU", "Processor cores.", XAVIER_GUIDE),
    "SOC": _part("rest of the chip", "The chip without CPU, GPU and accelerators.", XAVIER_GUIDE),
    "CV": _part("accelerators", "Vision and deep-learning accelerators.", XAVIER_GUIDE),
    "VDDRQ": _part("memory", "Memory (DDR).", XAVIER_GUIDE),
    "SYS5V": _part("5 V system supply", "All else on the module but CPU, GPU, CV and memory.", XAVIER_GUIDE),
    "VDD_SYS_GPU": _part("GPU", "Graphics processor; part of VDD_IN."),
    "VDD_SYS_CPU": _part("CPU", "Processor cores; part of VDD_IN."),
    "VDD_SYS_SOC": _part("rest of the chip", "The chip without CPU and GPU; part of VDD_IN."),
    "VDD_SYS_DDR": _part("memory", "Memory (DDR); part of VDD_IN."),
    "POM_5V_GPU": _part("GPU", "Graphics processor; part of POM_5V_IN.", NANO_THREAD),
    "POM_5V_CPU": _part("CPU", "Processor cores; part of POM_5V_IN.", NANO_THREAD),
    "TOT": _total(
        "sum of jtop",
        "The total that jtop writes. Some versions added rails that already hold each other: compare it with "
        "VDD_IN or POM_5V_IN where the file has one.",
        "jetson-stats issue 51",
    ),
    "MAIN": _total("main output", "What the meter's main channel supplies: the whole device.", MONSOON_GUIDE),
    "USB": _part("USB output", "What the meter's USB channel supplies beside the main one.", MONSOON_GUIDE),
    "AUX": _part("auxiliary output", "The meter's auxiliary channel.", MONSOON_GUIDE),
}
"""Rail as its tool writes it -> meaning."""

SUMS: Final[tuple[tuple[str, ...], ...]] = (
    ("GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"),
    ("VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"),
)
"""Rails that do not overlap and add up to the module (AGX Xavier, AGX Orin)."""

_TOTALS: Final = ("VDD_IN", "VIN", "POM_5V_IN", "5V_IN", "MAIN")
_TOTAL_WORDS: Final = word_set(
    "TOTAL TOT SUM WALL BOARD SYSTEM SYS PSYS PLATFORM INPUT MAIN COMBINED MAINS APOWER VIN VDDIN IN"
)
_PACKAGES: Final = ("PKG", "PACKAGE", "PROCESSOR")
PARTS: Final = word_set(
    "CPU GPU RAM DRAM MEMORY MEM NPU ANE DLA TPU SOC DDR DISK WIFI DISPLAY RADIO IO PKG PACKAGE PROCESSOR"
)
"""Parts of a device that do not hold each other, where a file names no whole."""
UNKNOWN: Final = RailMeaning("", "Named by the file; what it feeds is not known here.", False, "the file")


def key_of(name: str) -> str:
    """A rail's name as the glossary has it: "Power VDD_IN" -> VDD_IN."""
    return name.strip().upper().removeprefix("POWER ").replace(" ", "_")


def meaning_of(name: str) -> RailMeaning:
    """What a rail is; UNKNOWN for one the glossary lacks."""
    key = key_of(name)
    if key in GLOSSARY:
        return GLOSSARY[key]
    return next((GLOSSARY[part] for part in (key.removesuffix("_POWER"),) if part in GLOSSARY), UNKNOWN)


def total_of(names: list[str]) -> str | None:
    """The rail that holds all others of a file, by its name; None where no name says so."""
    keys = {key_of(name): name for name in names}
    for total in (*_TOTALS, "POWER", "TOT"):
        if total in keys:
            return keys[total]
    return next((name for key, name in keys.items() if _TOTAL_WORDS & set(key.split("_"))), None)


def whole_of(names: list[str]) -> tuple[str, ...]:
    """The rails of a file that make up the whole device.

    A known total, a known sum, a rail named as a total, parts that do not overlap, or the first rail.
    """
    keys = {key_of(name): name for name in names}
    for total in _TOTALS:
        if total in keys:
            return (keys[total],)
    for sum_of in SUMS:
        if all(part in keys for part in sum_of):
            return tuple(keys[part] for part in sum_of)
    total_named = total_of(names)
    if total_named is not None:
        return (total_named,)
    parts = parts_of(names)
    return parts or ((names[0],) if names else ())


def parts_of(names: list[str]) -> tuple[str, ...]:
    """Rails that are different parts of a device by their names and do not hold each other.

    Two or more, or the package that holds the others.
    """
    chosen: dict[tuple[str, ...], str] = {}
    package = any(set(_PACKAGES) & set(key_of(name).split("_")) for name in names)
    for name in names:
        part = PARTS & set(key_of(name).split("_"))
        if len(part) != 1 or (package and part & {"CPU", "GPU"}):
            continue
        chosen.setdefault((next(iter(part)), *re.findall(r"\d+", key_of(name))), name)
    return tuple(chosen.values()) if len(chosen) > 1 or package else ()
