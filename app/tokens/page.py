"""The page of tokens: figures of the asked model, what they rest on, power modes, other devices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.token_costs import token_costs
from app.i18n.formats import capital, count, energy, in_words, literal, number, plain, with_signs
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn
from app.memo import kept_under, kept_without_words
from app.tokens.inputs import NOT_STATED, ask
from app.tokens.others import other_rows
from app.ui.boundary import boundary
from app.ui.print_view import picture_width, show_kept
from app.ui.shared import offer_table
from app.ui.tables import readable
from app.ui.target_names import meter_name
from predictors.errors import printable
from predictors.results.figures import Spread
from predictors.tokens.answer import TokenAnswer, TokenEvidence
from predictors.tokens.devices import Ratio, mode_ratios, setup_of
from predictors.tokens.estimate import estimate_tokens

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

SENTENCE_TOKENS: Final = 25
"""A sentence of some twenty English words; a token is about three quarters of a word."""
_EVIDENCE: Final[dict[TokenEvidence, tuple[str, str, Literal["green", "blue", "orange"]]]] = {
    TokenEvidence.MEASURED: (mark("measured"), ":material/straighten:", "green"),
    TokenEvidence.PREDICTED: (mark("estimated"), ":material/function:", "blue"),
    TokenEvidence.NEIGHBOURS: (mark("between two measured models"), ":material/swap_horiz:", "orange"),
}


def show_tokens() -> None:
    """Ask, and show the answer or why there is none."""
    if not bundle_cache.has_tokens():
        st.info(t("This bundle holds no figures of language models."), icon=":material/info:")
        return
    # The answer comes first, also on a phone, and depends on the choices below it.
    answer_place = st.container()
    with boundary("token question"):
        question, refused = ask()
        if refused is not None:
            raise refused
        answer = estimate_tokens(question)
        with answer_place:
            _headline(answer)
            _cards(answer)
        st.caption(t("Only where a device was measured there is a figure."))
        _conditions(answer)
        _picture(answer)
    with boundary("power modes"):
        _power_modes(question.device_id)
    with boundary("other devices"):
        _others(question.model)


def _headline(answer: TokenAnswer) -> None:
    words, icon, colour = _EVIDENCE[answer.evidence]
    devices = bundle_cache.devices().set_index("device_id")["name"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            t(
                "**{model}** on **{device}**: a sentence takes **{sentence}** ({tokens} tokens at {token}), "
                "an answer of {length} tokens {answer}.",
                model=literal(printable(answer.question.model, 60)) or t("A model of this size"),
                device=devices.get(answer.question.device_id, answer.question.device_id),
                sentence=energy(answer.token_mj.value * SENTENCE_TOKENS),
                tokens=count(SENTENCE_TOKENS),
                token=energy(answer.token_mj.value),
                length=count(answer.question.output_tokens),
                answer=energy(answer.answer_j.value * 1000),
            ),
            width="content",
        )
        st.badge(t(words), icon=icon, color=colour)


def _cards(answer: TokenAnswer) -> None:
    charge = answer.answers_per_charge()
    cards = [
        (t("Energy per token"), energy(answer.token_mj.value), _span(answer.token_mj, energy)),
        (
            t("Energy per answer"),
            energy(answer.answer_j.value * 1000),
            _span(answer.answer_j, lambda joules: energy(joules * 1000)),
        ),
        (
            t("Speed"),
            t("{figure} tokens/s", figure=number(answer.tokens_per_s.value)),
            _span(answer.tokens_per_s, number),
        ),
    ]
    if charge is not None:
        cards.append((t("Answers per charge"), count(round(charge.value)), _span(charge, _whole)))
    for place, (title, figure, span) in zip(st.columns(len(cards), gap="small"), cards, strict=True):
        with place.container(border=True, height="stretch"):
            st.metric(title, figure)
            st.caption(span)


def _whole(value: float) -> str:
    return count(round(value))


def _span(spread: Spread, written: Callable[[float], str]) -> str:
    return in_words(t("{low} to {high}", low=written(spread.low), high=written(spread.high)))


def _conditions(answer: TokenAnswer) -> None:
    sources = bundle_cache.sources().set_index("source_id")
    links = ", ".join(
        f"[{sources.loc[each, 'source_title']}]({sources.loc[each, 'url']})" for each in answer.sources
    )
    years = ", ".join(answer.measured_in)
    meter = meter_name(answer.scope) + (f" ({answer.rail})" if answer.rail else "")
    # Not a caption: a link in its faded text would be too faint to read.
    st.markdown(
        " ".join(
            [
                tell(answer.basis),
                _run_by(answer),
                t("The meter saw: {meter}; idle power included.", meter=meter),
                t("Measured in {years}.", years=years) if years else t("The source gives no date."),
                t("Source: {links}.", links=links),
                *(tell(note) for note in answer.notes),
            ]
        )
    )


def _run_by(answer: TokenAnswer) -> str:
    stated = [each for each in answer.softwares if each != NOT_STATED]
    return (
        t("Run by {software}.", software=", ".join(stated)) if stated else t("The source names no runtime.")
    )


def _picture(answer: TokenAnswer) -> None:
    setup = setup_of(answer.question)
    rows = [row for row in setup.decode if row.params_m]
    if not rows:
        return
    dots = pd.DataFrame(
        {
            "name": [row.model for row in rows],
            "weight_format": [row.weight_format or t("format not stated") for row in rows],
            "params_b": [(row.params_m or 0.0) / 1000 for row in rows],
            "energy_mj": [row.energy_mj for row in rows],
            "words": [f"{row.model} {row.weight_format}: {energy(row.energy_mj)}" for row in rows],
        }
    )
    asked: dict[str, float | str] = {
        "name": t("the answer above"),
        "params_b": answer.question.params_b or 0.0,
        "value": answer.token_mj.value,
        "low": answer.token_mj.low,
        "high": answer.token_mj.high,
    }
    words = tn(
        "{n} measurement of writing on this device, by this software in this mode; the answer above.",
        "{n} measurements of writing on this device, by this software in this mode; the answer above.",
        len(rows),
    )
    st.caption(words)
    # The numbers of the answer tell pictures apart; a name out of somebody's file is not kept.
    key = (setup.device_id, setup.software, setup.power_mode, *asked.values())
    picture = kept_under(key, token_costs, dots, asked)
    st.plotly_chart(picture, config=CONFIG, width=picture_width(), key="chart-tokens", alt=plain(words))


def _power_modes(device_id: str) -> None:
    ratios = kept_without_words(device_id, mode_ratios, device_id)
    if not ratios:
        return
    st.header(t("Power modes"), anchor=False)
    st.markdown(
        t(
            "Energy per token beside the usual mode of 25 W, of the same model, software and lengths. Less "
            "power is not less energy: a slower token takes longer."
        )
    )
    table = pd.DataFrame(
        {
            t("Power mode"): [each.power_mode for each in ratios],
            t("Energy per token, times that at 25 W"): [_factor(each.middle) for each in ratios],
            t("Range"): [_range(each) for each in ratios],
            t("Models"): [each.models for each in ratios],
            t("Error of a model left out (%)"): [number(each.error_percent, 2) for each in ratios],
        }
    )
    alt = t("Power modes beside the usual one")
    with st.container(width=picture_width()):
        st.table(table, border="horizontal", hide_index=True, alt=alt)


def _range(ratio: Ratio) -> str:
    return t("{low} to {high}", low=_factor(ratio.low), high=_factor(ratio.high))


def _factor(value: float) -> str:
    return with_signs(f"{value:.2f}")


def _others(model: str) -> None:
    if not model:
        return
    rows = other_rows(model)
    if rows.empty:
        return
    st.header(t("{model} on other devices", model=model), anchor=False)
    st.caption(t("One table per meter: what one saw is not what another saw, so there is no ranking across."))
    for scope in dict.fromkeys(rows["scope"]):
        st.markdown(f"**{capital(meter_name(str(scope)))}**")
        about = meter_name(str(scope))
        show_kept((model, scope), partial(_of_scope, rows, scope), about, placeholder="")
    offer_table(rows.rename(columns={**_headings(), "scope": t("The meter saw")}))


def _of_scope(rows: pd.DataFrame, scope: str) -> Styler | pd.DataFrame:
    return readable(rows[rows["scope"] == scope].drop(columns=["scope"]).rename(columns=_headings()))


def _headings() -> dict[str, str]:
    return {
        "device": t("Device"),
        "software": t("Software"),
        "power_mode": t("Power mode"),
        "weight_format": t("Weight format"),
        "token_mj": t("Energy per token (mJ)"),
        "tokens_per_s": t("Tokens per second"),
        "rows": t("Rows"),
        "measured_in": t("Measured in"),
    }
