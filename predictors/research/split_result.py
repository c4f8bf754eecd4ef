"""What a split found: every cut, and where to cut in words and as a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from predictors.errors import printable
from predictors.research.radio_links import Link
from predictors.results.estimates import Estimate
from predictors.results.figures import Scope
from predictors.results.frames import html_table, rounded, short, versions_line
from predictors.results.report import ModelReport
from predictors.results.shared_error import RunErrors

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Sent:
    """A tensor that crosses a cut and its size in bytes; None where its shape is unknown."""

    name: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Cut:
    """The first `kernels` kernels on the device, `tensors` tensors over the link, the rest on the server.

    `sent` names the first of them (see `predictors.research.split.MOST_NAMED`).
    `sent_bytes` is None where a shape is unknown; energies (mJ) and latencies (ms) that need it are NaN.
    `energy_mj` is the device's own: computing and sending, with the intervals of both; a link whose
    energy the reader gave is exact. `latency_ms` holds computing, sending, round trip and the server's time,
    if known.
    """

    kernels: int
    after: str
    sent: tuple[Sent, ...]
    tensors: int
    sent_bytes: int | None
    device_energy_mj: float
    device_latency_ms: float
    send_energy_mj: float
    send_ms: float
    server_ms: float
    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float
    latency_ms: float

    @property
    def is_known(self) -> bool:
        """Whether all that has to be sent is known."""
        return self.sent_bytes is not None


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two energies (mJ) and the ends of its interval."""

    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float


@dataclass(frozen=True, slots=True)
class _Spent:
    """What the first 0, 1, 2, ... kernels take: energy (mJ), time (ms), and how far the energy may be off."""

    energy_mj: tuple[float, ...]
    latency_ms: tuple[float, ...]
    low: RunErrors
    high: RunErrors


@dataclass(frozen=True)
class Split:
    """Every cut of a network on one device over one link, from "all sent" to "all on the device".

    `left_out` are places where no cut is possible, because a kernel reads what a later one makes.
    `input_bytes` is what the input takes as a file, if that was given.
    """

    report: ModelReport
    link: Link
    send_precision: str
    cuts: tuple[Cut, ...]
    left_out: tuple[int, ...] = ()
    input_bytes: int | None = None

    @property
    def estimate(self) -> Estimate:
        """The estimate of the whole network on the device."""
        return self.report.estimates[0]

    @cached_property
    def best_energy(self) -> Cut:
        """The cut with which the device spends least; of equals the one that sends least."""
        return min(self._known(), key=lambda cut: (cut.energy_mj, -cut.kernels))

    @cached_property
    def best_latency(self) -> Cut:
        """The cut that answers first; of equals the one that sends least."""
        return min(self._known(), key=lambda cut: (cut.latency_ms, -cut.kernels))

    def less_than(self, one: Cut, other: Cut) -> Difference:
        """How much less energy the device spends with `one` than with `other`.

        What both compute on the device is the same and cancels, as does what both send: the interval is that
        of the kernels between and of the bytes that only one of them sends.
        """
        first, second = sorted((one.kernels, other.kernels))
        low, high = self._spent.low.width_mj(first, second), self._spent.high.width_mj(first, second)
        if one.kernels > other.kernels:  # what is not known stands with the minus sign
            low, high = high, low
        more_sent = other.send_energy_mj - one.send_energy_mj
        link_low, link_high = self.link.low_mj(abs(more_sent)), self.link.high_mj(abs(more_sent))
        if more_sent < 0:
            link_low, link_high = link_high, link_low
        saved = other.energy_mj - one.energy_mj
        return Difference(saved, saved - math.hypot(low, link_low), saved + math.hypot(high, link_high))

    @cached_property
    def as_good(self) -> tuple[Cut, ...]:
        """Cuts that cannot be told apart from the one with least energy, nearest first."""
        best = self.best_energy
        others = [(self.less_than(best, cut), cut) for cut in self._known() if cut != best]
        level = [(less.energy_mj, cut.kernels, cut) for less, cut in others if less.energy_mj_low <= 0.0]
        return tuple(cut for _, _, cut in sorted(level, key=lambda item: item[:2]))

    def to_frame(self) -> pd.DataFrame:
        """One row per cut (see `predictors.research.split_result.split_frame`)."""

        return split_frame(self)

    def _repr_html_(self) -> str:
        """The table a notebook shows."""

        return split_html(self)

    @cached_property
    def _spent(self) -> _Spent:
        return _spent(self.estimate)

    def _known(self) -> tuple[Cut, ...]:
        return tuple(cut for cut in self.cuts if cut.is_known)


def _spent(estimate: Estimate) -> _Spent:
    estimate = estimate.in_parts()
    return _Spent(
        tuple(accumulate((part.energy_mj for part in estimate.kernels), initial=0.0)),
        tuple(accumulate((part.latency_ms for part in estimate.kernels), initial=0.0)),
        RunErrors(estimate, "low"),
        RunErrors(estimate, "high"),
    )


LEFT_OUT = (
    "Not counted: the answer that comes back, protocol overhead, the time a radio stays awake afterwards (5G "
    "10.6 s, at a power that was not published), and what the device draws while it waits."
)


NAMED = 3
"""Cuts as good as the best that a sentence names."""


CUT_COLUMNS = (
    "kernels_on_device", "after", "sent_bytes", "tensors", "tensors_in_all", "device_energy_mj",
    "send_energy_mj", "energy_mj", "energy_mj_low", "energy_mj_high", "device_latency_ms", "send_ms",
    "server_ms", "latency_ms", "best", "less_than_whole_mj", "less_than_whole_mj_low",
    "less_than_whole_mj_high",
)  # fmt: skip


def split_sentences(split: Split) -> list[str]:
    """Where to cut for energy and for latency, in words, and what the figures leave out."""
    if split.estimate.scope is Scope.KERNELS:
        # The kernels alone against the whole energy of sending: on a GPU 27 of 34 best cuts would change.
        return [
            "No cut is named best: the figures of computing are the kernels alone, those of sending are "
            "whole. Choose a delegate with a figure for the application."
        ]
    sentences = [_energy_sentence(split), *_as_good(split), _latency_sentence(split)]
    unknown = sum(not cut.is_known for cut in split.cuts)
    if unknown:
        sentences.append(f"{unknown} cuts are left out of this: the shape of what they send is unknown.")
    if split.left_out:
        sentences.append(f"{len(split.left_out)} places between kernels allow no cut.")
    return sentences


def _energy_sentence(split: Split) -> str:
    whole, least = split.cuts[-1], split.best_energy
    words = f"Least energy on the device: {place_words(split, least)}, {short(least.energy_mj)} mJ"
    if least.kernels == whole.kernels:
        return f"{words}."
    less = split.less_than(least, whole)
    return (
        f"{words} instead of {short(whole.energy_mj)} mJ without a server ({short(less.energy_mj)} mJ less, "
        f"8 in 10 times between {short(less.energy_mj_low)} and {short(less.energy_mj_high)} mJ)."
    )


def _as_good(split: Split) -> list[str]:
    """The cuts whose energy is within the error of the best one's, the nearest of them by name."""
    level = split.as_good
    if not level:
        return []
    named = "; ".join(place_words(split, cut) for cut in level[:NAMED])
    more = f"; {len(level) - NAMED} more" if len(level) > NAMED else ""
    return [f"Cannot be told apart from it in energy: {named}{more}."]


def _latency_sentence(split: Split) -> str:
    whole, first = split.cuts[-1], split.best_latency
    words = f"First answer: {place_words(split, first)}, {short(first.latency_ms)} ms"
    if first.kernels != whole.kernels:
        words += f" instead of {short(whole.latency_ms)} ms without a server"
    missing = [] if split.link.round_trip_ms else ["the round trip"]
    missing += [] if split.link.server_speedup else ["the server's own time"]
    if missing and first.kernels != whole.kernels:
        words += f"; without {' and '.join(missing)}, which you can give"
    return f"{words}."


def place_words(split: Split, cut: Cut) -> str:
    """Where a cut is: "send the input", "cut after kernel 4 (fire3)", "all on the device"."""
    if cut.kernels == 0:
        return f"send the input ({bytes_words(cut.sent_bytes)})"
    if cut.kernels == len(split.estimate.kernels):
        return "all on the device"
    where = f"cut after kernel {cut.kernels - 1} ({printable(cut.after, 40)})"
    return f"{where}, send {bytes_words(cut.sent_bytes)}"


def bytes_words(size: int | None) -> str:
    """A size as "150 kB"; "unknown" for None."""
    if size is None:
        return "an unknown size"
    if size < 1000:
        return f"{size} bytes"
    power = min(int(math.log10(size) // 3), 3)
    return f"{short(size / 1000**power)} {('', 'kB', 'MB', 'GB')[power]}"


def cut_dict(split: Split, cut: Cut) -> dict[str, Any]:
    """One cut as plain data, in the order of `CUT_COLUMNS`; None for what an unknown shape hides."""
    best = [
        name for name, each in (("energy", split.best_energy), ("latency", split.best_latency)) if each == cut
    ]
    return {
        "kernels_on_device": cut.kernels,
        "after": cut.after,
        "sent_bytes": cut.sent_bytes,
        "tensors": [{"name": each.name, "size_bytes": each.size_bytes} for each in cut.sent],
        "tensors_in_all": cut.tensors,
        "device_energy_mj": _figure(cut.device_energy_mj),
        "send_energy_mj": _figure(cut.send_energy_mj),
        "energy_mj": _figure(cut.energy_mj),
        "energy_mj_low": _figure(cut.energy_mj_low),
        "energy_mj_high": _figure(cut.energy_mj_high),
        "device_latency_ms": _figure(cut.device_latency_ms),
        "send_ms": _figure(cut.send_ms),
        "server_ms": _figure(cut.server_ms),
        "latency_ms": _figure(cut.latency_ms),
        "best": best,
        **_less(split.less_than(cut, split.cuts[-1])),
    }


def cut_row(split: Split, cut: Cut) -> dict[str, Any]:
    """The same with lists as words: a row of a table."""
    tensors = " ".join(each.name for each in cut.sent)
    if cut.tensors > len(cut.sent):
        tensors += f" … and {cut.tensors - len(cut.sent):,} more"
    row = cut_dict(split, cut)
    return {**row, "tensors": tensors, "best": " ".join(row["best"])}


def _less(less: Difference) -> dict[str, float | None]:
    """How much less than all on the device; every figure unknown where what is sent is."""
    return {
        "less_than_whole_mj": _figure(less.energy_mj),
        "less_than_whole_mj_low": _figure(less.energy_mj_low),
        "less_than_whole_mj_high": _figure(less.energy_mj_high),
    }


def _figure(figure: float) -> float | None:
    return None if math.isnan(figure) else rounded(figure)


SHOWN_SPLIT = (
    "kernels_on_device", "after", "sent_bytes", "device_energy_mj", "send_energy_mj", "energy_mj",
    "energy_mj_low", "energy_mj_high", "latency_ms", "best",
)  # fmt: skip


def split_frame(split: Split) -> pd.DataFrame:
    """One row per cut: the fields of the JSON (bytes, mJ, ms), `tensors` and `best` as words."""
    import pandas as pd

    return pd.DataFrame([cut_row(split, cut) for cut in split.cuts], columns=list(CUT_COLUMNS))


def split_html(split: Split) -> str:
    """Every cut as an HTML table for notebooks, where to cut in words above."""
    notes = [
        LEFT_OUT,
        split.link.basis,
        versions_line(split.report.data_version, split.report.method_version),
    ]
    return html_table(split_frame(split), SHOWN_SPLIT, split_sentences(split), notes)
