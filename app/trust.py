"""How far a score can be trusted, in a line: letter, rank with its interval, interval of the score."""

from __future__ import annotations

from app.formats import number
from app.label.content import LEVEL_WORDS, rank_words
from app.label.facts import ScoreFacts
from scoring.rubric import RUBRIC_VERSION, grade_score


def trust_line(facts: ScoreFacts) -> str:
    """Return letter, rank and interval of a score as Markdown."""
    grade = grade_score(facts.as_score())
    parts = [f"**Letter {grade.text}** (rubric {RUBRIC_VERSION})", _lower_first(rank_words(facts))]
    if facts.spread is not None:
        low, high = number(facts.spread.low), number(facts.spread.high)
        parts.append(f"{LEVEL_WORDS} between {low} and {high} when the rows are drawn again")
    return " · ".join(parts)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
