"""The list of what can be estimated, for `python -m predictors devices`."""

from __future__ import annotations

from typing import Any

from predictors.registry import targets
from predictors.results.targets import Target


def target_dicts() -> list[dict[str, Any]]:
    """Every target as plain data; `evidence` is `unsupported` where the figures are too thin to estimate."""
    return [target_dict(target) for target in targets()]


def target_dict(target: Target) -> dict[str, Any]:
    """One target as plain data: median held-out error, the point that 8 in 10 tests stay within, how many
    tests of what, and how they were made."""
    return {
        "device_id": target.device_id,
        "delegate": target.delegate,
        "precision": target.precision,
        "evidence": target.evidence.value,
        "scope": target.scope.value,
        "error_percent": target.error_percent,
        "error_high_percent": target.error_high_percent,
        "error_count": target.error_count,
        "error_tested": target.tested if target.error_percent is not None else None,
        "error_basis": target.error_basis,
        "systems": list(target.systems),
        "meter": target.meter,
        "idle_included": target.idle_included,
        "runtime": target.runtime,
        "source_ids": list(target.source_ids),
    }


def targets_table() -> str:
    """The same as a text table: the median error, and what 8 in 10 tests stay within."""
    names = f"{'device':<24}{'delegate':<18}{'prec.':<7}{'evidence':<13}"
    figures = f"{'error %':>8}{'8 in 10 %':>11}{'tests':>7}  {'of':<9}"
    lines = [f"{names}{figures}  how the error was obtained"]
    lines.extend(_line(target) for target in targets())
    return "\n".join(lines)


def _line(target: Target) -> str:
    error, high = (_shown(percent) for percent in (target.error_percent, target.error_high_percent))
    tests, tested = (str(target.error_count), target.tested) if error else ("", "")
    names = f"{target.device_id:<24}{target.delegate:<18}{target.precision:<7}"
    figures = f"{error:>8}{high:>11}{tests:>7}  {tested:<9}"
    return f"{names}{target.evidence.value:<13}{figures}  {target.error_basis}"


def _shown(percent: float | None) -> str:
    return "" if percent is None else f"{percent:.3g}"
