"""The fronts of a search as an SVG picture, written by hand so that nothing has to be installed for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from predictors.research.search_result import PROXY_WORDS, Candidate, Front, SearchResult

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 50
ALL, BEST, INK, GRID = "#7a828c", "#0072b2", "#20242a", "#d5d9de"


@dataclass(frozen=True, slots=True)
class _Scale:
    """A linear axis from `low` to `high` over pixels `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        span = self.high - self.low
        return self.start + (value - self.low) / span * (self.end - self.start) if span > 0 else self.start


def front_svg(result: SearchResult) -> str:
    """One panel per target: every network as a dot, the front as steps with diamonds and 80 % intervals.

    Between two networks of the front lies none that is as good as both: the line goes up first, then along.
    """
    height = HEIGHT * len(result.fronts)
    panels = "\n".join(
        f'<g transform="translate(0,{place * HEIGHT})">\n{_panel(each, result.proxy)}\n</g>'
        for place, each in enumerate(result.fronts)
    )
    title = "; ".join(
        f"{each.title}: {len(each.best)} of {len(each.candidates)} networks on the front"
        for each in result.fronts
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" font-family="sans-serif" font-size="12" fill="{INK}">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n{panels}\n</svg>\n'
    )


def _panel(found: Front, proxy: str) -> str:
    proxies = [one.proxy for one in found.candidates]
    energies = [one.energy_mj for one in found.candidates]
    energies += [one.energy_mj_high for one in found.best if math.isfinite(one.energy_mj_high)]
    unit = _unit(max(proxies))
    x_ticks, y_ticks = ticks(min(proxies), max(proxies)), ticks(0.0, max(energies))
    x = _Scale(x_ticks[0], x_ticks[-1], LEFT, WIDTH - RIGHT)
    y = _Scale(y_ticks[0], y_ticks[-1], HEIGHT - BOTTOM, TOP)
    words = f"{unit.words}{PROXY_WORDS.get(proxy, proxy)}"
    return "\n".join(
        [
            f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{escape(found.title)}</text>',
            *(_x_tick(tick, x, unit) for tick in x_ticks),
            *(_y_tick(tick, y) for tick in y_ticks),
            *(_dot(one, x, y) for one in found.candidates),
            _line(found.best, x, y),
            *(_whisker(one, x, y) for one in found.best),
            *(_diamond(one, x, y) for one in found.best),
            f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">'
            f"{escape(words[:1].upper() + words[1:])}</text>",
            f'<text transform="translate(16,{(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">'
            "Energy per inference (mJ)</text>",
        ]
    )


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`, about `wanted` steps of 1, 2 or 5."""
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / wanted))
    step = next(digit * power for digit in (1, 2, 5, 10) if span / (digit * power) <= wanted)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [place * step for place in range(first, max(last, first + 1) + 1)]


@dataclass(frozen=True, slots=True)
class _Unit:
    """What large numbers of a proxy are written in."""

    words: str
    size: float


def _unit(largest: float) -> _Unit:
    return next(
        (unit for unit in (_Unit("million ", 1e6), _Unit("thousand ", 1e3)) if largest >= unit.size), _PLAIN
    )


_PLAIN = _Unit("", 1.0)


def _x_tick(tick: float, x: _Scale, unit: _Unit) -> str:
    at = f"{x.at(tick):.1f}"
    return (
        f'<line x1="{at}" x2="{at}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="{GRID}"/>'
        f'<text x="{at}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{tick / unit.size:.4g}</text>'
    )


def _y_tick(tick: float, y: _Scale) -> str:
    at = y.at(tick)
    return (
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="{GRID}"/>'
        f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{tick:.4g}</text>'
    )


def _dot(one: Candidate, x: _Scale, y: _Scale) -> str:
    return f'<circle cx="{x.at(one.proxy):.1f}" cy="{y.at(one.energy_mj):.1f}" r="2.5" fill="{ALL}"/>'


def _line(best: Sequence[Candidate], x: _Scale, y: _Scale) -> str:
    corners: list[tuple[float, float]] = []
    for one in best:
        if corners:
            corners.append((corners[-1][0], y.at(one.energy_mj)))
        corners.append((x.at(one.proxy), y.at(one.energy_mj)))
    points = " ".join(f"{at_x:.1f},{at_y:.1f}" for at_x, at_y in corners)
    return f'<polyline points="{points}" fill="none" stroke="{BEST}" stroke-width="2"/>'


def _whisker(one: Candidate, x: _Scale, y: _Scale) -> str:
    if not (math.isfinite(one.energy_mj_low) and math.isfinite(one.energy_mj_high)):
        return ""
    at_x, low, high = x.at(one.proxy), y.at(one.energy_mj_low), y.at(one.energy_mj_high)
    return f'<line x1="{at_x:.1f}" x2="{at_x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="{INK}"/>'


def _diamond(one: Candidate, x: _Scale, y: _Scale) -> str:
    at_x, at_y = x.at(one.proxy), y.at(one.energy_mj)
    corners = f"{at_x - 5:.1f},{at_y:.1f} {at_x:.1f},{at_y - 5:.1f} {at_x + 5:.1f},{at_y:.1f} "
    label = escape(f"{one.id}: {one.energy_mj:.3g} mJ")
    return (
        f'<polygon points="{corners}{at_x:.1f},{at_y + 5:.1f}" fill="{BEST}"><title>{label}</title></polygon>'
    )
