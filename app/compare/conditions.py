"""Under which conditions each device was measured, fact by fact, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.compare.tables import show_side_by_side, show_table
from app.compare.words import BOARDS, PHONES, conditions_sentence
from app.i18n.formats import capital, count, listing, literal, number
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn, verbatim
from app.measurements.rows import years_words
from app.memo import keeping
from app.models.targets import is_thin
from app.ui.lazy_section import folded
from app.ui.target_names import DELEGATE_NAMES, delegate_names
from data import queries
from predictors.results.estimates import Evidence
from predictors.results.figures import Scope
from predictors.results.targets import Target


def show_conditions_of(
    facts: Mapping[str, Sequence[str]], labels: Sequence[str], alt: str, key: str, more: str = ""
) -> None:
    """Show conditions (name in English -> one text per label). `more` follows the sentence about them."""
    st.markdown(f"{conditions_sentence(facts)} {more}".rstrip())
    differing, shared = differing_conditions(facts, labels), shared_conditions(facts)
    if len(differing):
        show_side_by_side(differing, alt, fixed=1)
    if len(shared):
        title = tn("{n} condition that is the same", "{n} conditions that are the same", len(shared))
        folded(title, key, lambda: show_table(shared, title))


PHONE: Final = "phone-battery"
BOARD: Final = "board-wall"
RAIL: Final = "module-rail"
INPUT: Final = "board-input"
WHOLE: Final = "whole-device"
PACKAGE: Final = "package"
OTHER: Final = "other"
KERNELS: Final = "kernels"

KINDS: Final = (PHONE, BOARD, RAIL)
"""What can be ranked; the kernels alone cannot."""
OWN_KINDS: Final = (INPUT, WHOLE, PACKAGE)
"""Scopes that only devices of the reader's own have: ranked among themselves."""

_NAMES: Final[dict[str, str]] = {
    PHONE: mark("running application on the whole phone"),
    BOARD: mark("whole board, at the wall socket"),
    RAIL: mark("one rail of the module"),
    INPUT: mark("whole board at its DC input"),
    WHOLE: mark("whole device from its battery"),
    PACKAGE: mark("processor package"),
    OTHER: mark("another meter"),
    KERNELS: mark("kernels alone"),
}

_SIGNS: Final = (("rail", RAIL), ("battery", PHONE), ("whole-phone", PHONE), ("wall", BOARD))


def meter_kind(meter: str) -> str:
    """Return the kind of a meter from its description (of a target, or a table's meter_scope)."""
    words = meter.lower()
    return next((kind for sign, kind in _SIGNS if sign in words), OTHER)


_SCOPES: Final = {
    Scope.APPLICATION: PHONE, Scope.BOARD_WALL: BOARD, Scope.RAIL: RAIL, Scope.KERNELS: KERNELS,
    Scope.BOARD_INPUT: INPUT, Scope.WHOLE_DEVICE: WHOLE, Scope.PACKAGE: PACKAGE,
}  # fmt: skip


def scope_kind(scope: str) -> str:
    """Return the kind of what an estimate's scope holds."""
    return _SCOPES.get(Scope(scope), OTHER)


def scope_of_kind(kind: str) -> str:
    """Return the scope (its value) of estimates of a kind; "" where no estimate is of it."""
    return next((scope.value for scope, each in _SCOPES.items() if each == kind), "")


def kinds_here() -> list[str]:
    """Return the kinds that something can be ranked in: those of the bundle, and of own devices."""
    here = {scope_kind(each.scope.value) for each in bundle_cache.targets()}
    return [*KINDS, *(each for each in OWN_KINDS if each in here)]


def meter_words(kind: str) -> str:
    """Return what meters of a kind saw, in the reader's words."""
    return t(_NAMES[kind])


Facts = dict[str, str]
"""Name of a condition, in English and as it stands in a sentence -> what it was, in the reader's language."""

METER: Final = mark("meter")
SAW: Final = mark("what the meter saw")
IDLE: Final = mark("idle power")
SOFTWARE: Final = mark("software")
PER_DELEGATE: Final = mark("networks per delegate")
EMPTY: Final = mark("cells without a figure")
CHIP: Final = mark("chip")
ACCELERATOR: Final = mark("accelerator")
SYSTEM: Final = mark("operating system")
TDP: Final = mark("TDP")
SOURCE: Final = mark("source")
WHEN: Final = mark("year of measuring")
ROUND: Final = mark("benchmark round")
SUBMITTER: Final = mark("submitter")
POWER_MODE: Final = mark("power mode")
BACK_ENDS_USED: Final = mark("back ends")
NETWORKS: Final = mark("networks")
DELEGATES: Final = mark("delegates")
PRECISIONS: Final = mark("precisions")
OBTAINED: Final = mark("obtained")
ERROR: Final = mark("held-out error")

UNKNOWN: Final = mark("not stated")
NONE: Final = mark("none")


def phone_facts(device: Mapping[str, object], rows: pd.DataFrame, source: Mapping[str, object]) -> Facts:
    """Return the conditions of a phone from its row of devices, its measurements and their source."""
    measured = rows.dropna(subset=["energy_mj"])
    counts = measured["delegate"].value_counts()
    delegates = [f"{t(DELEGATE_NAMES[each])} {counts[each]}" for each in DELEGATE_NAMES if each in counts]
    accelerator = device["ai_accelerator"]
    return {
        METER: tell(str(source["method"])),
        SAW: meter_words(meter_kind(_one(rows["meter_scope"]))),
        IDLE: _idle(bool(rows["idle_included"].all())),
        SOFTWARE: _one(rows["software"]),
        PER_DELEGATE: ", ".join(delegates),
        EMPTY: count(int(rows["energy_mj"].isna().sum())),
        CHIP: f"{device['soc']} ({device['soc_vendor']})",
        ACCELERATOR: t(NONE) if accelerator is None or pd.isna(accelerator) else str(accelerator),
        SYSTEM: f"{verbatim('Android')} {device['android_version']}",
        TDP: t("{watts} W, as printed", watts=number(_float(device["tdp_w"]), 2)),
        SOURCE: str(source["source_title"]),
        WHEN: years_words(source["measured_in"]),
    }


def board_facts(rows: pd.DataFrame, source: Mapping[str, object]) -> Facts:
    """Return the conditions of a board from the runs that are compared (rows of board_networks)."""
    idle_w = number(float(rows["idle_power_w"].median()))
    software = [f"{back_end(name)}: {_one(part)}" for name, part in _by(rows, "delegate", "software")]
    return {
        METER: tell(str(source["method"])),
        SAW: meter_words(meter_kind(_one(rows["meter_scope"]))),
        IDLE: f"{_idle(bool(rows['idle_included'].all()))}, {idle_w} W",
        SOFTWARE: "; ".join(software),
        ROUND: _one(rows["round"]),
        SUBMITTER: _one(rows["submitter"]),
        POWER_MODE: tell(_one(rows["power_mode"])),
        BACK_ENDS_USED: ", ".join(back_end(name) for name, _ in _by(rows, "delegate", "software")),
        NETWORKS: ", ".join(f"{name} {part.nunique()}" for name, part in _by(rows, "precision", "network")),
        SOURCE: str(source["source_title"]),
        WHEN: years_words(source["measured_in"]),
    }


def target_facts(targets: Iterable[Target], titles: Mapping[str, str], years: Mapping[str, str]) -> Facts:
    """Return the conditions behind a device's estimates; `titles` and `years`: by id of the source."""
    chosen = list(targets)
    source_ids = list(dict.fromkeys(source for each in chosen for source in each.source_ids))
    return {
        METER: _joined(tell(each.meter) for each in chosen),
        SAW: _joined(meter_words(_saw(each)) for each in chosen),
        IDLE: _joined(_idle(each.idle_included) for each in chosen),
        DELEGATES: _joined(delegate_names(list(dict.fromkeys(each.delegate for each in chosen))).values()),
        PRECISIONS: _joined(each.precision for each in chosen),
        OBTAINED: _joined(tell(each.evidence.value) for each in chosen),
        ERROR: _error_range(chosen),
        SOURCE: _joined(titles.get(source, source) for source in source_ids),
        WHEN: _joined(years_words(years.get(source)) for source in source_ids),
    }


def _saw(target: Target) -> str:
    """The kind of a target's meter. Of an own device the reader chooses it, since its meter is free text."""
    if target.evidence is Evidence.CALIBRATED:
        return scope_kind(target.scope.value)
    return meter_kind(target.meter)


def back_end(delegate: str) -> str:
    """Return the name of a back end or processor, as everywhere."""
    return delegate_names([delegate])[delegate]


def facts_by_name(facts: Sequence[Facts]) -> dict[str, list[str]]:
    """Return condition -> one text per device, in the order of the first facts."""
    names = list(dict.fromkeys(name for each in facts for name in each))
    return {name: [each.get(name, t(UNKNOWN)) for each in facts] for name in names}


def differing_conditions(facts: Mapping[str, Sequence[str]], labels: Sequence[str]) -> pd.DataFrame:
    """Return one row per condition that differs, one column per label."""
    return pd.DataFrame(
        [
            {t("Condition"): capital(t(name))} | dict(zip(labels, texts, strict=True))
            for name, texts in facts.items()
            if len(set(texts)) > 1
        ]
    )


def shared_conditions(facts: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return one row per condition that is the same on all, with what it is."""
    return pd.DataFrame(
        [
            {t("Condition"): capital(t(name)), t("On all of them"): texts[0]}
            for name, texts in facts.items()
            if len(set(texts)) == 1
        ]
    )


def _error_range(targets: Sequence[Target]) -> str:
    errors = [each.error_percent for each in targets if each.error_percent is not None]
    if not errors:
        return t(UNKNOWN)
    low, high = number(min(errors), 2), number(max(errors), 2)
    spread = low if low == high else t("{low} to {high}", low=low, high=high)
    return tn("{percent} % over {n} target", "{percent} % over {n} targets", len(errors), percent=spread)


def _by(rows: pd.DataFrame, key: str, column: str) -> list[tuple[str, pd.Series]]:
    return [(str(name), part[column]) for name, part in rows.groupby(key, sort=True)]


def _idle(is_included: bool) -> str:
    return t("included") if is_included else t("taken off")


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts)) or t(UNKNOWN)


def _one(values: pd.Series) -> str:
    return _joined(str(each) for each in values.dropna().unique())


def _float(value: object) -> float | None:
    return None if value is None or pd.isna(value) else float(str(value))


@keeping
def board_networks() -> pd.DataFrame:
    """Return the measured networks of boards."""
    return queries.board_networks(bundle_cache.bundle())


@keeping
def facts_of(device_id: str, basis: str) -> Facts:
    """Return the measuring conditions of one device for what is compared."""
    sources = bundle_cache.sources().set_index("source_id")
    own = [each for each in bundle_cache.targets() if each.device_id == device_id and not is_thin(each)]
    if basis not in (PHONES, BOARDS):
        return target_facts(own, sources["source_title"].to_dict(), sources["measured_in"].to_dict())
    rows = bundle_cache.application_measurements() if basis == PHONES else board_networks()
    rows = rows[rows["device_id"] == device_id]
    source = sources.loc[str(rows["source_id"].iloc[0])].to_dict()
    if basis == PHONES:
        devices = bundle_cache.devices().set_index("device_id")
        return phone_facts(devices.loc[device_id].to_dict(), rows, source)
    return board_facts(rows[rows["system"].isin({name for each in own for name in each.systems})], source)


def scopes_apart(names: Mapping[str, str], cells: pd.DataFrame) -> dict[str, list[str]]:
    """Return kind of energy -> names of the devices that have it; empty where all have one kind.

    `names` is device id -> name; `cells` has a row per figure with `meter`, what its energy is of.
    """
    found: dict[str, list[str]] = {}
    for device_id, kinds in cells.groupby("device_id", sort=False)["meter"]:
        for kind in dict.fromkeys(kinds):
            found.setdefault(str(kind), []).append(names[str(device_id)])
    return found if len(found) > 1 else {}


def apart_words(scopes: Mapping[str, list[str]]) -> str:
    """Say that energies of two kinds are not compared."""
    parts = [
        f"{listing([literal(name) for name in names])} ({meter_words(kind)})"
        for kind, names in scopes.items()
    ]
    return t(
        "These devices are not compared: their energies are of different things: {parts}. Choose devices of "
        "one kind for a verdict.",
        parts="; ".join(parts),
    )
