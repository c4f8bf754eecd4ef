"""What a token, an answer and a charge come to, with interval, scope and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from data.messages import Message
from predictors.results.figures import Spread
from predictors.results.frames import rounded
from predictors.tokens.question import TokenQuestion
from predictors.tokens.rows import TokenRow

JOULES_OF_WH: Final = 3600.0


class TokenEvidence(StrEnum):
    """How a figure per token was obtained, from strongest to weakest."""

    MEASURED = "measured"
    PREDICTED = "predicted"
    """By the law of a device with many measured models."""
    NEIGHBOURS = "neighbours"
    """Between two measured models of the same device."""


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """The answer to a question. Every `Spread` is a figure with its 80 % interval.

    `prompt_j`: energy of reading the prompt, None where it was not measured, and then not part of `answer_j`.
    `rows`: the measurements that it rests on. `error_percent`: held-out error, None where nothing is
    estimated.
    """

    question: TokenQuestion
    software: str
    power_mode: str
    token_mj: Spread
    answer_j: Spread
    tokens_per_s: Spread
    prompt_j: float | None
    evidence: TokenEvidence
    basis: Message
    error_percent: float | None
    rows: tuple[TokenRow, ...]
    notes: tuple[Message, ...] = ()

    @property
    def scope(self) -> str:
        """What the meter saw, in the words of the data."""
        return self.rows[0].scope

    @property
    def rail(self) -> str:
        """The rail that was measured, "" where the whole device was."""
        return self.rows[0].rail

    @property
    def measured_in(self) -> tuple[str, ...]:
        """Years of the measurements; empty where no source gives one."""
        return tuple(sorted({row.measured_in for row in self.rows if row.measured_in}))

    @property
    def softwares(self) -> tuple[str, ...]:
        """What ran, with its version where the source states one: `software` is the family of these."""
        return tuple(sorted({row.software for row in self.rows}))

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources of the measurements."""
        return tuple(dict.fromkeys(row.source_id for row in self.rows))

    def answers_per_charge(self, battery_wh: float | None = None) -> Spread | None:
        """Answers that a battery (Wh) gives; None without one."""
        capacity = self.question.battery_wh if battery_wh is None else battery_wh
        if capacity is None:
            return None
        joules, answer = capacity * JOULES_OF_WH, self.answer_j
        return Spread(joules / answer.value, joules / answer.high, joules / answer.low)

    def as_dict(self) -> dict[str, Any]:
        """The answer as plain data (mJ, tokens per second, Wh)."""
        question = self.question
        charge = self.answers_per_charge()
        return {
            "device_id": question.device_id,
            "model": question.model or None,
            "params_b": question.params_b,
            "weight_format": question.weight_format or None,
            "weights_mb": None if question.weights_mb is None else rounded(question.weights_mb),
            "power_mode": self.power_mode or None,
            "software": self.software,
            "software_versions": list(self.softwares),
            "input_tokens": question.input_tokens,
            "output_tokens": question.output_tokens,
            **_ends("energy_mj_per_token", self.token_mj),
            **_ends("energy_j_per_answer", self.answer_j),
            "prompt_energy_j": None if self.prompt_j is None else rounded(self.prompt_j),
            **_ends("tokens_per_s", self.tokens_per_s),
            **_ends("answers_per_charge", charge),
            "evidence": self.evidence.value,
            "basis": str(self.basis),
            "error_percent": None if self.error_percent is None else rounded(self.error_percent),
            "scope": self.scope,
            "rail": self.rail or None,
            "idle_included": True,
            "measured_in": list(self.measured_in),
            "source_ids": list(self.sources),
            "measurements": len(self.rows),
            "notes": [str(note) for note in self.notes],
        }


def _ends(name: str, spread: Spread | None) -> dict[str, float | None]:
    if spread is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {
        name: rounded(spread.value),
        f"{name}_low": rounded(spread.low),
        f"{name}_high": rounded(spread.high),
    }


def around(value: float, factor: float) -> Spread:
    """A figure with an interval that is it divided and multiplied by a factor."""
    return Spread(value, value / factor, value * factor)
