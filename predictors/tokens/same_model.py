"""Whether what was said beside the name of a measured model is that model: its size, its file."""

from __future__ import annotations

from typing import Final

from predictors.errors import InputError
from predictors.tokens.question import TokenQuestion
from predictors.tokens.rows import TokenRow

OTHER_FILE: Final = 1.25
"""Ratio of two sizes of weights from which they are two files; MB of 1,000 and of 1,024 differ by 5 %."""
OTHER_SIZE: Final = 1.35
"""Ratio of two sizes from which they are two models; names round: Gemma-2-2B has 2.61 billion parameters."""


def check_same_model(question: TokenQuestion, model: str, row: TokenRow) -> None:
    """Raise InputError TOKENS_PARAMS, TOKENS_WEIGHTS for sizes that are not those of the measured `row`."""
    _check_params(question, model, row.params_m)
    _check_file(question, model, row.weights_mb)


def _check_params(question: TokenQuestion, model: str, measured_m: float | None) -> None:
    """Refuse a number of parameters that is not that of the measured model: it is another model."""
    if question.params_b is None or measured_m is None:
        return
    measured = measured_m / 1000
    if not 1 / OTHER_SIZE <= question.params_b / measured <= OTHER_SIZE:
        raise InputError(
            "TOKENS_PARAMS",
            "{model} was measured and has {measured:.3g} billion parameters; {asked:.3g} billion are another "
            "model. Leave the parameters out, or give them in the place of the name.",
            model=model,
            measured=measured,
            asked=question.params_b,
        )


def _check_file(question: TokenQuestion, model: str, measured_mb: float | None) -> None:
    """Refuse a size of weights that is not that of the measured model: it is another file."""
    asked_mb = question.weights_mb
    if asked_mb is None or measured_mb is None:
        return
    if not 1 / OTHER_FILE <= asked_mb / measured_mb <= OTHER_FILE:
        raise InputError(
            "TOKENS_WEIGHTS",
            "{model} was measured with weights of {measured:,.0f} MB; {asked:,.0f} MB are another file. "
            "Leave the size out, or give parameters in the place of the name.",
            model=model,
            measured=measured_mb,
            asked=asked_mb,
        )
