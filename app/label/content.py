"""A label in words and figures: what is drawn, and what its JSON twin says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from app import own_devices
from app.i18n.formats import count, energy_range, energy_unit, number, percent
from app.i18n.messages import tell
from app.i18n.texts import language, mark, t, tn, verbatim
from app.label.address import permalink
from app.label.facts import NETWORKS, EstimateFacts, Facts, Issue, ScoreFacts
from app.label.grades import TASKS, letter_words
from app.ui.target_names import delegate_names
from predictors.results.estimates import Evidence
from scoring.rubric import (
    IECS_RUBRIC,
    PCS_RUBRIC,
    RUBRIC_VERSION,
    TASK_RUBRICS,
    Grade,
    Rubric,
    grade_energy,
    grade_score,
)

SCHEMA: Final = "joulelens-label/1"
TITLES: Final = {
    "PCS": mark("PCS, Power Consumption Score"),
    "IECS": mark("IECS, Inference Energy Consumption Score"),
}
UNITS: Final = {"PCS": mark("points of 100"), "IECS": mark("inferences per joule, summed")}
MEANINGS: Final = {
    "PCS": mark("Share of the thermal design power not drawn"),
    "IECS": mark("This project's reading of the definition"),
}


@dataclass(frozen=True, slots=True)
class Label:
    """Everything a label shows, as text, with the grade and the raw figures for the JSON twin.

    `language` is the code of the language it is in; what is drawn around the text follows it.
    """

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
    language: str = field(default_factory=language)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def versions(self) -> str:
        """Date and versions in one line."""
        return t(
            "{date} · data {data} · method {method} · rubric {rubric}",
            date=self.issue.on.isoformat(),
            data=self.issue.data_version,
            method=self.issue.method_version,
            rubric=self.grade.rubric_version,
        )

    @property
    def sentence(self) -> str:
        """The label as one sentence: its text alternative."""
        parts = [f"{self.title}, {self.subtitle}: {self.value} {self.unit}, {self.direction}"]
        parts.append(t("letter {letter} on a scale from A, best, to E", letter=letter_words(self.grade)))
        parts += [self.interval, *self.lines, self.scope, self.notice, self.versions]
        return "; ".join(part for part in parts if part) + "."


def make_label(facts: Facts, issue: Issue) -> Label:
    """Return the label of some facts. Raises ScoringError `NOT_GRADABLE`."""
    return _score_label(facts, issue) if isinstance(facts, ScoreFacts) else _estimate_label(facts, issue)


def as_dict(label: Label) -> dict[str, Any]:
    """Return the JSON twin: every figure in full precision, and the words on the label."""
    return {
        "schema": SCHEMA,
        "language": label.language,
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
        "permalink_is_local": label.issue.is_local,
        "text": label.sentence,
    }


def _score_label(facts: ScoreFacts, issue: Issue) -> Label:
    spread = facts.spread
    grade = grade_score(facts.as_score())
    interval = t("no interval: too few networks to draw from")
    if spread is not None:
        interval = t(
            "{low} to {high} if other tests had been chosen (80 % range)",
            low=number(spread.low),
            high=number(spread.high),
        )
    coverage = t(
        "Rests on {used} of {possible} rows ({share})",
        used=facts.rows_used,
        possible=facts.rows_possible,
        share=percent(facts.rows_used / facts.rows_possible, 2),
    )
    return Label(
        kind="device-score",
        title=facts.device_name,
        subtitle=t(TITLES[facts.score]),
        value=number(facts.value),
        unit=t(UNITS[facts.score]),
        direction=t("higher is better"),
        grade=grade,
        rubric=PCS_RUBRIC if facts.score == "PCS" else IECS_RUBRIC,
        interval=interval,
        lines=(rank_words(facts), coverage, t(MEANINGS[facts.score])),
        scope=scope_words(facts),
        notice=t("Own measurement, not checked by JouleLens") if facts.is_own else "",
        issue=issue,
        permalink=permalink(facts, issue),
        badge_name=f"{facts.score} {facts.device_name}",
        figures=_score_figures(facts),
    )


def rank_words(facts: ScoreFacts) -> str:
    """Return rank and its interval: "Rank 4 of 8 (8 in 10 times 4 to 5)"; "Not ranked" without one."""
    if not facts.rank:
        return t("Not ranked: no rows shared with the others")
    spread = facts.spread
    if spread is None:
        return t("Rank {rank} of {all}, interval not known", rank=facts.rank, all=facts.of)
    if spread.best_rank == spread.worst_rank:
        return t("Rank {rank} of {all} (8 in 10 times the same)", rank=facts.rank, all=facts.of)
    return t(
        "Rank {rank} of {all} (8 in 10 times {best} to {worst})",
        rank=facts.rank,
        all=facts.of,
        best=spread.best_rank,
        worst=spread.worst_rank,
    )


def scope_words(facts: ScoreFacts) -> str:
    """Return among whom a score is comparable."""
    if not (facts.is_own and facts.rank > 0):
        return t("Among {phones} phones, {networks} reference models", phones=facts.of, networks=NETWORKS)
    others = {"phones": facts.of - 1, "networks": NETWORKS}
    if facts.ranked_on >= facts.rows_possible:
        return t("Among {phones} phones and this device, {networks} reference models", **others)
    return tn(
        "Among {phones} phones and this device, {networks} reference models, on the {n} row measured here",
        "Among {phones} phones and this device, {networks} reference models, on the {n} rows measured here",
        facts.ranked_on,
        **others,
    )


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
    device = facts.device_name
    if facts.evidence == Evidence.CALIBRATED.value:
        device = own_devices.marked(facts.device_id, device)
    low, high = facts.energy_mj_low, facts.energy_mj_high
    beats = t("Takes less than {beaten} of {all} reference models there", beaten=facts.beats, all=NETWORKS)
    return Label(
        kind="model-estimate",
        title=facts.model_name,
        subtitle=t(
            "on {device}, {delegate}, {precision}",
            device=device,
            delegate=delegate_name(facts.delegate),
            precision=facts.precision,
        ),
        value=number(facts.energy_mj * unit.factor),
        unit=t("{unit} per inference", unit=unit.symbol),
        direction=t("lower is better"),
        grade=grade_energy(facts.energy_mj, low, high, facts.task),
        rubric=TASK_RUBRICS[facts.task],
        interval=t("8 in 10 times {interval}", interval=energy_range(low, high)),
        lines=(_kernels_words(facts), *([] if facts.beats is None else [beats])),
        scope=t("Fixed bands of energy for {task}", task=t(TASKS[facts.task])),
        notice=t("Estimated ({evidence}), not measured", evidence=tell(facts.evidence)),
        issue=issue,
        permalink=permalink(facts, issue),
        badge_name=t("{model} on {device}", model=facts.model_name, device=device),
        figures=_estimate_figures(facts),
    )


def delegate_name(delegate: str) -> str:
    """Return a delegate as the rest of the app names it."""
    return delegate_names([delegate]).get(delegate, delegate)


def _kernels_words(facts: EstimateFacts) -> str:
    known = facts.kernels - facts.unsupported
    if facts.approximated:
        return tn(
            "Covers {known} of {n} kernel, {approximated} approximated",
            "Covers {known} of {n} kernels, {approximated} approximated",
            facts.kernels,
            known=count(known),
            approximated=count(facts.approximated),
        )
    return tn(
        "Covers {known} of {n} kernel", "Covers {known} of {n} kernels", facts.kernels, known=count(known)
    )


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
        "unit": verbatim("mJ per inference"),
        "interval": {"low": facts.energy_mj_low, "high": facts.energy_mj_high, "level": 0.8},
        "coverage": {
            "kernels": facts.kernels,
            "approximated": facts.approximated,
            "unsupported": facts.unsupported,
        },
        "beats_of_12": facts.beats,
    }


def certainty_line(facts: ScoreFacts) -> str:
    """Return letter, rank and interval of a score as Markdown."""
    grade = grade_score(facts.as_score())
    parts = [
        t("**Letter {letter}** (rubric {version})", letter=letter_words(grade), version=RUBRIC_VERSION),
        rank_words(facts),
    ]
    if facts.spread is not None:
        low, high = number(facts.spread.low), number(facts.spread.high)
        parts.append(t("{low} to {high} if other tests had been chosen (80 % range)", low=low, high=high))
    return " · ".join(parts)
