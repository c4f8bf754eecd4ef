"""What can be explored: nine levels, each with its tables, filters, pictures and columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.i18n.texts import mark, marks, verbatim


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of a level: the column it looks at and its label, in English.

    `single` filters choose one value (`start` first, if it is there), others any number. The key of the
    widget and of the address is level and column.
    """

    column: str
    label: str
    single: bool = False
    start: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """One level: what its rows are and how they are shown; all words in English.

    `amounts` are its rows in words, one and several; `pictures` is id -> label, the usual one first; `group`
    are the columns that make up one row of a distribution, `measure` is the figure that is shown, `columns`
    those of the table on screen.
    """

    id: str
    title: str
    amounts: tuple[str, str]
    filters: tuple[Filter, ...]
    pictures: dict[str, str]
    group: tuple[str, ...]
    columns: tuple[str, ...]
    tables: tuple[str, ...]
    measure: str = "energy_mj"
    has_macs: bool = False


ANY: Final = "any"
_DEVICES: Final = Filter("device", mark("Devices"))
_DELEGATE: Final = Filter("delegate", mark("Runs on"))
_PRECISION: Final = Filter("precision", mark("Precision"))

MACS, SPREAD = "macs", "spread"
HEAT_ENERGY, HEAT_POWER = "energy", "power"
TOKENS, REQUEST = "tokens", "request"

_FIGURES: Final = ("energy_mj", "avg_power_w", "latency_ms")

LEVELS: Final[dict[str, Level]] = {
    level.id: level
    for level in (
        Level(
            "kernel",
            mark("Kernels"),
            marks("{n} kernel", "{n} kernels"),
            (_DEVICES, _DELEGATE, Filter("kernel", mark("Kernel type")),
             Filter("kernel_size", mark("Window (px)"))),
            {MACS: mark("Energy against MACs"), SPREAD: mark("By kernel type")},
            ("kernel",),
            ("device", "delegate", "kernel", "input_hw", "c_in", "c_out", "kernel_size", "stride", "macs_m",
             *_FIGURES),
            ("kernel_measurements", "conv_layers"),
            has_macs=True,
        ),
        Level(
            "model",
            mark("Models"),
            marks("{n} run of a model", "{n} runs of a model"),
            (_DEVICES, Filter("family", mark("Family")), _DELEGATE, _PRECISION),
            {MACS: mark("Energy against MACs"), SPREAD: mark("By device and back end")},
            ("device", "delegate"),
            ("device", "delegate", "precision", "family", "network", "macs_m", "params_m", *_FIGURES,
             "min_energy_mj", "max_energy_mj"),
            ("board_networks", "model_ranges"),
            has_macs=True,
        ),
        Level(
            "application",
            mark("Applications"),
            marks("{n} measurement", "{n} measurements"),
            (_DEVICES, Filter("application", mark("Application")), _PRECISION, _DELEGATE),
            {HEAT_ENERGY: mark("Energy"), HEAT_POWER: mark("Power")},
            ("model", "precision"),
            ("device", "application", "model", "precision", "delegate", *_FIGURES),
            ("application_measurements",),
        ),
        Level(
            "board",
            mark("Boards"),
            marks("{n} run", "{n} runs"),
            (Filter("network", mark("Network"), single=True, start="resnet50"), _DEVICES, _DELEGATE,
             _PRECISION, Filter("scenario", mark("Scenario"), single=True, start="single-stream")),
            {SPREAD: mark("By board and back end")},
            ("device", "delegate"),
            ("device", "delegate", "precision", "network", "scenario", "power_mode", *_FIGURES,
             "idle_power_w", "dynamic_energy_mj"),
            ("board_runs", "accelerators"),
        ),
        Level(
            "microcontroller",
            mark("Microcontrollers"),
            marks("{n} result", "{n} results"),
            (Filter("task", mark("Task"), single=True, start=verbatim("image classification")), _DEVICES,
             Filter("delegate", mark("Core")), Filter("round", mark("Round"))),
            {SPREAD: mark("By device and core")},
            ("device", "delegate"),
            ("device", "delegate", "task", "clock", *_FIGURES, "supply_v", "round"),
            ("microcontrollers",),
        ),
        Level(
            "language-model",
            mark("Language models"),
            marks("{n} request", "{n} requests"),
            (Filter("model", mark("Model")), Filter("input_tokens", mark("Tokens of the prompt")),
             Filter("length", mark("Length of the run"), single=True, start="long")),
            {TOKENS: mark("Energy per generated token"), REQUEST: mark("Energy per request")},
            ("model",),
            ("device", "model", "input_tokens", "output_tokens", "energy_per_output_token_mj", "energy_mj",
             "avg_power_w", "duration_s"),
            ("llm_decode",),
        ),
        Level(
            "token",
            mark("Tokens"),
            marks("{n} measurement", "{n} measurements"),
            (Filter("network", mark("Model"), single=True, start=verbatim("Llama-3.2-1B")),
             Filter("phase", mark("Phase"), single=True, start="decode"), _DEVICES,
             Filter("power_mode", mark("Power mode"))),
            {SPREAD: mark("By device and software")},
            ("device", "setup"),
            ("device", "setup", "network", "weight_format", "power_mode", "phase", "input_tokens",
             "output_tokens", "token_energy_mj", "tokens_per_s", "avg_power_w", "duration_s", "measured_in"),
            ("token_runs",),
            measure="token_energy_mj",
        ),
        Level(
            "edge",
            mark("Edge systems"),
            marks("{n} result", "{n} results"),
            (Filter("network", mark("Network"), single=True, start="resnet50"), _DEVICES, _DELEGATE,
             Filter("scenario", mark("Scenario"), single=True, start="single-stream")),
            {SPREAD: mark("By device and software")},
            ("device", "setup"),
            ("device", "setup", "delegate", "precision", "network", "scenario", "energy_mj", "avg_power_w",
             "latency_ms", "query_latency_ms", "latency_is", "idle_power_w", "dynamic_energy_mj",
             "measured_in"),
            ("edge_results", "network_runs"),
        ),
        Level(
            "cell",
            mark("Cells"),
            marks("{n} cell", "{n} cells"),
            (Filter("software", mark("Software")), Filter("conv3x3", mark("3×3 convolutions"))),
            {MACS: mark("Energy against MACs"), SPREAD: mark("By device and software")},
            ("device", "setup"),
            ("device", "setup", "cell", "conv3x3", "conv1x1", "avgpool3x3", "skips", "macs_m", *_FIGURES),
            ("cell_runs",),
            has_macs=True,
        ),
    )
}  # fmt: skip
"""Level by id, in the order they are offered."""


def key_of(level: Level, column: str) -> str:
    """Return the key of a filter's widget, which is its name in the address."""
    return f"{level.id}-{column.replace('_', '-')}"
