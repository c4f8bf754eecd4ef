"""Radio links for split computing: how fast a device sends, and what a byte costs it.

Power while sending at t Mbit/s: P = slope * t + base (mW). Sending at full speed a byte takes 8 / t
microseconds, so it costs (slope * t + base) * 8e-6 / t mJ. The lines of LTE and 5G are fitted
to the published samples of

  Narayanan, Zhang, Zhu, Hassan, Jin, Zhu, Zhang, Rybkin, Yang, Mao, Qian, Zhang: "A Variegated Look at 5G in
  the Wild: Performance, Power, and QoE Implications", SIGCOMM 2021, doi 10.1145/3452296.3472923, artifact
  github.com/SIGCOMM21-5G/artifact at 35aaf285 (Samsung S20 class, power by a Monsoon monitor)

and `points` are means of those samples (speed, microjoule a byte). The interval of a byte's energy is how far
points lie from the line, the farthest on either side: other phones, places and networks are not in it.
Wi-Fi: USB adapters at full speed, current times nominal voltage (github.com/morrownr/USB-WiFi at 0b31330f,
Performance_Comparison.md, and its issues 107 and 309). Bluetooth: a lab report on an nRF54L15 kit of 2026,
not reviewed. No figure per byte of a phone's own Wi-Fi was found.

Earlier releases used figures of 2012 (Huang et al., MobiSys 2012, doi 10.1145/2307636.2307658: LTE 5.2 at 6
Mbit/s), second hand; the radios of today cost 0.02 to 5 microjoules a byte.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from data.messages import Message
from predictors.errors import InputError, printable

VARIEGATED = "Narayanan et al., SIGCOMM 2021, doi 10.1145/3452296.3472923, artifact data"
ADAPTERS = "morrownr/USB-WiFi, measurements of USB adapters, 2021 to 2023"
KIT = "lab report on an nRF54L15 kit, 2026, not reviewed"
LEAST_FIGURE, MOST_FIGURE = 1e-9, 1e12
"""Smallest and largest figure of a link: no radio comes near, and no sum of such figures is infinite."""


class LinkScope(StrEnum):
    """What the energy of a byte is the energy of."""

    WHOLE_PHONE = "whole phone, screen on"
    RADIO = "radio alone"
    ADAPTER = "USB adapter alone"


@dataclass(frozen=True, slots=True)
class Radio:
    """A kind of link: slope (mW per Mbit/s) and base (mW) of the power while sending, and its usual speed.

    `points` are what was measured: speed (Mbit/s) and energy of a byte (microjoule).
    """

    id: str
    title: str
    slope_mw_per_mbit_s: float
    base_mw: float
    uplink_mbit_s: float
    scope: LinkScope
    source: str
    points: tuple[tuple[float, float], ...]

    def energy_mj_per_byte(self, uplink_mbit_s: float) -> float:
        """Energy of one byte sent at full speed (mJ)."""
        return (self.slope_mw_per_mbit_s * uplink_mbit_s + self.base_mw) * 8e-6 / uplink_mbit_s

    @property
    def shares(self) -> tuple[float, float]:
        """Lowest and highest energy of a byte as a share of the line's, over all points."""
        ratios = [uj / (1000.0 * self.energy_mj_per_byte(speed)) for speed, uj in self.points]
        return min(1.0, *ratios), max(1.0, *ratios)

    @property
    def speeds_mbit_s(self) -> tuple[float, float]:
        """Slowest and fastest sending that was measured."""
        speeds = [speed for speed, _ in self.points]
        return min(speeds), max(speeds)


RADIOS: dict[str, Radio] = {
    radio.id: radio
    for radio in (
        Radio(
            "wifi", "Wi-Fi 5", 0.0, 2000.0, 200.0, LinkScope.ADAPTER, ADAPTERS,
            ((137.0, 0.111), (281.0, 0.114), (305.0, 0.068), (237.0, 0.064), (157.0, 0.069), (171.0, 0.098)),
        ),
        Radio(
            "wifi6", "Wi-Fi 6", 0.0, 1425.0, 472.0, LinkScope.ADAPTER, ADAPTERS,
            ((472.0, 0.023), (472.0, 0.025)),
        ),
        Radio(
            "lte", "LTE", 76.7, 2926.0, 10.2, LinkScope.WHOLE_PHONE, VARIEGATED,
            (
                (1.02, 22.8), (3.06, 8.49), (5.1, 4.94), (7.14, 4.17), (10.2, 2.82), (15.3, 2.16),
                (17.4, 2.01), (22.0, 1.70),
            ),
        ),
        Radio(
            "5g-nsa", "5G (low band, with LTE)", 32.2, 3199.0, 20.4, LinkScope.WHOLE_PHONE, VARIEGATED,
            ((1.02, 24.7), (10.2, 3.01), (20.4, 1.39), (30.6, 1.09), (40.8, 0.90)),
        ),
        Radio(
            "5g-mmwave", "5G (millimetre waves)", 8.88, 5664.0, 102.0, LinkScope.WHOLE_PHONE, VARIEGATED,
            ((1.02, 42.4), (10.2, 4.36), (51.0, 0.97), (102.0, 0.52), (194.0, 0.30)),
        ),
        Radio(
            "5g-sa", "5G (low band, alone)", 7.61, 1800.0, 27.7, LinkScope.RADIO, VARIEGATED,
            ((2.76, 5.17), (7.85, 1.99), (15.5, 1.00), (25.7, 0.634), (39.2, 0.429), (52.0, 0.304)),
        ),
        Radio(
            "ble", "Bluetooth LE", 0.0, 49.0, 0.528, LinkScope.RADIO, KIT,
            ((0.5416, 0.906), (0.5147, 0.571)),
        ),
    )
}  # fmt: skip
"""Lines of Wi-Fi and Bluetooth are flat: the median power of what was measured at full speed."""


@dataclass(frozen=True, slots=True)
class Link:
    """The link a split network sends over.

    `energy_mj_per_byte`: what the device spends on a byte (mJ), between `low_share` and `high_share` of it.
    `round_trip_ms`: added to the latency of every cut that sends. `server_speedup`: how many times faster the
    server is than the device; None leaves the server's time out. `basis` says where the figures come from,
    `radio_id` and `scope` of which radio and of what they are where the reader gave no energy.
    """

    uplink_mbit_s: float
    energy_mj_per_byte: float
    round_trip_ms: float = 0.0
    server_speedup: float | None = None
    basis: str = ""
    low_share: float = 1.0
    high_share: float = 1.0
    radio_id: str = ""
    scope: LinkScope | None = None

    def send_ms(self, size_bytes: int) -> float:
        """Time to send (ms)."""
        return size_bytes * 8e-3 / self.uplink_mbit_s

    def send_mj(self, size_bytes: int) -> float:
        """Energy to send (mJ)."""
        return size_bytes * self.energy_mj_per_byte

    def low_mj(self, send_mj: float) -> float:
        """How much less than `send_mj` sending may take (mJ)."""
        return send_mj * (1.0 - self.low_share)

    def high_mj(self, send_mj: float) -> float:
        """How much more than `send_mj` sending may take (mJ)."""
        return send_mj * (self.high_share - 1.0)


def make_link(
    radio_id: str = "wifi",
    *,
    uplink_mbit_s: float | None = None,
    energy_uj_per_byte: float | None = None,
    round_trip_ms: float = 0.0,
    server_speedup: float | None = None,
) -> Link:
    """A link of a known radio, with the speed (Mbit/s) and energy (microjoule per byte) given or its usual.

    A given energy is taken as exact. Raises InputError OPTION_VALUE for an unknown radio or a figure that
    makes no sense.
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
    basis = _basis(radio, uplink_mbit_s is None, energy_uj_per_byte is None)
    if energy_uj_per_byte is not None:
        return Link(speed, energy_uj_per_byte / 1000.0, round_trip_ms, server_speedup, basis)
    cost, (low, high) = radio.energy_mj_per_byte(speed), radio.shares
    return Link(speed, cost, round_trip_ms, server_speedup, basis, low, high, radio_id, radio.scope)


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
    speed = f"{radio.title} uplink at {radio.uplink_mbit_s:g} Mbit/s, one that was measured"
    speed = speed if usual_speed else f"{radio.title} uplink as given"
    cost = "energy per byte as given"
    if usual_cost:
        cost = f"energy per byte of the {radio.scope.value}, {radio.source}"
    return f"{speed}; {cost}"
