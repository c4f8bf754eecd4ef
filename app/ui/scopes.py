"""What an energy is the energy of, in the reader's words: only figures of one scope are ever ranked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app import bundle_cache
from app.i18n.formats import energy, energy_range, latency, listing
from app.i18n.texts import mark, t, tn
from predictors.results.estimates import Estimate
from predictors.results.figures import MeasuredFigure, Scope

SCOPE_NAMES: Final[dict[Scope, str]] = {
    Scope.KERNELS: mark("kernels alone, without the application around them"),
    Scope.APPLICATION: mark("running application on the whole phone"),
    Scope.BOARD_WALL: mark("whole board at the wall socket"),
    Scope.BOARD_INPUT: mark("whole board at its DC input"),
    Scope.RAIL: mark("one power rail of the module"),
    Scope.PACKAGE: mark("processor package"),
    Scope.WHOLE_DEVICE: mark("whole device from its battery"),
}
RANKED: Final = (
    Scope.APPLICATION,
    Scope.BOARD_WALL,
    Scope.BOARD_INPUT,
    Scope.WHOLE_DEVICE,
    Scope.RAIL,
    Scope.PACKAGE,
)
"""Scopes that a device can be ranked in, the most useful first; the kernels alone have no place in a
ranking.
"""


def scope_rank(scope: str) -> int:
    """Return the place of a scope (its value) among `RANKED`; the kernels alone and unknown ones are last."""
    places = {each.value: place for place, each in enumerate(RANKED)}
    return places.get(scope, len(RANKED))


def scope_words(scope: Scope) -> str:
    """Return what a scope holds: "whole board at the wall socket"."""
    return t(SCOPE_NAMES[scope])


def kernel_sum_words(estimate: Estimate) -> str:
    """Return the kernels' part of an application, "" where the estimate is no application."""
    if estimate.application is None:
        return ""
    alone = estimate.kernel_sum
    return t(
        "kernels alone {energy} ({range})",
        energy=energy(alone.energy_mj),
        range=energy_range(alone.energy_mj_low, alone.energy_mj_high),
    )


def measured_words(figures: Sequence[MeasuredFigure]) -> str:
    """Return what was measured of this very network here, with its source; "" where nothing was."""
    if not figures:
        return ""
    titles = bundle_cache.sources().set_index("source_id")["source_title"]
    figure = figures[0]
    words = t(
        "**Measured here: {energy}** in {latency}, {scope} ({software}; {source}).",
        energy=energy(figure.energy_mj),
        latency=latency(figure.latency_ms),
        scope=scope_words(figure.scope),
        software=figure.software,
        source=str(titles.get(figure.source_id, figure.source_id)),
    )
    if len(figures) == 1:
        return words
    others = listing([energy(each.energy_mj) for each in figures[1:]])
    more = tn("With other software or in another round: {others}.",
    "In {n} other rounds or softwares: {others}.",
              len(figures) - 1, others=others)  # fmt: skip
    return f"{words} {more}"
