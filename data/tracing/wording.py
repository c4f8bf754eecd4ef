"""Headings in other languages and spellings, brought to the words and units that are looked for."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_QUANTITIES: Final = {
    "time": "zeitstempel zeitpunkt uhrzeit temps horodatage heure tiempo hora tempo ora tijd aika tid czas "
    "время 时间 時間 時刻 时刻 시간",
    "power": "wirkleistung leistung puissance potencia potenza potencia vermogen effekt moc мощность 功率 "
    "消費電力 電力 电力 功耗 전력",
    "current": "stromstarke strom courant intensite corriente corrente stroom strom prad ток 电流 電流 전류",
    "voltage": "spannung tension voltaje tensione tensao spanning spanning napiecie напряжение 电压 電圧 "
    "電壓 전압",
    "energy": "energie energia енергия энергия 能量 电能 電力量 エネルギー 에너지",
    "date": "datum fecha data дата 日期 日付 날짜",
}
"""Quantity -> its names in German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian, Chinese,
Japanese and Korean, without accents."""
_WORD: Final = {word: quantity for quantity, words in _QUANTITIES.items() for word in words.split()}
_LATIN: Final = re.compile(
    rf"(?<![a-z])(?:{'|'.join(sorted((w for w in _WORD if w.isascii()), key=len, reverse=True))})(?![a-z])"
)
_OTHERS: Final = re.compile("|".join(sorted((w for w in _WORD if not w.isascii()), key=len, reverse=True)))
_CAMEL: Final = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z])|(?<=[A-Z]{2})(?=[A-Z][a-z]{3})")
_GLUED: Final = re.compile(r"(?<![A-Za-z])([Pp]ower|[Cc]urrent|[Vv]oltage|[Ee]nergy)(?=[munkµμ]?[WAVJ]h?$)")
_MICRO_NAMED: Final = re.compile(r"&(?:micro|mu|#181|#956);|\\u00b5|\\xb5")


_IN_UNIT: Final = re.compile(r"^(.*\b(?:CH|C)\d+|.*?)(?:(?:^|\s)in\s|(?<=CH\d))([nuµm]?[sAVWJ]|k?Wh)$")
"""A unit behind "in", or glued to a channel, as oscilloscopes head their tables: "C1 in V", "CH1V"."""


def spelled_out(heading: str) -> str:
    """A heading with its words apart: "PkgWatt" -> "Pkg Watt", "powermW" -> "power mW"; widths made one."""
    text = _MICRO_NAMED.sub("µ", heading.strip().strip("\"'"))
    text = _IN_UNIT.sub(r"\1 (\2)", text.translate(_WIDE))
    return _CAMEL.sub(" ", _GLUED.sub(r"\1 ", text))


_WIDE: Final = {0xFF08: "(", 0xFF09: ")", 0xFF3B: "[", 0xFF3D: "]", 0xFF0C: ",", 0xFF0F: "/", 0x3000: " "}
"""Signs of full width, as Chinese and Japanese tables write them."""


def in_english(text: str) -> str:
    """A heading in lower case with the words of other languages for its quantity said in English."""
    bare = text
    if not bare.isascii():
        bare = _OTHERS.sub(lambda found: f" {_WORD[found[0]]} ", bare)
        apart = unicodedata.normalize("NFD", bare)
        bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return _LATIN.sub(lambda found: _WORD[found[0]], bare)
