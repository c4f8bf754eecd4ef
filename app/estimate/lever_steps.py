"""Levers pulled one after the other: what the network takes after each, and how sure the difference is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.estimate.what_if import Case
from app.i18n.texts import mark
from app.models.model import report_for
from app.models.targets import target_named
from data.errors import JouleLensError
from predictors.research.advice import advise, lightened
from predictors.research.diff import difference, in_one_scope
from predictors.results.estimates import Estimate
from predictors.results.figures import Spread

WARNINGS: Final[dict[str, str]] = {
    "delegate": mark("Another delegate may round differently: compare what the model answers on both."),
    "precision": mark("int8 rounds weights and activations: check the accuracy on data of your own."),
    "side": mark("Smaller images lose small things: check the accuracy, or train at that size."),
    "width": mark("Narrower layers make another network: it has to be trained anew."),
    "layers": mark("Layers replaced by cheaper ones have to be trained anew."),
}
"""Lever -> what it may do to accuracy, in the order in which levers are pulled."""


@dataclass(frozen=True, slots=True)
class Levers:
    """What is pulled: another delegate, number format, image side (pixels), width; None or "" for none."""

    delegate: str = ""
    precision: str = ""
    side: int | None = None
    width: float | None = None
    layers: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A lever pulled: `after` all before it, the energy changes by `change` (mJ, B minus A).

    `failure` says why there is no figure; the lever is then left out of what follows.
    """

    lever: str
    after: Estimate | None
    change: Spread | None
    failure: JouleLensError | None = None


def pull(case: Case, base: Estimate, levers: Levers) -> tuple[Step, ...]:
    """Return the steps from `base`, the estimate of `case`, one per lever that is pulled."""
    steps: list[Step] = []
    estimate, current = base, case
    for lever, changed in _cases(levers):
        wished = _with(current, lever, changed)
        try:
            after = _estimate(wished)
        except JouleLensError as error:
            steps.append(Step(lever, None, None, error))
            continue
        steps.append(Step(lever, after, _change(estimate, after)))
        estimate, current = after, wished
    if levers.layers:
        steps.append(_cheaper(estimate))
    return tuple(steps)


def _cases(levers: Levers) -> Sequence[tuple[str, Levers]]:
    pulled = {
        "delegate": bool(levers.delegate),
        "precision": bool(levers.precision),
        "side": levers.side is not None,
        "width": levers.width is not None,
    }
    return [(lever, levers) for lever, is_pulled in pulled.items() if is_pulled]


def _with(case: Case, lever: str, levers: Levers) -> Case:
    choice = case.choice
    if lever == "delegate":
        return replace(case, choice=target_named(choice.device_id, levers.delegate, choice.precision))
    if lever == "precision":
        return replace(case, choice=target_named(choice.device_id, choice.delegate, levers.precision))
    if lever == "side":
        return replace(case, side=levers.side)
    return replace(case, width=levers.width or case.width)


def _estimate(case: Case) -> Estimate:
    return report_for(case.model(), case.choice).estimates[0]


def _cheaper(estimate: Estimate) -> Step:
    try:
        after = lightened(estimate, advise(estimate))
    except JouleLensError as error:
        return Step("layers", None, None, error)
    return Step("layers", after, _change(estimate, after))


def _change(before: Estimate, after: Estimate) -> Spread | None:
    """What the energy changes by; None where the two are figures of two scopes, which are not compared."""
    return difference(before, after) if before.scope is after.scope else None


def together(base: Estimate, steps: Sequence[Step]) -> tuple[Estimate, Estimate, Spread]:
    """Return the base and the estimate after all levers in their common scope, and the difference (mJ)."""
    last = next((step.after for step in reversed(steps) if step.after is not None), base)
    first, second = in_one_scope(base, last)
    return first, second, difference(first, second)
