"""Which phone targets answer with an application, and how well: file in, application energy out."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from data.messages import Message
from predictors.energy.applications.stored import application_evidence
from predictors.results.estimates import Evidence
from predictors.results.figures import Scope
from predictors.results.targets import Target

METER_OF_RATIOS = Message(
    "power monitor at the battery connector (whole phone): it measured the same applications on "
    "two phones, and their ratio scales the kernels of one to the other; the figure is that of the kernels "
    "alone"
)


@lru_cache(maxsize=1)
def application_devices() -> frozenset[str]:
    """The phones that networks were measured on as applications."""
    return frozenset(cell.device_id for cell in application_evidence().cells)


def as_application_target(target: Target) -> Target:
    """The target with the scope of its estimates, and the error of applications where there are any."""
    if target.evidence is Evidence.UNSUPPORTED or target.device_id not in application_devices():
        return target
    evidence = application_evidence()
    place = target.delegate, target.precision
    tested = evidence.tested(place)
    if tested is None or evidence.why_none(target.device_id, *place) is not None:
        ratios = target.evidence is Evidence.TRANSFERRED
        meter = METER_OF_RATIOS if ratios else target.meter
        return replace(target, scope=Scope.KERNELS, tested="ratios" if ratios else "kernels", meter=meter)
    return replace(
        target,
        scope=Scope.APPLICATION,
        tested="networks",
        error_percent=tested.median_percent,
        error_high_percent=tested.high_percent,
        error_count=tested.pairs,
        error_basis=Message(
            "median over {pairs:,} pairs of network and phone on this delegate in {precision}: file in, "
            "energy of the application out, the network left out of every fit",
            pairs=tested.pairs,
            precision=target.precision,
        ),
    )
