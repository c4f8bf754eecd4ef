"""What is asked: a language model, a device, a prompt and an answer; nonsense is refused with a code."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from data.language.gguf import GgufHeader
from predictors.errors import InputError

MOST_PARAMS_B: Final = 10_000.0
"""Larger than any model that was made; beyond it a number is a slip (parameters instead of billions)."""
MOST_MB: Final = 10_000_000.0  # 10 TB, beyond any file of weights
LEAST_BITS, MOST_BITS = 0.8, 40.0
"""Bits per weight: ternary files have 1.6, single precision 32, and some of the weights stand outside."""
DEFAULT_TOKENS: Final = 256  # about 200 words


@dataclass(frozen=True, slots=True)
class TokenQuestion:
    """A question; what is None or "" is not said.

    `model` by name; or `params_b` (billions), `weight_format` (Q4_K_M and so on) and `weights_mb`;
    `software` as the bundle names it; `input_tokens` of the prompt, `output_tokens` of the answer;
    `battery_wh` of a charge.
    """

    device_id: str
    model: str = ""
    params_b: float | None = None
    weight_format: str = ""
    weights_mb: float | None = None
    power_mode: str = ""
    software: str = ""
    input_tokens: int = DEFAULT_TOKENS
    output_tokens: int = DEFAULT_TOKENS
    battery_wh: float | None = None

    @property
    def params_m(self) -> float | None:
        """Million parameters."""
        return None if self.params_b is None else self.params_b * 1000


def check_numbers(question: TokenQuestion) -> None:
    """Refuse numbers that make no sense and questions without a model.

    Raises InputError TOKENS_PARAMS, TOKENS_WEIGHTS, TOKENS_LENGTH, TOKENS_BATTERY, TOKENS_NO_MODEL.
    """
    if question.params_b is not None and not _within(question.params_b, MOST_PARAMS_B):
        raise InputError(
            "TOKENS_PARAMS",
            "{params:g} billion parameters is no size of a language model. Give a number above 0 and up to "
            "{most:,.0f}, in billions: 1.2 for 1,200,000,000.",
            params=question.params_b,
            most=MOST_PARAMS_B,
        )
    if question.weights_mb is not None and not _within(question.weights_mb, MOST_MB):
        raise InputError(
            "TOKENS_WEIGHTS",
            "{size:g} MB is no size of weights. Give the size of the file in megabytes.",
            size=question.weights_mb,
        )
    if question.weights_mb is not None and question.params_m is not None:
        _check_bits(question.weights_mb, question.params_m)
    if question.input_tokens < 1 or question.output_tokens < 1:
        raise InputError(
            "TOKENS_LENGTH", "Prompt and answer have at least one token each. Give whole numbers from 1."
        )
    if question.battery_wh is not None and not _within(question.battery_wh, 1e6):
        raise InputError(
            "TOKENS_BATTERY",
            "{capacity:g} Wh is no battery. Give its capacity in watt-hours, about 15 to 20 for a phone.",
            capacity=question.battery_wh,
        )
    if not question.model and question.params_b is None:
        raise InputError(
            "TOKENS_NO_MODEL", "No model is named. Give its name, or its parameters in billions."
        )


def _check_bits(weights_mb: float, params_m: float) -> None:
    bits = 8 * weights_mb / params_m
    if not LEAST_BITS <= bits <= MOST_BITS:
        raise InputError(
            "TOKENS_WEIGHTS",
            "{size:g} MB for {params:g} billion parameters are {bits:.2g} bits each, which no format has. "
            "Check both numbers.",
            size=weights_mb,
            params=params_m / 1000,
            bits=bits,
        )


def from_header(question: TokenQuestion, header: GgufHeader) -> TokenQuestion:
    """The question about the model of a file; what was said beside the file goes before its header."""
    return replace(
        question,
        model=question.model or header.name,
        params_b=header.params_m / 1000 if question.params_b is None else question.params_b,
        weight_format=question.weight_format or header.weight_format,
        weights_mb=header.weights_mb if question.weights_mb is None else question.weights_mb,
    )


def _within(number: float, most: float) -> bool:
    return math.isfinite(number) and 0 < number <= most
