"""Answers to what a sentence costs: measured where it was, a law where it holds, neighbours, or a refusal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from data.messages import Message
from predictors.errors import InputError, printable
from predictors.results.figures import Spread
from predictors.tokens.answer import TokenAnswer, TokenEvidence, around
from predictors.tokens.devices import (
    Setup,
    measured_model,
    setup_of,
)
from predictors.tokens.law import ENERGY, TIME, Cell, cells_of, fitted
from predictors.tokens.question import TokenQuestion, check_numbers
from predictors.tokens.rows import LOW_BIT, TokenRow, token_rows
from predictors.tokens.same_model import check_same_model

LAW_FROM: Final = 8
"""Models from which a law is fitted: five coefficients need more than five models."""
LONG_PREFILL_S: Final = 4.0
"""A fuel gauge needs seconds to see a prompt (see the notes of its source)."""
FAR: Final = 2.0
"""Ratio of two sizes beyond which nothing is said between them: a straight line there is a guess."""
NEAR: Final = 0.01
"""Share by which a size may lie outside of the measured range: names round it."""
SD_OF_METHOD: Final = {
    "decode phase": 0.03, "approximate": 0.10, "fuel gauge": 0.08, "battery steps": 0.10,
    "power over speed": 0.10, "request": 0.05,
}  # fmt: skip
"""Relative deviation of repeats by method, as the sources' own repeats show: the floor of any interval."""
Z80: Final = 1.2816
"""Half of an 80 % interval, in standard deviations."""


def estimate_tokens(question: TokenQuestion) -> TokenAnswer:
    """Answer a question.

    Raises InputError: what `check_numbers` does, DEVICE_UNKNOWN, TOKENS_NOT_MEASURED (no language model was
    measured on the device), TOKENS_PARAMS and TOKENS_WEIGHTS (others than those of the measured model),
    TOKENS_SOFTWARE, TOKENS_POWER_MODE, TOKENS_FORMAT, TOKENS_PROMPT,
    TOKENS_RANGE (the model is outside of what was measured), TOKENS_MODEL (no size and no known name).
    """
    check_numbers(question)
    setup = setup_of(question)
    _check_lengths(question, setup)
    _check_format(question, setup)
    model = measured_model(question, setup)
    if model:
        return _measured(question, setup, model)
    question = _completed(question, setup)
    if len(setup.models) >= LAW_FROM:
        return _by_law(question, setup)
    return _between(question, setup)


def _check_lengths(question: TokenQuestion, setup: Setup) -> None:
    prompts = [row.input_tokens for row in setup.rows if row.input_tokens]
    both = _lengths(setup.rows)
    if not both:
        _check_unstated(question)
    if prompts and question.input_tokens > max(prompts):
        raise InputError(
            "TOKENS_PROMPT",
            "A prompt of {asked:,} tokens is longer than any measured here ({least:,} to {most:,}). Ask "
            "for a shorter one.",
            asked=question.input_tokens,
            least=min(prompts),
            most=max(prompts),
        )
    if both and question.input_tokens + question.output_tokens > max(both):
        raise InputError(
            "TOKENS_PROMPT",
            "Prompt and answer of {asked:,} tokens together are longer than any measured here (up to "
            "{most:,}). Ask for a shorter answer.",
            asked=question.input_tokens + question.output_tokens,
            most=max(both),
        )


def _check_format(question: TokenQuestion, setup: Setup) -> None:
    if question.weight_format and not setup.formats:
        raise InputError(
            "TOKENS_FORMAT",
            "The source does not say in which format the weights were on this device, so there is no figure "
            "for {asked}. Leave the format out.",
            asked=printable(question.weight_format),
        )


def _lengths(rows: Sequence[TokenRow]) -> list[int]:
    """Tokens of prompt and answer together, where the source states them."""
    return [row.input_tokens + (row.output_tokens or 0) for row in rows if row.input_tokens]


def _check_unstated(question: TokenQuestion) -> None:
    """Where a source states no lengths, nothing is said of longer ones than were measured anywhere."""
    most = max(_lengths(token_rows()))
    asked = question.input_tokens + question.output_tokens
    if asked > most:
        raise InputError(
            "TOKENS_PROMPT",
            "The source does not say how long prompts and answers were on this device. Prompt and answer "
            "of {asked:,} tokens together are longer than any measured elsewhere (up to {most:,}). Ask for "
            "less.",
            asked=asked,
            most=most,
        )


def _completed(question: TokenQuestion, setup: Setup) -> TokenQuestion:
    """The question with format and megabytes where they were not said."""
    if question.params_b is None:
        raise InputError(
            "TOKENS_MODEL",
            "{model} was not measured on this device, and its size is not known. Give its parameters in "
            "billions, or name one of: {models}.",
            model=printable(question.model),
            models=", ".join(setup.models),
        )
    formats = setup.formats
    if not formats:
        return question
    asked = question.weight_format or formats[0]
    if asked not in formats:
        raise InputError(
            "TOKENS_FORMAT",
            "No weights in the format {asked} were measured here; measured were {formats}. Choose "
            "one of them.",
            asked=printable(asked),
            formats=", ".join(formats),
        )
    size = setup.usual_mb(asked, question.params_b * 1000) if question.weights_mb is None else None
    return replace(question, weight_format=asked, weights_mb=size or question.weights_mb)


def _measured(question: TokenQuestion, setup: Setup, model: str) -> TokenAnswer:
    """What was measured of this very model, at the prompt and answer nearest to those asked for."""
    rows = [row for row in setup.decode if row.model == model]
    if question.weight_format and any(row.weight_format for row in rows):
        rows = [row for row in rows if row.weight_format == question.weight_format] or rows
    formats = tuple(dict.fromkeys(row.weight_format for row in rows))
    rows = [row for row in rows if row.weight_format == formats[0]]
    check_same_model(question, model, rows[0])
    usable = [row for row in rows if not row.flagged] or rows
    near = _nearest(question, usable)
    noise = max(SD_OF_METHOD[near[0].method], _deviation([row.energy_mj for row in near]))
    token = around(float(np.median([row.energy_mj for row in near])), math.exp(Z80 * noise))
    speeds = [row.tokens_per_s for row in near]
    speed = around(float(np.median(speeds)), math.exp(Z80 * max(0.03, _deviation(speeds))))
    named = replace(
        question,
        model=model,
        weight_format=formats[0],
        params_b=None if near[0].params_m is None else near[0].params_m / 1000,
        weights_mb=near[0].weights_mb,
    )
    basis = Message("Measured: {model} on this device (measurements: {rows:,}).", model=model, rows=len(near))
    notes = [_APPROXIMATE] if all(row.flagged for row in rows) else []
    return _answer(named, setup, token, speed, TokenEvidence.MEASURED, basis, None, near, tuple(notes))


_APPROXIMATE: Final = Message("A declared correction marks this figure as approximate.")


def _nearest(question: TokenQuestion, rows: Sequence[TokenRow]) -> tuple[TokenRow, ...]:
    """The rows of the prompt and answer lengths nearest to the asked ones; all, where none is stated."""

    def distance(row: TokenRow) -> tuple[float, float]:
        if row.input_tokens is None or row.output_tokens is None:
            return 0.0, 0.0
        prompt = abs(math.log(max(row.input_tokens, 1) / question.input_tokens))
        return round(prompt, 6), round(abs(math.log(row.output_tokens / question.output_tokens)), 6)

    if rows[0].scope == "whole-phone":  # repeats differ more than lengths do: every run counts
        return tuple(rows)
    least = min(distance(row) for row in rows)
    return tuple(row for row in rows if distance(row) == least)


def _deviation(values: Sequence[float]) -> float:
    return float(np.std(np.log(values), ddof=1)) if len(values) > 2 else 0.0


def _by_law(question: TokenQuestion, setup: Setup) -> TokenAnswer:
    cells = cells_of(setup.decode_of_all_modes)
    params_m, size = question.params_m or 0.0, question.weights_mb or 0.0
    is_low_bit = question.weight_format in LOW_BIT
    alike = [row for row in setup.decode if row.is_low_bit == is_low_bit and row.params_m]
    _check_range(params_m, [row.params_m or 0.0 for row in alike], "params", alike)
    _check_range(size, [row.weights_mb or 0.0 for row in alike], "weights", alike)
    energy, time = fitted(cells, ENERGY), fitted(cells, TIME)
    cell = Cell(
        "", setup.power_mode, question.input_tokens, params_m / 1000, size / 1000, is_low_bit, 0.0, 0.0
    )
    basis = Message(
        "Estimated by weights, parameters, format and power mode, fitted to {models:,} models; a model left "
        "out is {error:.1f} % off in the median, and the interval held {coverage:.0f} % of them.",
        models=energy.models,
        error=energy.error_percent,
        coverage=energy.coverage_percent,
    )
    speed = around(1000 / time.law(cell), time.factor)
    token = around(energy.law(cell), energy.factor)
    mine = tuple(row for row in alike if row.power_mode == setup.power_mode and not row.flagged)
    notes = _size_note(question, setup)
    return _answer(
        question, setup, token, speed, TokenEvidence.PREDICTED, basis, energy.error_percent, mine, notes
    )


def _size_note(question: TokenQuestion, setup: Setup) -> tuple[Message, ...]:
    usual = setup.usual_mb(question.weight_format, question.params_m or 0.0)
    if usual is None or not math.isclose(question.weights_mb or 0.0, usual):
        return ()
    note = Message(
        "The size of the weights is not given: {size:,.0f} MB are assumed, by the measured files in "
        "{format}.",
        size=usual,
        format=question.weight_format,
    )
    return (note,)


def _check_range(asked: float, measured: Sequence[float], what: str, rows: Sequence[TokenRow]) -> None:
    low, high = min(measured), max(measured)
    if low * (1 - NEAR) <= asked <= high * (1 + NEAR):
        return
    if what == "params":
        message = Message(
            "{asked:.3g} billion parameters lie outside of what was measured here ({formats}): {low:.3g} to "
            "{high:.3g} billion. No figure is given outside of it.",
            asked=asked / 1000,
            low=low / 1000,
            high=high / 1000,
            formats=_formats(rows),
        )
    else:
        message = Message(
            "Weights of {asked:,.0f} MB lie outside of what was measured here ({formats}): {low:,.0f} to "
            "{high:,.0f} MB. No figure is given outside of it.",
            asked=asked,
            low=low,
            high=high,
            formats=_formats(rows),
        )
    raise InputError("TOKENS_RANGE", message)


def _formats(rows: Sequence[TokenRow]) -> str:
    found = sorted({row.weight_format for row in rows if row.weight_format})
    return ", ".join(found) or Message("format not stated")


def _between(question: TokenQuestion, setup: Setup) -> TokenAnswer:
    """Between the two measured models next in size; nothing outside of them."""
    rows = [row for row in setup.decode if row.params_m and not row.flagged]
    if question.weight_format:
        rows = [row for row in rows if row.weight_format == question.weight_format]
    sizes = sorted({row.params_m or 0.0 for row in rows})
    if len(sizes) < 2:  # there is nothing between one model
        raise InputError(
            "TOKENS_RANGE",
            "Only {models} was measured on this device, and nothing can be said of another model. Name it, "
            "or choose another device.",
            models=", ".join(setup.models),
        )
    params = question.params_m or 0.0
    _check_range(params, sizes, "params", rows)
    params = min(max(params, sizes[0]), sizes[-1])
    above = next(each for each in sizes if each >= params)
    below = max(each for each in sizes if each <= params)
    if above > below * FAR:
        raise InputError(
            "TOKENS_RANGE",
            "Measured on this device were {models}; {low:.3g} and {high:.3g} billion parameters are too far "
            "apart to say anything between them. Name a measured model.",
            models=", ".join(setup.models),
            low=below / 1000,
            high=above / 1000,
        )
    ends = [tuple(row for row in rows if row.params_m == each) for each in (below, above)]
    share = 0.0 if above == below else (params - below) / (above - below)
    token, speed = (_mixed(ends, share, of) for of in ("energy_mj", "tokens_per_s"))
    basis = Message(
        "Between {smaller} and {larger}, the measured models next in size on this device ({count:,} in all); "
        "no model left out can test this.",
        smaller=ends[0][0].model,
        larger=ends[1][0].model,
        count=len(setup.models),
    )
    near = tuple(dict.fromkeys((*ends[0], *ends[1])))
    return _answer(question, setup, token, speed, TokenEvidence.NEIGHBOURS, basis, None, near, ())


def _mixed(ends: Sequence[Sequence[TokenRow]], share: float, name: str) -> Spread:
    """The figure between two models; the interval reaches over both, as far as their repeats do."""
    values = [[float(getattr(row, name)) for row in rows] for rows in ends]
    middles = [float(np.median(each)) for each in values]
    noise = math.exp(Z80 * max(SD_OF_METHOD[ends[0][0].method], *(_deviation(each) for each in values)))
    value = middles[0] + share * (middles[1] - middles[0])
    return Spread(value, min(middles) / noise, max(middles) * noise)


def _answer(
    question: TokenQuestion,
    setup: Setup,
    token: Spread,
    speed: Spread,
    evidence: TokenEvidence,
    basis: Message,
    error_percent: float | None,
    rows: tuple[TokenRow, ...],
    notes: tuple[Message, ...],
) -> TokenAnswer:
    prompt = _prompt_j(question, setup)
    count = question.output_tokens / 1000
    extra = prompt or 0.0
    answer = Spread(token.value * count + extra, token.low * count + extra, token.high * count + extra)
    return TokenAnswer(
        question=question,
        software=setup.software,
        power_mode=setup.power_mode,
        token_mj=token,
        answer_j=answer,
        tokens_per_s=speed,
        prompt_j=prompt,
        evidence=evidence,
        basis=basis,
        error_percent=error_percent,
        rows=rows,
        notes=(*notes, *_scope_notes(setup, rows[0], prompt)),
    )


def _prompt_j(question: TokenQuestion, setup: Setup) -> float | None:
    """Energy of reading the prompt (J) where it was measured long enough, by the model next in size."""
    rows = [row for row in setup.rows if row.phase == "prefill" and row.duration_s > LONG_PREFILL_S]
    if not rows:
        return None
    params = question.params_m
    if params is not None:
        gaps = [abs((row.params_m or 0.0) - params) for row in rows]
        rows = [row for row, gap in zip(rows, gaps, strict=True) if gap == min(gaps)]
    return float(np.median([row.energy_mj for row in rows])) * question.input_tokens / 1000


_REQUEST: Final = Message(
    "Energy of whole requests over their generated tokens: reading the prompt is inside."
)
_NO_PROMPT: Final = Message(
    "Reading the prompt was not measured here, and is not part of the answer's energy."
)
_RAIL: Final = Message(
    "One rail of the module, not the board: its input takes 1.5 to 3 W more, and is not in these figures."
)
_PHONE_FORMAT: Final = Message("The source does not say in which format the weights were.")


def _scope_notes(setup: Setup, row: TokenRow, prompt: float | None) -> list[Message]:
    notes = []
    if row.method == "request":
        notes.append(_REQUEST)
    elif prompt is None:
        notes.append(_NO_PROMPT)
    if row.rail == "VDD_CPU_GPU_CV":
        notes.append(_RAIL)
    if not setup.formats:
        notes.append(_PHONE_FORMAT)
    return notes
