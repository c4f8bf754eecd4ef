"""Where to cut a network between device and server, in sentences; and what the figures of a link rest on."""

from __future__ import annotations

import math
from typing import Final

from app.estimate.what_if_view import signed_range
from app.i18n.formats import count, energy, energy_range, in_words, latency, number, percent
from app.i18n.texts import mark, t, tn
from app.ui.scopes import scope_words
from predictors.errors import printable
from predictors.research.radio_links import LinkScope, Radio
from predictors.research.split_result import NAMED, Cut, Split
from predictors.results.figures import Scope

RANGE: Final = mark("Thin lines: 80 % range, of the estimate and of the link.")
LEFT_OUT: Final = mark(
    "Not counted: the answer that comes back, protocol overhead, the time a radio stays awake afterwards "
    "(5G 10.6 s, at a power that was not published), and what the device draws while it waits."
)
LINK_SCOPES: Final[dict[LinkScope, str]] = {
    LinkScope.WHOLE_PHONE: mark("whole phone, screen on"),
    LinkScope.RADIO: mark("radio alone"),
    LinkScope.ADAPTER: mark("USB adapter alone"),
}
"""Scope of the energy of a byte, in words."""


def split_words(split: Split) -> list[str]:
    """Return where to cut for energy and for latency, a sentence each, and what could not be cut."""
    if split.estimate.scope is Scope.KERNELS:
        return [
            t(
                "No cut is named best: the figures of computing are the kernels alone, those of sending are "
                "whole. Choose a delegate with a figure for the application."
            )
        ]
    sentences = [_energy_words(split), *_as_good_words(split), _latency_words(split), *_missing(split)]
    unknown = sum(not cut.is_known for cut in split.cuts)
    if unknown:
        sentences.append(
            tn(
                "{n} cut is left out of this: the shape of what it sends is unknown.",
                "{n} cuts are left out of this: the shape of what they send is unknown.",
                unknown,
            )
        )
    if split.left_out:
        sentences.append(
            tn(
                "{n} place between kernels allows no cut.",
                "{n} places between kernels allow no cut.",
                len(split.left_out),
            )
        )
    return sentences


def _energy_words(split: Split) -> str:
    whole, least = split.cuts[-1], split.best_energy
    if least.kernels == whole.kernels:
        return t(
            "Least energy on the device: {place}, {energy}.",
            place=place_words(split, least),
            energy=energy(least.energy_mj),
        )
    less = split.less_than(least, whole)
    ends = less.energy_mj_low, less.energy_mj_high
    return t(
        "Least energy on the device: {place}, {energy} instead of {whole} without a server ({saved} less, "
        "{interval}).",
        place=place_words(split, least),
        energy=energy(least.energy_mj),
        whole=energy(whole.energy_mj),
        saved=energy(less.energy_mj),
        interval=in_words(energy_range(*ends) if ends[0] >= 0 else signed_range(*ends)),
    )


def _as_good_words(split: Split) -> list[str]:
    """Return the cuts whose energy is within the error of the best one's, the nearest of them by name."""
    level = split.as_good
    if not level:
        return []
    places = "; ".join(place_words(split, cut) for cut in level[:NAMED])
    if len(level) <= NAMED:
        return [t("Cannot be told apart from it in energy: {places}.", places=places)]
    more = count(len(level) - NAMED)
    return [t("Cannot be told apart from it in energy: {places}; {more} more.", places=places, more=more)]


def _latency_words(split: Split) -> str:
    whole, first = split.cuts[-1], split.best_latency
    place, time = place_words(split, first), latency(first.latency_ms)
    if first.kernels == whole.kernels:
        return t("First answer: {place}, {time}.", place=place, time=time)
    return t(
        "First answer: {place}, {time} instead of {whole} without a server.",
        place=place,
        time=time,
        whole=latency(whole.latency_ms),
    )


def _missing(split: Split) -> list[str]:
    """What the time of the first answer leaves out because the reader has not given it."""
    if split.best_latency.kernels == split.cuts[-1].kernels:
        return []
    trip, server = bool(split.link.round_trip_ms), bool(split.link.server_speedup)
    if trip and server:
        return []
    if trip:
        return [t("That leaves out the server's own time, which you can give.")]
    if server:
        return [t("That leaves out the round trip, which you can give.")]
    return [t("That leaves out the round trip and the server's own time, which you can give.")]


def place_words(split: Split, cut: Cut) -> str:
    """Return where a cut is: "send the input", "cut after kernel 4 (fire3)", "all on the device"."""
    size = size_words(cut.sent_bytes)
    if cut.kernels == 0:
        return t("send the input ({size})", size=size)
    if cut.kernels == len(split.estimate.kernels):
        return t("all on the device")
    return t(
        "cut after kernel {index} ({name}), send {size}",
        index=cut.kernels - 1,
        name=printable(cut.after, 40),
        size=size,
    )


def size_words(size: int | None) -> str:
    """Return a size (bytes) as "150 kB"; "an unknown size" for None."""
    if size is None:
        return t("an unknown size")
    if size < 1000:
        return tn("{n} byte", "{n} bytes", size)
    power = min(int(math.log10(size) // 3), 3)
    return f"{number(size / 1000**power)} {('', 'kB', 'MB', 'GB')[power]}"


def basis_words(radio: Radio, *, own_speed: bool, own_cost: bool) -> str:
    """Return in a sentence what speed and cost of a link rest on."""
    speed = t("as given") if own_speed else speed_words(radio)
    if own_cost:
        return t("{radio} uplink: {speed}; energy per byte: as given.", radio=radio.title, speed=speed)
    low, high = radio.shares
    return t(
        "{radio} uplink: {speed}; energy per byte: {scope}, {source}, measured {slowest} to {fastest} "
        "Mbit/s, between {low} and {high} of the figure used.",
        radio=radio.title,
        speed=speed,
        scope=t(LINK_SCOPES[radio.scope]),
        source=radio.source,
        slowest=number(radio.speeds_mbit_s[0]),
        fastest=number(radio.speeds_mbit_s[1]),
        low=percent(low),
        high=percent(high),
    )


def speed_words(radio: Radio) -> str:
    """Return where the usual speed of a radio is from."""
    return t("{speed} Mbit/s, at which it was measured", speed=number(radio.uplink_mbit_s))


def scopes_words(split: Split) -> str:
    """Return whether computing and sending are figures of one thing, "" where the reader gave the cost."""
    if split.link.scope is None:
        return ""
    computing, sending = scope_words(split.estimate.scope), t(LINK_SCOPES[split.link.scope])
    is_whole = split.link.scope is LinkScope.WHOLE_PHONE
    if split.estimate.scope is Scope.APPLICATION and is_whole:
        return t("Computing and sending on one scale: {computing}.", computing=computing)
    return t(
        "Two scales: computing is the {computing}, sending the {sending}. What is added up here is therefore "
        "rough.",
        computing=computing,
        sending=sending,
    )


def kernels_words(kernels: int) -> str:
    """Return how much stays on the device: "5 kernels on the device"."""
    return tn("{n} kernel on the device", "{n} kernels on the device", kernels)


def cut_words(after: str) -> str:
    """Return where a cut is, for its line in a table; `after` is the last kernel's name, "" for none."""
    return t("after {kernel}", kernel=printable(after, 60)) if after else t("the input is sent")
