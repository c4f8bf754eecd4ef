"""Where to cut a network between device and server, in sentences; and what the figures of a link rest on."""

from __future__ import annotations

import math
from typing import Final

from app.estimate.what_if_view import signed_range
from app.i18n.formats import count, energy, energy_range, in_words, latency, number
from app.i18n.texts import mark, t, tn
from predictors.errors import printable
from predictors.research.radio_links import HUANG
from predictors.research.split_result import NAMED, Cut, Split

LEFT_OUT: Final = mark(
    "Not counted: the answer that comes back, protocol overhead, the time a radio stays awake afterwards, "
    "and what the device draws while it waits."
)
SPEEDS: Final[dict[str, str]] = {
    "wifi": mark("assumed, a usual home uplink"),
    "lte": mark("median of the users in {paper}, abstract"),
    "3g": mark("assumed, a usual HSPA uplink"),
}
"""Radio -> where its usual speed is from."""


def split_words(split: Split) -> list[str]:
    """Return where to cut for energy and for latency, a sentence each, and what could not be cut."""
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


def basis_words(radio_id: str, title: str, *, own_speed: bool, own_cost: bool) -> str:
    """Return in a sentence what speed and cost of a link rest on; `title` is the radio's name."""
    speed = t("as given") if own_speed else speed_words(radio_id)
    if own_cost:
        return t("{radio} uplink: {speed}; energy per byte: as given.", radio=title, speed=speed)
    return t(
        "{radio} uplink: {speed}; energy per byte: power while sending after {paper}, as later works quote "
        "it, phones of that year.",
        radio=title,
        speed=speed,
        paper=HUANG,
    )


def speed_words(radio_id: str) -> str:
    """Return where the usual speed of a radio is from."""
    return t(SPEEDS[radio_id], paper=HUANG)


def kernels_words(kernels: int) -> str:
    """Return how much stays on the device: "5 kernels on the device"."""
    return tn("{n} kernel on the device", "{n} kernels on the device", kernels)


def cut_words(after: str) -> str:
    """Return where a cut is, for its line in a table; `after` is the last kernel's name, "" for none."""
    return t("after {kernel}", kernel=printable(after, 60)) if after else t("the input is sent")
