"""From the kernels of a network to its running application on a phone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from data.messages import Message
from predictors.energy.applications.evidence import ApplicationEvidence
from predictors.energy.applications.stored import application_evidence
from predictors.results.estimates import Estimate, Note
from predictors.results.figures import Application, Scope, Spread
from predictors.results.targets import Target

NO_APPLICATION = "NO_APPLICATION"
REPLACED = frozenset({"KERNELS_ONLY", "TRANSFER_OUT_OF_RANGE"})
"""Notes of the sum of kernels that the application's own notes take the place of."""


def with_application(
    estimate: Estimate, target: Target, source_of: Callable[[], Estimate], why_not: str = ""
) -> Estimate:
    """The estimate with the application as its headline, or with the reason why there is none.

    `source_of` gives the kernels on the P40 Pro's CPU in fp32, which applications are fitted to.
    `why_not`: what speaks against an application of this very network.
    """
    evidence = application_evidence()
    reason = why_not or evidence.why_none(target.device_id, target.delegate, target.precision)
    if reason:
        return _without(estimate, reason)
    source = source_of()
    if source.energy_mj <= 0.0 or source.latency_ms <= 0.0:
        return _without(estimate, Message("no kernel of it has a figure"))
    application = _application(evidence, target, source)
    notes = [note for note in estimate.warnings if note.code not in REPLACED]
    return replace(
        estimate,
        scope=Scope.APPLICATION,
        energy_mj=application.energy.value,
        energy_mj_low=application.energy.low,
        energy_mj_high=application.energy.high,
        latency_ms=application.latency.value,
        latency_ms_low=application.latency.low,
        latency_ms_high=application.latency.high,
        warnings=(*notes, *_notes(evidence, target, source, application)),
        source_ids=tuple(dict.fromkeys((*estimate.source_ids, "tu-2023-sec"))),
        application=application,
        kernels_alone=estimate.kernel_sum,
    )


def _without(estimate: Estimate, reason: str) -> Estimate:
    message = Message(
        "The kernels alone, and no figure for the running application: {reason}. It has no place in a "
        "ranking beside applications or boards.",
        reason=reason,
    )
    return replace(
        estimate, scope=Scope.KERNELS, warnings=(*estimate.warnings, Note(NO_APPLICATION, message))
    )


def _application(evidence: ApplicationEvidence, target: Target, source: Estimate) -> Application:
    place, whole = (target.delegate, target.precision), (target.device_id, target.delegate, target.precision)
    log_sum_mj = math.log(source.energy_mj)
    extra = math.hypot(_beyond(evidence, place, log_sum_mj), _unusual(evidence, source))
    energy_ratio, latency_ratio = (
        math.exp(evidence.log_ratio(quantity, whole, log_sum_mj)) for quantity in ("energy", "latency")
    )
    energy_mj, latency_ms = source.energy_mj * energy_ratio, source.latency_ms * latency_ratio
    return Application(
        energy=_spread(energy_mj, math.hypot(evidence.half_width("energy", place), extra)),
        latency=_spread(latency_ms, math.hypot(evidence.half_width("latency", place), extra)),
        power=_spread(energy_mj / latency_ms, evidence.power_half_width(place)),
        factor=energy_ratio,
        networks=evidence.networks(place),
    )


def _spread(value: float, half_width: float) -> Spread:
    return Spread(value, value * math.exp(-half_width), value * math.exp(half_width))


def _beyond(evidence: ApplicationEvidence, place: tuple[str, str], log_sum_mj: float) -> float:
    """Growth of the interval (log) where the network is smaller or larger than the reference networks."""
    low, high = evidence.range_log_mj(place)
    distance = max(low - log_sum_mj, log_sum_mj - high, 0.0)
    return evidence.settings.beyond_range * distance


def _unusual(evidence: ApplicationEvidence, source: Estimate) -> float:
    """By how much (log, in quadrature) the kernels' own interval exceeds that of the reference networks."""
    own = 0.5 * math.log(source.energy_mj_high / source.energy_mj_low) if source.energy_mj_low > 0 else 0.0
    return math.sqrt(max(own**2 - evidence.usual_half_width() ** 2, 0.0))


def _notes(
    evidence: ApplicationEvidence, target: Target, source: Estimate, application: Application
) -> list[Note]:
    place = target.delegate, target.precision
    notes = [
        Note(
            "APPLICATION",
            Message(
                "The running application on the whole phone, screen and other cores included: the kernels on "
                "the P40 Pro's CPU ({sum_mj:.3g} mJ) times {factor:.2f}, fitted to {networks} reference "
                "networks measured as applications; with the network left out, such figures are off by "
                "{error:.0f} % in the median.",
                sum_mj=source.energy_mj,
                factor=application.factor,
                networks=application.networks,
                error=tested.median_percent if (tested := evidence.tested(place)) else math.nan,
            ),
        )
    ]
    if _beyond(evidence, place, math.log(source.energy_mj)) > 0.0:
        low, high = (math.exp(end) for end in evidence.range_log_mj(place))
        message = Message(
            "The kernels of the reference networks take {low:.0f} to {high:.0f} mJ on the P40 Pro's CPU; "
            "this network is outside, so its factor is extrapolated and the interval is wider.",
            low=low,
            high=high,
        )
        notes.append(Note("APPLICATION_OUT_OF_RANGE", message))
    return notes
