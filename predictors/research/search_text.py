"""The fronts of a search as text."""

from __future__ import annotations

from predictors.errors import printable
from predictors.research.search_result import Front, SearchResult
from predictors.results.rounding import short

PROXY_WORDS = {"params": "parameters (a crude stand-in for accuracy)"}


def search_table(result: SearchResult) -> str:
    """A table per target: the networks nothing beats, least energy first."""
    lines = [f"Proxy: {PROXY_WORDS.get(result.proxy, result.proxy)}; more is better. Energy: less is better."]
    for each in result.fronts:
        lines += ["", *_front_lines(each)]
    if result.without_figure or result.without_proxy:
        left = f"{result.without_figure} rows without a figure, {result.without_proxy} without a proxy"
        lines += ["", f"Left out: {left}."]
    return "\n".join(lines)


def _front_lines(found: Front) -> list[str]:
    head = f"{'proxy':>12}{'energy mJ':>11}  {'8 in 10 times':<20}{'ms':>9}  network"
    lines = [f"{found.target}: {len(found.best)} of {len(found.candidates)} networks are on the front", head]
    for one in found.best:
        span = f"{short(one.energy_mj_low)} to {short(one.energy_mj_high)}"
        lines.append(
            f"{short(one.proxy, 5):>12}{short(one.energy_mj):>11}  {span:<20}{short(one.latency_ms):>9}"
            f"  {printable(one.id)}"
        )
    return lines
