"""The list of what can be estimated, for `python -m predictors devices`."""

from __future__ import annotations

from typing import Any

from predictors.registry import targets
from predictors.results.targets import Target


def target_dicts() -> list[dict[str, Any]]:
    """Every target as plain data; `evidence` is `unsupported` where the figures are too thin to estimate."""
    return [target_dict(target) for target in targets()]


def target_dict(target: Target) -> dict[str, Any]:
    """One target as plain data. `error_percent` is the held-out error, obtained as `error_basis` says."""
    return {
        "device_id": target.device_id,
        "delegate": target.delegate,
        "precision": target.precision,
        "evidence": target.evidence.value,
        "error_percent": target.error_percent,
        "error_basis": target.error_basis,
        "systems": list(target.systems),
        "meter": target.meter,
        "idle_included": target.idle_included,
        "runtime": target.runtime,
        "source_ids": list(target.source_ids),
    }


def targets_table() -> str:
    """The same as a text table."""
    head = f"{'device':<24}{'delegate':<18}{'prec.':<7}{'evidence':<13}{'error %':>8}"
    lines = [f"{head}  how the error was obtained"]
    lines.extend(_line(target) for target in targets())
    return "\n".join(lines)


def _line(target: Target) -> str:
    error = "" if target.error_percent is None else f"{target.error_percent:.3g}"
    names = f"{target.device_id:<24}{target.delegate:<18}{target.precision:<7}"
    return f"{names}{target.evidence.value:<13}{error:>8}  {target.error_basis}"
