"""Train one kernel type's quantity: the most probable settings, and the factors on its intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from predictors.energy.fitting.features import Floats
from predictors.energy.fitting.gaussian_process import Z_80, GaussianSettings
from predictors.energy.kernels.conv_law import fit_conv_law
from predictors.energy.kernels.kernel_model import (
    QuantitySettings,
    fit_quantity,
    law_offset,
    member_features,
)
from predictors.evaluation.rows import Fold, grouped_folds, picked, size_folds
from predictors.model.kernels import Kernel
from predictors.training.forms import Form
from predictors.training.likelihood import most_probable

CLASS_EDGES = {"energy_mj": (0.05, 0.77, 2.2, 8.0), "latency_ms": (0.05, 0.4, 1.2, 4.5)}
"""Below 0.05 a figure is a few of the steps it is printed in; the rest is cut into quarters of the rows."""
FEW_IN_CLASS = 15
"""A size class with fewer held-out rows takes the factor of all rows together."""
HELD = 0.8
"""Share of new cases that an interval holds."""
SMALLEST_FACTOR = 0.7
"""No interval is narrowed further than this: the held-out rows are few."""
INNER_SEED = 1
"""Other folds than those of the evaluation (seed 0)."""


def train_quantity(
    forms: Sequence[Form], kernels: Sequence[Kernel], values: Floats, edges: tuple[float, ...] = ()
) -> QuantitySettings:
    """Settings for `values` (n,), mJ or ms, of kernels of one type: nothing but these rows is used."""
    bare = QuantitySettings(tuple(search(form, kernels, values) for form in forms))
    scores, predicted = held_out_scores(bare, kernels, values, grouped_folds(kernels, INNER_SEED))
    factors = class_factors(scores, predicted, edges)
    # Only types with rows enough for size classes have rows enough of other sizes.
    new_size = new_size_factor(bare, kernels, values, min(edges)) if edges else 0.0
    return replace(bare, factors=factors, class_edges=edges, new_size_factor=new_size)


def new_size_factor(
    settings: QuantitySettings, kernels: Sequence[Kernel], values: Floats, smallest: float
) -> float:
    """The factor that holds four in five rows (of at least `smallest` mJ or ms) of sizes left out whole.

    Rows of one size err together, so there are as many cases as sizes.
    """
    folds = list(size_folds(kernels))
    scores, predicted = held_out_scores(settings, kernels, values, folds)
    return factor_of(scores[np.exp(predicted) >= smallest], len(folds))


def search(form: Form, kernels: Sequence[Kernel], values: Floats) -> GaussianSettings:
    """The most probable hyper-parameters of one process."""
    start, logs = form.start(), np.log(values)
    law = fit_conv_law(kernels, values) if QuantitySettings((start,)).uses_law else None
    features = member_features(start, kernels, law)
    return most_probable(start, features, logs - law_offset(start, kernels, law), logs)


def held_out_scores(
    settings: QuantitySettings, kernels: Sequence[Kernel], values: Floats, folds: Iterable[Fold]
) -> tuple[Floats, Floats]:
    """Errors over their predicted standard deviations (n,) and predicted logs (n,), each without its fold."""
    scores, predicted = np.empty(len(values)), np.empty(len(values))
    for train, test in folds:
        found = fit_quantity(settings, picked(kernels, train), values[train]).predict(picked(kernels, test))
        predicted[test] = found.mean
        scores[test] = (np.log(values[test]) - found.mean) / found.sd
    return scores, predicted


def class_factors(scores: Floats, predicted: Floats, edges: tuple[float, ...]) -> tuple[float, ...]:
    """Factors on the standard deviation after which four in five rows of each class lie inside.

    Classes by predicted quantity, as in Mondrian conformal prediction (Vovk and others 2005, section 4.5).
    """
    classes = np.digitize(np.exp(predicted), edges)
    chosen = [classes == place for place in range(len(edges) + 1)]
    enough = [mask if mask.sum() >= FEW_IN_CLASS else np.ones(len(scores), dtype=bool) for mask in chosen]
    return tuple(factor_of(scores[mask], int(mask.sum())) for mask in enough)


def factor_of(scores: Floats, cases: int) -> float:
    """The factor on the standard deviation after which a new case lies inside four times in five.

    The quantile is taken a little further out, since the new case is one more beside these (Vovk and others
    2005, section 2.2): of n `cases`, that of 0.8 (n + 1) / n.
    """
    share = min(HELD * (cases + 1) / cases, 1.0)
    return max(float(np.quantile(np.abs(scores), share, method="higher")) / Z_80, SMALLEST_FACTOR)
