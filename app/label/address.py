"""Permalinks of labels: facts into an address and back.

A score of a bundled device and an estimate of a sample network are computed again from their ids when the
address is opened. An own device or an own model file is not kept anywhere, so the address itself carries the
figures, and whoever opens it is told that nobody checked them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from app.i18n.texts import PARAMETER, SOURCE, language
from app.label.errors import LabelError
from app.label.facts import NETWORKS, EstimateFacts, Facts, Issue, ScoreFacts
from scoring.candidates import ScoreName
from scoring.ranking import Spread
from scoring.rubric import TASK_RUBRICS

PATH: Final = "label"
MAX_NAME: Final = 80  # characters; the code of a label stays readable from paper
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]{1,60}")
_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,15})?(e[-+]?\d{1,3})?", re.IGNORECASE)
_POSSIBLE: Final[dict[ScoreName, tuple[float, float]]] = {"PCS": (-1_000.0, 100.0), "IECS": (0.0, 1e9)}
"""Scores that a link may claim: eleven times the design power at worst, a nanojoule an inference at best."""
_POSSIBLE_MJ: Final = (1e-9, 1e12)
"""Energies (mJ) that a link may claim: from a picojoule to a gigajoule, far beyond any inference."""
_SCORES: Final[dict[str, ScoreName]] = {"pcs": "PCS", "iecs": "IECS"}


@dataclass(frozen=True, slots=True)
class DeviceAsked:
    """A score of a bundled device, to be computed."""

    device_id: str
    score: ScoreName


@dataclass(frozen=True, slots=True)
class SampleAsked:
    """An estimate of a sample network, to be computed."""

    sample_id: str
    side: int | None
    device_id: str
    delegate: str
    precision: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """Date and versions that an address names, None where it names none."""

    on: date | None
    data_version: str | None
    method_version: str | None


Asked = DeviceAsked | SampleAsked | Facts
"""What an address asks for; facts are what it claims itself."""


def permalink(facts: Facts, issue: Issue) -> str:
    """Return the address under which this very label can be read again, in the language of the moment."""
    # A name may hold signs that no encoding has; the label shows them replaced, too.
    query = urlencode(query_of(facts, issue), errors="replace")
    return f"{issue.base_url}/{PATH}?{query}"


def query_of(facts: Facts, issue: Issue) -> dict[str, str]:
    """Return the query parameters of a label, without the empty ones."""
    own = score_query(facts) if isinstance(facts, ScoreFacts) else _estimate_query(facts)
    stamp = {"on": issue.on.isoformat(), "data": issue.data_version, "method": issue.method_version}
    stamp[PARAMETER] = "" if language() == SOURCE else language()
    return {key: value for key, value in (own | stamp).items() if value}


def score_query(facts: ScoreFacts) -> dict[str, str]:
    """Return the query parameters of a score: a bundled device's id, or all figures of one's own."""
    if not facts.is_own:
        return {"device": facts.device_id, "score": facts.score.lower()}
    spread = facts.spread
    drawn = [] if spread is None else [spread.low, spread.high, spread.best_rank, spread.worst_rank]
    return {
        "own": facts.device_name[:MAX_NAME],
        "score": facts.score.lower(),
        "v": _written(facts.value),
        "rows": f"{facts.rows_used}-{facts.rows_possible}",
        "rank": f"{facts.rank}-{facts.of}-{facts.ranked_on}",
        "i": "_".join(_written(each) for each in drawn),
    }


def _estimate_query(facts: EstimateFacts) -> dict[str, str]:
    target = {"device": facts.device_id, "delegate": facts.delegate, "precision": facts.precision}
    if facts.sample_id:
        return {"sample": facts.sample_id, "side": str(facts.side or "")} | target
    energies = (facts.energy_mj, facts.energy_mj_low, facts.energy_mj_high)
    return (
        {"model": facts.model_name[:MAX_NAME]}
        | target
        | {
            "at": facts.device_name[:MAX_NAME],
            "by": facts.evidence,
            "e": "_".join(_written(each) for each in energies),
            "k": f"{facts.kernels}-{facts.approximated}-{facts.unsupported}",
            "beats": "" if facts.beats is None else str(facts.beats),
            "sha": facts.sha256[:16],
            "for": facts.task,
        }
    )


def _written(value: float) -> str:
    return f"{value:.9g}"


def read_address(query: Mapping[str, str]) -> Asked:
    """Return what an address asks for.

    Raises LabelError: `NO_LABEL` when it names nothing, `BROKEN_LABEL` when a part is missing or strange.
    """
    if "own" in query:
        return _own_score(query)
    if "model" in query:
        return _own_estimate(query)
    if "sample" in query:
        side = query.get("side", "")
        target = (_plain(query, name) for name in ("device", "delegate", "precision"))
        return SampleAsked(_plain(query, "sample"), _whole("side", side) if side else None, *target)
    if "device" in query:
        return DeviceAsked(_plain(query, "device"), _score_name(query))
    raise LabelError(
        "NO_LABEL",
        "The address names no label. A label of a device is at {example}; labels of your own models and "
        "devices are made on the pages Estimate and Your device.",
        example="?device=huawei-p40-pro&score=pcs",
    )


def read_stamp(query: Mapping[str, str]) -> Stamp:
    """Return date and versions of an address; a strange date is `BROKEN_LABEL`."""
    on = query.get("on", "")
    try:
        day = date.fromisoformat(on) if on else None
    except ValueError as error:
        raise _broken("on") from error
    return Stamp(day, query.get("data") or None, query.get("method") or None)


def _own_score(query: Mapping[str, str]) -> ScoreFacts:
    used, possible = _whole_numbers(query, "rows", 2)
    rank, of, shared = _whole_numbers(query, "rank", 3)
    value = _figures(query, "v", 1)[0]
    if not 0 < used <= possible or rank > of:
        raise _broken("rows" if rank <= of else "rank")
    score = _score_name(query)
    if not _is_possible(score, value):
        raise _broken("v")
    spread = _spread(query, score, of) if query.get("i") else None
    return ScoreFacts("", _name(query, "own"), score, value, used, possible, rank, of, shared, spread)


def _is_possible(score: ScoreName, value: float) -> bool:
    low, high = _POSSIBLE[score]
    return low <= value <= high


def _spread(query: Mapping[str, str], score: ScoreName, of: int) -> Spread:
    low, high, best, worst = _figures(query, "i", 4)
    are_scores = low <= high and _is_possible(score, low) and _is_possible(score, high)
    are_ranks = best.is_integer() and worst.is_integer() and 1 <= best <= worst <= max(1, of)
    if not (are_scores and are_ranks):
        raise _broken("i")
    return Spread(low, high, int(best), int(worst))


def _own_estimate(query: Mapping[str, str]) -> EstimateFacts:
    energy, low, high = _figures(query, "e", 3)
    kernels, approximated, unsupported = _whole_numbers(query, "k", 3)
    if not _POSSIBLE_MJ[0] <= low <= energy <= high <= _POSSIBLE_MJ[1]:
        raise _broken("e")
    if not max(1, approximated, unsupported) <= kernels:
        raise _broken("k")
    return EstimateFacts(
        model_name=_name(query, "model"),
        sample_id="",
        side=None,
        sha256=_plain(query, "sha"),
        device_id=_plain(query, "device"),
        device_name=_name(query, "at"),
        delegate=_plain(query, "delegate"),
        precision=_plain(query, "precision"),
        evidence=_plain(query, "by"),
        energy_mj=energy,
        energy_mj_low=low,
        energy_mj_high=high,
        kernels=kernels,
        approximated=approximated,
        unsupported=unsupported,
        beats=_beats(query),
        task=_task(query),
    )


def _beats(query: Mapping[str, str]) -> int | None:
    if not query.get("beats"):
        return None
    beats = _whole("beats", query["beats"])
    if beats > NETWORKS:
        raise _broken("beats")
    return beats


def _task(query: Mapping[str, str]) -> str:
    task = query.get("for", "")
    if task not in TASK_RUBRICS:
        raise _broken("for")
    return task


def _broken(part: str) -> LabelError:
    return LabelError(
        "BROKEN_LABEL",
        "The part “{part}” of the address is missing or is not what it should be. Copy the whole address "
        "from the label, or scan its code again.",
        part=part,
    )


def _plain(query: Mapping[str, str], part: str) -> str:
    value = query.get(part, "")
    if not _PLAIN.fullmatch(value):
        raise _broken(part)
    return value


def _name(query: Mapping[str, str], part: str) -> str:
    value = query.get(part, "").strip()[:MAX_NAME]
    if not value:
        raise _broken(part)
    return value


def _score_name(query: Mapping[str, str]) -> ScoreName:
    name = _SCORES.get(query.get("score", "pcs").lower())
    if name is None:
        raise _broken("score")
    return name


def _figures(query: Mapping[str, str], part: str, wanted: int) -> list[float]:
    texts = query.get(part, "").split("_")
    if len(texts) != wanted or not all(_NUMBER.fullmatch(text) for text in texts):
        raise _broken(part)
    values = [float(text) for text in texts]
    if not all(math.isfinite(value) for value in values):
        raise _broken(part)
    return values


def _whole_numbers(query: Mapping[str, str], part: str, wanted: int) -> list[int]:
    texts = query.get(part, "").split("-")
    if len(texts) != wanted:
        raise _broken(part)
    return [_whole(part, text) for text in texts]


def _whole(part: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise _broken(part)
    return int(text)
