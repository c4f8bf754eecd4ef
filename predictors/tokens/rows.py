"""What was measured per token: rows of the bundle by device, software, model, format and power mode."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

    from data import Bundle

LOW_BIT: Final = frozenset({"Q1_0", "Q2_0"})
"""Formats of one and two bits. Per megabyte they cost two to three times as much as Q4 and Q8."""
_SOFTWARE: Final = (
    ("llama.cpp", "llama.cpp"),
    ("ollama", "Ollama"),
)
"""Beginning of a software's name in the data -> family, where only the version behind it differs."""
AGX_ORIN_RAIL: Final = "GPU+SOC"
_NOT_WORDS: Final = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One measurement of writing (decode) or reading (prefill).

    `energy_mj` per token, `tokens_per_s`; `flagged` where a declared correction marks the energy;
    `params_m` and `weights_mb` None where nobody states them, "" likewise for texts.
    """

    device_id: str
    software: str
    family: str
    power_mode: str
    model: str
    weight_format: str
    params_m: float | None
    weights_mb: float | None
    phase: str
    input_tokens: int | None
    output_tokens: int | None
    energy_mj: float
    tokens_per_s: float
    duration_s: float
    method: str
    scope: str
    rail: str
    source_id: str
    measured_in: str
    flagged: bool

    @property
    def is_low_bit(self) -> bool:
        """Whether the weights have one or two bits."""
        return self.weight_format in LOW_BIT


def token_rows() -> tuple[TokenRow, ...]:
    """Every row of the bundle, in its order."""
    from data import kept_bundle

    return _rows_of(kept_bundle())


@lru_cache(maxsize=4)
def _rows_of(bundle: Bundle) -> tuple[TokenRow, ...]:
    from data import queries

    flags = {
        str(row.correction_id)
        for row in queries.corrections(bundle, "token_runs").itertuples()
        if row.action == "flag"
    }
    sources = queries.sources(bundle).set_index("source_id")["measured_in"].to_dict()
    runs = [_row(each, flags, sources) for each in _records(queries.token_runs(bundle))]
    long = queries.llm_decode(bundle)
    long = long[long["long_enough"]]
    return (*runs, *(_agx_row(each, sources) for each in _records(long)))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _row(row: dict[str, Any], flags: set[str], sources: dict[Any, Any]) -> TokenRow:
    software = str(row["software"])
    ids = _text(row["correction_ids"])
    return TokenRow(
        device_id=str(row["device_id"]),
        software=software,
        family=family_of(software),
        power_mode=_text(row["power_mode"]),
        model=str(row["network"]),
        weight_format=_text(row["weight_format"]),
        params_m=_number(row["params_m"]),
        weights_mb=_number(row["weights_mb"]),
        phase=str(row["phase"]),
        input_tokens=_whole(row["input_tokens"]),
        output_tokens=_whole(row["output_tokens"]),
        energy_mj=float(row["token_energy_mj"]),
        tokens_per_s=float(row["tokens_per_s"]),
        duration_s=float(row["duration_s"]),
        method=str(row["energy_method"]),
        scope=str(row["meter_scope"]),
        rail=_text(row["rail"]),
        source_id=str(row["source_id"]),
        measured_in=_text(row["measured_in"]) or _text(sources.get(row["source_id"])),
        flagged=bool(flags & {each.strip() for each in ids.split(",")}),
    )


def _agx_row(row: dict[str, Any], sources: dict[Any, Any]) -> TokenRow:
    """A request on Jetson AGX Orin: its energy over the generated tokens, the prompt inside."""
    return TokenRow(
        device_id=str(row["device_id"]),
        software=_AGX_SOFTWARE,
        family=_AGX_SOFTWARE,
        power_mode="",
        model=str(row["model"]).replace("_", "-"),
        weight_format="",
        params_m=_params_in_name(str(row["model"])),
        weights_mb=None,
        phase="decode",
        input_tokens=int(row["input_tokens"]),
        output_tokens=int(row["output_tokens"]),
        energy_mj=float(row["energy_per_output_token_mj"]),
        tokens_per_s=float(row["output_tokens"]) / float(row["duration_s"]),
        duration_s=float(row["duration_s"]),
        method="request",
        scope=str(row["meter_scope"]),
        rail=AGX_ORIN_RAIL,
        source_id=str(row["source_id"]),
        measured_in=_text(sources.get(row["source_id"])),
        flagged=False,
    )


_AGX_SOFTWARE: Final = "not stated"
"""The source names no runtime."""


def _params_in_name(name: str) -> float | None:
    found = re.search(r"([0-9.]+)B\b", name)
    return float(found.group(1)) * 1000 if found else None


def family_of(software: str) -> str:
    """The software without its version, where the bundle holds several versions of it."""
    return next((family for start, family in _SOFTWARE if software.lower().startswith(start)), software)


def plain_name(name: str) -> str:
    """A model's name without case and signs, so that spellings meet."""
    return _NOT_WORDS.sub("", name.lower())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    return None if math.isnan(number) else number


def _whole(value: Any) -> int | None:
    try:
        return None if value is None or math.isnan(value) else int(value)
    except TypeError:  # pandas' own missing value
        return None
