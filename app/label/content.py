"""A label in words and figures: what is drawn, and what its JSON twin says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from app.formats import count, energy_range, energy_unit, number, percent, plural
from app.label.address import permalink
from app.label.facts import NETWORKS, EstimateFacts, Facts, Issue, ScoreFacts
from app.target_names import delegate_names
from scoring.rubric import ENERGY_RUBRIC, IECS_RUBRIC, PCS_RUBRIC, Grade, Rubric, grade_energy, grade_score

SCHEMA: Final = "joulelens-label/1"
LEVEL_WORDS: Final = "8 in 10 times"
TITLES: Final = {
    "PCS": "PCS, Power Consumption Score",
    "IECS": "IECS, Inference Energy Consumption Score",
}
UNITS: Final = {"PCS": "points of 100", "IECS": "inferences per joule, summed"}
MEANINGS: Final = {
    "PCS": "Share of the thermal design power not drawn",
    "IECS": "This project's reading of the definition",
}


@dataclass(frozen=True, slots=True)
class Label:
    """Everything a label shows, as text, with the grade and the raw figures for the JSON twin."""

    kind: str
    title: str
    subtitle: str
    value: str
    unit: str
    direction: str
    grade: Grade
    rubric: Rubric
    interval: str
    lines: tuple[str, ...]
    scope: str
    notice: str
    issue: Issue
    permalink: str
    badge_name: str
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def versions(self) -> str:
        """Date and versions in one line."""
        return (
            f"{self.issue.on.isoformat()} · data {self.issue.data_version} · method "
            f"{self.issue.method_version} · rubric {self.grade.rubric_version}"
        )

    @property
    def sentence(self) -> str:
        """The label as one sentence: its text alternative."""
        parts = [f"{self.title}, {self.subtitle}: {self.value} {self.unit}, {self.direction}"]
        parts.append(f"letter {self.grade.text} on a scale from A, best, to E")
        parts += [self.interval, *self.lines, self.scope, self.notice, self.versions]
        return "; ".join(part for part in parts if part) + "."


def make_label(facts: Facts, issue: Issue) -> Label:
    """Return the label of some facts. Raises ScoringError `not-gradable`."""
    return _score_label(facts, issue) if isinstance(facts, ScoreFacts) else _estimate_label(facts, issue)


def as_dict(label: Label) -> dict[str, Any]:
    """Return the JSON twin: every figure in full precision, and the words on the label."""
    return {
        "schema": SCHEMA,
        "kind": label.kind,
        "title": label.title,
        "subtitle": label.subtitle,
        **label.figures,
        "direction": label.direction,
        "letter": label.grade.letter,
        "possible_letters": list(label.grade.possible),
        "provisional": label.grade.provisional,
        "rubric_version": label.grade.rubric_version,
        "scope": label.scope,
        "notice": label.notice,
        "date": label.issue.on.isoformat(),
        "data_version": label.issue.data_version,
        "method_version": label.issue.method_version,
        "permalink": label.permalink,
        "text": label.sentence,
    }


def _score_label(facts: ScoreFacts, issue: Issue) -> Label:
    spread = facts.spread
    grade = grade_score(facts.as_score())
    interval = "no interval: too few rows to draw from"
    if spread is not None:
        interval = f"{LEVEL_WORDS} {number(spread.low)} to {number(spread.high)} (rows drawn again)"
    coverage = f"{facts.rows_used} of {facts.rows_possible} rows"
    coverage += f" ({percent(facts.rows_used / facts.rows_possible, 2)})"
    return Label(
        kind="device-score",
        title=facts.device_name,
        subtitle=TITLES[facts.score],
        value=number(facts.value),
        unit=UNITS[facts.score],
        direction="higher is better",
        grade=grade,
        rubric=PCS_RUBRIC if facts.score == "PCS" else IECS_RUBRIC,
        interval=interval,
        lines=(rank_words(facts), f"Rests on {coverage}", MEANINGS[facts.score]),
        scope=scope_words(facts),
        notice="Own measurement, not checked by JouleLens" if facts.is_own else "",
        issue=issue,
        permalink=permalink(facts, issue),
        badge_name=f"{facts.score} {facts.device_name}",
        figures=_score_figures(facts),
    )


def rank_words(facts: ScoreFacts) -> str:
    """Return rank and its interval: "Rank 4 of 8 (8 in 10 times 4 to 5)"; "Not ranked" without one."""
    if not facts.rank:
        return "Not ranked: no rows shared with the others"
    spread = facts.spread
    if spread is None:
        return f"Rank {facts.rank} of {facts.of}, interval not known"
    if spread.best_rank == spread.worst_rank:
        return f"Rank {facts.rank} of {facts.of} ({LEVEL_WORDS} the same)"
    return f"Rank {facts.rank} of {facts.of} ({LEVEL_WORDS} {spread.best_rank} to {spread.worst_rank})"


def scope_words(facts: ScoreFacts) -> str:
    """Return among whom a score is comparable."""
    own = facts.is_own and facts.rank > 0
    others = f"{facts.of - 1} phones and this device" if own else f"{facts.of} phones"
    scope = f"Among {others}, {NETWORKS} reference models"
    if own and facts.ranked_on < facts.rows_possible:
        scope += f", on the {plural(facts.ranked_on, 'row')} measured here"
    return scope


def _score_figures(facts: ScoreFacts) -> dict[str, Any]:
    spread = facts.spread
    return {
        "device_id": facts.device_id or None,
        "score": facts.score,
        "value": facts.value,
        "unit": UNITS[facts.score],
        "interval": None if spread is None else {"low": spread.low, "high": spread.high, "level": 0.8},
        "rank": None
        if not facts.rank
        else {
            "rank": facts.rank,
            "of": facts.of,
            "best": None if spread is None else spread.best_rank,
            "worst": None if spread is None else spread.worst_rank,
            "rows": facts.ranked_on,
        },
        "coverage": {
            "rows_used": facts.rows_used,
            "rows_possible": facts.rows_possible,
            "share": facts.rows_used / facts.rows_possible,
        },
    }


def _estimate_label(facts: EstimateFacts, issue: Issue) -> Label:
    unit = energy_unit(facts.energy_mj)
    low, high = facts.energy_mj_low, facts.energy_mj_high
    beats = f"Takes less than {facts.beats} of {NETWORKS} reference models there"
    return Label(
        kind="model-estimate",
        title=facts.model_name,
        subtitle=f"on {facts.device_name}, {delegate_name(facts.delegate)}, {facts.precision}",
        value=number(facts.energy_mj * unit.factor),
        unit=f"{unit.symbol} per inference",
        direction="lower is better",
        grade=grade_energy(facts.energy_mj, low, high),
        rubric=ENERGY_RUBRIC,
        interval=f"{LEVEL_WORDS} {energy_range(low, high)}",
        lines=(_kernels_words(facts), *([] if facts.beats is None else [beats])),
        scope="Among all networks: fixed bands of energy",
        notice=f"Estimated ({facts.evidence}), not measured",
        issue=issue,
        permalink=permalink(facts, issue),
        badge_name=f"{facts.model_name} on {facts.device_name}",
        figures=_estimate_figures(facts),
    )


def delegate_name(delegate: str) -> str:
    """Return a delegate as the rest of the app names it."""
    return delegate_names([delegate]).get(delegate, delegate)


def _kernels_words(facts: EstimateFacts) -> str:
    known = facts.kernels - facts.unsupported
    words = f"Covers {count(known)} of {plural(facts.kernels, 'kernel')}"
    return f"{words}, {count(facts.approximated)} approximated" if facts.approximated else words


def _estimate_figures(facts: EstimateFacts) -> dict[str, Any]:
    return {
        "model": facts.model_name,
        "sample": facts.sample_id or None,
        "input_hw": facts.side,
        "sha256": facts.sha256 or None,
        "device_id": facts.device_id,
        "delegate": facts.delegate,
        "precision": facts.precision,
        "evidence": facts.evidence,
        "value": facts.energy_mj,
        "unit": "mJ per inference",
        "interval": {"low": facts.energy_mj_low, "high": facts.energy_mj_high, "level": 0.8},
        "coverage": {
            "kernels": facts.kernels,
            "approximated": facts.approximated,
            "unsupported": facts.unsupported,
        },
        "beats_of_12": facts.beats,
    }
