"""What a search found: candidates, those that nothing beats, and the result as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from predictors.errors import printable
from predictors.results.columns import ESTIMATE, FIGURES, chosen
from predictors.results.frames import short
from predictors.results.rows import text_table


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network on one target: `proxy` (larger is better) against `energy_mj` (smaller is better)."""

    id: str
    proxy: float
    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float
    latency_ms: float


def front(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that no other one beats: none has as much of the proxy for less energy, or more of it
    for as little. Least energy first; of equals the first one stays."""
    best: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda each: (each.energy_mj, -each.proxy)):
        if not best or candidate.proxy > best[-1].proxy:
            best.append(candidate)
    return best


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
    lines = [f"{found.title}: {len(found.best)} of {len(found.candidates)} networks are on the front"]
    head, *figures = text_table(chosen(ESTIMATE, FIGURES), found.best)
    lines.append(f"{'Proxy':>12}  {head}  Network")
    before_high = 0.0
    for one, figure in zip(found.best, figures, strict=True):
        apart = "" if one.energy_mj_low > before_high else "  (not told apart from the one before)"
        before_high = one.energy_mj_high
        name = f"{printable(one.id)}{apart if len(lines) > 2 else ''}"
        lines.append(f"{short(one.proxy, 5):>12}  {figure}  {name}")
    return lines


@dataclass(frozen=True, slots=True)
class Front:
    """All candidates of one target in one `scope` ("": the table does not say) and those of them that nothing
    beats, least energy first."""

    target: str
    candidates: tuple[Candidate, ...]
    best: tuple[Candidate, ...]
    scope: str = ""

    @property
    def title(self) -> str:
        """The target, and what its energies are the energies of."""
        return f"{self.target}, {self.scope}" if self.scope else self.target


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The fronts of every target, what the proxy is, and how many rows have no figure or no proxy."""

    fronts: tuple[Front, ...]
    proxy: str
    without_figure: int
    without_proxy: int
