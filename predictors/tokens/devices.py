"""On which devices language models were measured, under which software and power modes, and which models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from data.messages import Message
from predictors.errors import InputError, printable
from predictors.tokens.law import REFERENCE_MODE
from predictors.tokens.question import TokenQuestion
from predictors.tokens.rows import TokenRow, plain_name, token_rows

if TYPE_CHECKING:
    from data import Bundle

DEFAULT_FORMAT: Final = "Q4_K_M"
"""The format that most models are handed out in."""


@dataclass(frozen=True, slots=True)
class Setup:
    """A device with one software and power mode: the unit that figures are given for.

    `rows` of this power mode, `all_rows` of every one.
    """

    device_id: str
    software: str
    power_mode: str
    rows: tuple[TokenRow, ...]
    all_rows: tuple[TokenRow, ...]

    @property
    def decode(self) -> tuple[TokenRow, ...]:
        """Rows of writing."""
        return tuple(row for row in self.rows if row.phase == "decode")

    @property
    def decode_of_all_modes(self) -> tuple[TokenRow, ...]:
        """Rows of writing in every power mode."""
        return tuple(row for row in self.all_rows if row.phase == "decode")

    @property
    def models(self) -> tuple[str, ...]:
        """Models that were measured, by name."""
        return tuple(sorted({row.model for row in self.decode}, key=str.lower))

    @property
    def formats(self) -> tuple[str, ...]:
        """Formats of weights that were measured, the usual one first; empty where none is stated."""
        found = {row.weight_format for row in self.decode if row.weight_format}
        return tuple(sorted(found, key=lambda each: (each != DEFAULT_FORMAT, each)))

    def usual_mb(self, weight_format: str, params_m: float) -> float | None:
        """Megabytes of weights in a format, by the median of its measured files and within their range.

        None where no file's size is known. Embeddings make small models larger than their bits say.
        """
        files = {
            row.model: (row.weights_mb, row.params_m)
            for row in self.decode_of_all_modes
            if row.weight_format == weight_format and row.weights_mb and row.params_m
        }
        if not files:
            return None
        sizes = [size for size, _ in files.values()]
        usual = params_m * float(np.median([size / params for size, params in files.values()]))
        return min(max(usual, min(sizes)), max(sizes))


def device_setups() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Device -> software -> power modes ("" where none is named), in the order of the bundle."""
    from data import kept_bundle

    return _device_setups(kept_bundle())


@lru_cache(maxsize=4)
def _device_setups(_bundle: Bundle) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    found: dict[str, dict[str, dict[str, None]]] = {}
    for row in token_rows():
        found.setdefault(row.device_id, {}).setdefault(row.family, {})[row.power_mode] = None
    return {
        device: {software: _ordered(modes) for software, modes in softwares.items()}
        for device, softwares in found.items()
    }


def _ordered(modes: Sequence[str] | Mapping[str, None]) -> tuple[str, ...]:
    """Power modes by their watts, those without a number last."""

    def watts(mode: str) -> float:
        digits = "".join(each for each in mode if each.isdecimal())
        return float(digits) if digits else float("inf")

    return tuple(sorted(modes, key=watts))


def setup_of(question: TokenQuestion) -> Setup:
    """The setup that a question is about; the first software and the board's usual mode if none is named.

    Raises InputError DEVICE_UNKNOWN, TOKENS_NOT_MEASURED, TOKENS_SOFTWARE, TOKENS_POWER_MODE.
    """
    device = question.device_id
    software = _software(question, _setups_of(device))
    modes = device_setups()[device][software]
    mode = _mode(question.power_mode, modes)
    rows = tuple(row for row in token_rows() if row.device_id == device and row.family == software)
    return Setup(device, software, mode, tuple(row for row in rows if row.power_mode == mode), rows)


def _setups_of(device: str) -> Mapping[str, tuple[str, ...]]:
    setups = device_setups()
    if device in setups:
        return setups[device]
    from data import kept_bundle, queries

    known = set(queries.devices(kept_bundle())["device_id"])
    if device in known:
        message = Message(
            "No language model was measured on {device}, so there is no figure for it. Measured: {devices}.",
            device=device,
            devices=", ".join(setups),
        )
        raise InputError("TOKENS_NOT_MEASURED", message)
    raise InputError(
        "DEVICE_UNKNOWN",
        "There is no device {device}. Language models were measured on: {devices}.",
        device=printable(device),
        devices=", ".join(setups),
    )


def _software(question: TokenQuestion, softwares: Mapping[str, tuple[str, ...]]) -> str:
    if not question.software:
        # llama.cpp is what most models were measured with, and its law has the smaller error.
        return "llama.cpp" if "llama.cpp" in softwares else next(iter(softwares))
    for each in softwares:
        if plain_name(each) == plain_name(question.software):
            return each
    raise InputError(
        "TOKENS_SOFTWARE",
        "{software} was not measured on this device. Choose one that was: {softwares}.",
        software=printable(question.software),
        softwares=", ".join(softwares),
    )


def _mode(asked: str, modes: tuple[str, ...]) -> str:
    if not asked:
        return REFERENCE_MODE if REFERENCE_MODE in modes else modes[0]
    for each in modes:
        if each and plain_name(each) == plain_name(asked):
            return each
    named = [each for each in modes if each]
    if not named:
        raise InputError(
            "TOKENS_POWER_MODE",
            "Power modes of this device were not measured. Leave the power mode out.",
        )
    raise InputError(
        "TOKENS_POWER_MODE",
        "The device was not measured in the power mode {asked}. Choose one that was: {modes}.",
        asked=printable(asked),
        modes=", ".join(named),
    )


def measured_model(question: TokenQuestion, setup: Setup) -> str:
    """The measured model that a name stands for, the longest where several do; "" where none does.

    A name may say more than the model's: `Llama-3.2-1B-Instruct-Q4_K_M.gguf` is Llama-3.2-1B. In another
    format it is a model of the asked size; raises InputError TOKENS_FORMAT where none was asked for.
    """
    asked = plain_name(question.model)
    if not asked:
        return ""
    found = [each for each in setup.models if plain_name(each) in asked]
    best = max(found, key=len, default="")
    formats = {row.weight_format for row in setup.decode if row.model == best}
    if question.weight_format and any(formats) and question.weight_format not in formats:
        if question.params_b is None:
            raise InputError(
                "TOKENS_FORMAT",
                "{model} was measured on this device in {formats} alone. Name that format, or give "
                "parameters in the place of the name.",
                model=best,
                formats=", ".join(sorted(formats)),
            )
        return ""
    return best


@dataclass(frozen=True, slots=True)
class Ratio:
    """Energy per token in a power mode over that of the usual mode, of the same model, software and lengths.

    Median and range over `pairs` of measurements of `models` models; `left_out`: the median of the other
    models over a model's own ratio, for every model.
    """

    power_mode: str
    middle: float
    low: float
    high: float
    pairs: int
    models: int
    left_out: tuple[float, ...]

    @property
    def error_percent(self) -> float:
        """How far the median of the other models is from a model's own ratio, in the median."""
        return 100 * float(np.median(np.abs(np.array(self.left_out) - 1)))


def mode_ratios(device_id: str) -> tuple[Ratio, ...]:
    """Power modes of a device beside its usual one; empty where no mode was measured beside it."""
    cells: dict[tuple[str, str, int | None, int | None], dict[str, float]] = {}
    for row in token_rows():
        if row.device_id == device_id and row.phase == "decode" and not row.flagged:
            key = row.model, row.family, row.input_tokens, row.output_tokens
            cells.setdefault(key, {})[row.power_mode] = row.energy_mj
    found: dict[str, dict[str, list[float]]] = {}
    for (model, *_), modes in cells.items():
        usual = modes.pop(REFERENCE_MODE, None)
        if usual is None:
            continue
        for mode, energy_mj in modes.items():
            found.setdefault(mode, {}).setdefault(model, []).append(energy_mj / usual)
    return tuple(_ratio(mode, found[mode]) for mode in _ordered(list(found)))


def _ratio(mode: str, by_model: Mapping[str, list[float]]) -> Ratio:
    pairs = [each for ratios in by_model.values() for each in ratios]
    left_out = []
    for model, own in by_model.items():
        others = [each for name, ratios in by_model.items() if name != model for each in ratios]
        left_out.append(float(np.median(others)) / float(np.median(own)))
    middle = float(np.median(pairs))
    return Ratio(mode, middle, min(pairs), max(pairs), len(pairs), len(by_model), tuple(left_out))
