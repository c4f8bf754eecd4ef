"""How far a score can be trusted, in a line: letter, rank with its interval, interval of the score."""

from __future__ import annotations

from app.i18n.formats import number
from app.i18n.texts import t
from app.label.content import rank_words
from app.label.facts import ScoreFacts
from app.label.grades import letter_words
from scoring.rubric import RUBRIC_VERSION, grade_score


def trust_line(facts: ScoreFacts) -> str:
    """Return letter, rank and interval of a score as Markdown."""
    grade = grade_score(facts.as_score())
    parts = [
        t("**Letter {letter}** (rubric {version})", letter=letter_words(grade), version=RUBRIC_VERSION),
        rank_words(facts),
    ]
    if facts.spread is not None:
        low, high = number(facts.spread.low), number(facts.spread.high)
        parts.append(
            t("8 in 10 times between {low} and {high} when the rows are drawn again", low=low, high=high)
        )
    return " · ".join(parts)
