"""Radio links for split computing: how fast a device sends, and what a byte costs it.

Power while sending at t Mbit/s: P = alpha * t + beta (mW), as Huang, Qian, Gerber, Mao, Sen and Spatscheck
model it in "A Close Examination of Performance and Power Characteristics of 4G LTE Networks" (MobiSys 2012,
doi 10.1145/2307636.2307658): uplink slope (mW per Mbit/s) and base (mW) of their data transfer power model.
Sending at full speed a byte takes 8 / t microseconds, so it costs (alpha * t + beta) * 8e-6 / t mJ.

The figures are second hand: of the paper only the abstract could be read (median LTE uplink 6 Mbit/s). A
public design note names this paper as the origin of the LTE slope and base; a public program that cites
JointDNN (Eshratifar et al., arXiv 1801.08618) holds the slopes of all three radios, and others repeat some of
them without a source. None was found with other digits. The phones are those of 2012, and the
line is drawn on to speeds they did not reach (Wi-Fi at 20 Mbit/s: 5.8 W): newer radios cost less per byte, so
whoever knows better gives a figure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from data.messages import Message
from predictors.errors import InputError, printable

HUANG = "Huang et al., MobiSys 2012, doi 10.1145/2307636.2307658"
LEAST_FIGURE, MOST_FIGURE = 1e-9, 1e12
"""Smallest and largest figure of a link: no radio comes near, and no sum of such figures is infinite."""
SECOND_HAND = "as later works quote it, phones of that year"


@dataclass(frozen=True, slots=True)
class Radio:
    """A kind of link: slope (mW per Mbit/s) and base (mW) of the power while sending, and its usual speed."""

    id: str
    title: str
    slope_mw_per_mbit_s: float
    base_mw: float
    uplink_mbit_s: float
    speed_source: str

    def energy_mj_per_byte(self, uplink_mbit_s: float) -> float:
        """Energy of one byte sent at full speed (mJ)."""
        return (self.slope_mw_per_mbit_s * uplink_mbit_s + self.base_mw) * 8e-6 / uplink_mbit_s


RADIOS: dict[str, Radio] = {
    radio.id: radio
    for radio in (
        Radio("wifi", "Wi-Fi", 283.17, 132.86, 20.0, "assumed: a usual home uplink"),
        Radio("lte", "LTE", 438.39, 1288.04, 6.0, f"median of the users in {HUANG}, abstract"),
        Radio("3g", "3G", 868.98, 817.88, 1.0, "assumed: a usual HSPA uplink"),
    )
}


@dataclass(frozen=True, slots=True)
class Link:
    """The link a split network sends over.

    `energy_mj_per_byte`: what the device spends on a byte (mJ). `round_trip_ms`: added to the latency of
    every cut that sends. `server_speedup`: how many times faster the server is than the device; None leaves
    the server's time out. `basis` says where the figures come from.
    """

    uplink_mbit_s: float
    energy_mj_per_byte: float
    round_trip_ms: float = 0.0
    server_speedup: float | None = None
    basis: str = ""

    def send_ms(self, size_bytes: int) -> float:
        """Time to send (ms)."""
        return size_bytes * 8e-3 / self.uplink_mbit_s

    def send_mj(self, size_bytes: int) -> float:
        """Energy to send (mJ)."""
        return size_bytes * self.energy_mj_per_byte


def make_link(
    radio_id: str = "wifi",
    *,
    uplink_mbit_s: float | None = None,
    energy_uj_per_byte: float | None = None,
    round_trip_ms: float = 0.0,
    server_speedup: float | None = None,
) -> Link:
    """A link of a known radio, with the speed (Mbit/s) and energy (microjoule per byte) given or its usual.

    Raises InputError OPTION_VALUE for an unknown radio or a figure that makes no sense.
    """
    radio = RADIOS.get(radio_id)
    if radio is None:
        known = ", ".join(RADIOS)
        raise InputError(
            "OPTION_VALUE",
            "There is no link {radio_id!r}. Choose one of: {known}.",
            radio_id=printable(radio_id),
            known=known,
        )
    _check("uplink", uplink_mbit_s, can_be_zero=False)
    _check("energy per byte", energy_uj_per_byte, can_be_zero=True)
    _check("round trip", round_trip_ms, can_be_zero=True)
    _check("server speed-up", server_speedup, can_be_zero=False)
    speed = radio.uplink_mbit_s if uplink_mbit_s is None else uplink_mbit_s
    given = energy_uj_per_byte is not None
    cost = energy_uj_per_byte / 1000.0 if given else radio.energy_mj_per_byte(speed)  # type: ignore[operator]
    return Link(speed, cost, round_trip_ms, server_speedup, _basis(radio, uplink_mbit_s is None, not given))


def _check(what: str, figure: float | None, *, can_be_zero: bool) -> None:
    if figure is None or LEAST_FIGURE <= figure <= MOST_FIGURE or (can_be_zero and figure == 0.0):
        return
    if math.isfinite(figure) and figure > 0.0:
        raise InputError(
            "OPTION_VALUE",
            "The {what} is {figure:g}; it takes a number between {least:g} and {most:g}. Change it and try "
            "again.",
            what=what,
            figure=figure,
            least=LEAST_FIGURE,
            most=MOST_FIGURE,
        )
    message = Message(
        "The {what} is {figure}; it takes a number above 0. Change it and try again.",
        what=what,
        figure=figure,
    )
    if can_be_zero:
        message = Message(
            "The {what} is {figure}; it takes 0 or a number above it. Change it and try again.",
            what=what,
            figure=figure,
        )
    raise InputError("OPTION_VALUE", message)


def _basis(radio: Radio, usual_speed: bool, usual_cost: bool) -> str:
    speed = f"{radio.title} uplink {radio.speed_source}" if usual_speed else f"{radio.title} uplink as given"
    cost = f"power while sending after {HUANG}, {SECOND_HAND}" if usual_cost else "energy per byte as given"
    return f"{speed}; {cost}"
