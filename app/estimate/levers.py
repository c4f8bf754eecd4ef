"""Levers on screen: what to pull, the waterfall, the interval carried along, a warning with each.

Levers pulled one after the other: what the network takes after each, and how sure the difference is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.waterfall import waterfall
from app.estimate.linked import Shown
from app.estimate.what_if import Case
from app.estimate.what_if_view import signed, signed_range
from app.i18n.formats import energy, energy_range, in_words, literal, percent, with_signs
from app.i18n.texts import mark, t
from app.models.model import report_for, sample_side
from app.models.targets import delegate_labels, precisions_of, target_named
from app.ui.boundary import worded
from app.ui.print_view import on_paper, picture_width, print_table
from app.ui.scopes import scope_words
from app.ui.tables import readable
from app.url_state import widgets
from data.errors import JouleLensError
from predictors.research.advice import advise, lightened
from predictors.research.diff import difference, in_one_scope
from predictors.results.estimates import Estimate
from predictors.results.figures import Spread

WARNINGS: Final[dict[str, str]] = {
    "delegate": mark("Another delegate may round differently: compare what the model answers on both."),
    "precision": mark("int8 rounds weights and activations: check the accuracy on data of your own."),
    "side": mark("Smaller images lose small things: check the accuracy, or train at that size."),
    "width": mark("Narrower layers make another network: it has to be trained anew."),
    "layers": mark("Layers replaced by cheaper ones have to be trained anew."),
}
"""Lever -> what it may do to accuracy, in the order in which levers are pulled."""


@dataclass(frozen=True, slots=True)
class Levers:
    """What is pulled: another delegate, number format, image side (pixels), width; None or "" for none."""

    delegate: str = ""
    precision: str = ""
    side: int | None = None
    width: float | None = None
    layers: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A lever pulled: `after` all before it, the energy changes by `change` (mJ, B minus A).

    `failure` says why there is no figure; the lever is then left out of what follows.
    """

    lever: str
    after: Estimate | None
    change: Spread | None
    failure: JouleLensError | None = None


def pull(case: Case, base: Estimate, levers: Levers) -> tuple[Step, ...]:
    """Return the steps from `base`, the estimate of `case`, one per lever that is pulled."""
    steps: list[Step] = []
    estimate, current = base, case
    for lever, changed in _cases(levers):
        wished = _with(current, lever, changed)
        try:
            after = _estimate(wished)
        except JouleLensError as error:
            steps.append(Step(lever, None, None, error))
            continue
        steps.append(Step(lever, after, _change(estimate, after)))
        estimate, current = after, wished
    if levers.layers:
        steps.append(_cheaper(estimate))
    return tuple(steps)


def _cases(levers: Levers) -> Sequence[tuple[str, Levers]]:
    pulled = {
        "delegate": bool(levers.delegate),
        "precision": bool(levers.precision),
        "side": levers.side is not None,
        "width": levers.width is not None,
    }
    return [(lever, levers) for lever, is_pulled in pulled.items() if is_pulled]


def _with(case: Case, lever: str, levers: Levers) -> Case:
    choice = case.choice
    if lever == "delegate":
        return replace(case, choice=target_named(choice.device_id, levers.delegate, choice.precision))
    if lever == "precision":
        return replace(case, choice=target_named(choice.device_id, choice.delegate, levers.precision))
    if lever == "side":
        return replace(case, side=levers.side)
    return replace(case, width=levers.width or case.width)


def _estimate(case: Case) -> Estimate:
    return report_for(case.model(), case.choice).estimates[0]


def _cheaper(estimate: Estimate) -> Step:
    try:
        after = lightened(estimate, advise(estimate))
    except JouleLensError as error:
        return Step("layers", None, None, error)
    return Step("layers", after, _change(estimate, after))


def _change(before: Estimate, after: Estimate) -> Spread | None:
    """Change of the energy; None where the scopes differ, since such figures are not compared."""
    return difference(before, after) if before.scope is after.scope else None


def together(base: Estimate, steps: Sequence[Step]) -> tuple[Estimate, Estimate, Spread]:
    """Return the base and the estimate after all levers in their common scope, and the difference (mJ)."""
    last = next((step.after for step in reversed(steps) if step.after is not None), base)
    first, second = in_one_scope(base, last)
    return first, second, difference(first, second)


NOT_PULLED: Final = "-"
"""Id of what is chosen already."""
CHEAPEST: Final = "int8"
"""The number format that costs least wherever it was measured; pulled at first where it can be."""
SIDES_PX: Final = (256, 224, 192, 160, 128, 96)
"""Sides of images that networks are published for (MobileNet's README), below the usual one."""
WIDTHS: Final = (0.75, 0.5, 0.35)
"""Width multipliers that networks are published for (MobileNetV2, table 4)."""
NAMES: Final[dict[str, str]] = {
    "delegate": mark("Delegate"),
    "precision": mark("Precision"),
    "side": mark("Image side"),
    "width": mark("Width"),
    "layers": mark("Cheaper layers"),
}


def show_levers(shown: Shown) -> None:
    """Show the levers, what they do one after the other, and what to check afterwards."""
    levers = _ask(shown)
    base = shown.estimate
    with st.spinner(t("Estimating (the first one also fits the predictors) …")):
        steps = pull(shown.case, base, levers)
    _show_failures(steps)
    done = [step for step in steps if step.after is not None]
    if not done:
        st.info(t("Pull a lever to see what it saves."))
        return
    first, last, change = together(base, steps)
    sentence = levers_sentence(first, last, change)
    st.markdown(f"**{literal(sentence)}**")
    if any(step.change is None for step in done):
        st.info(
            t(
                "One of the levers leads to a figure of another scope ({scope}), which is not compared: the "
                "difference is that of the kernels alone.",
                scope=scope_words(last.scope),
            )
        )
    else:
        st.plotly_chart(
            waterfall(step_frame(shown, base, done, levers, last)),
            config=CONFIG,
            width=picture_width(),
            key="waterfall",
            alt=t("Energy after each lever. {sentence} Same figures in the table.", sentence=sentence),
        )
    st.markdown("\n".join(f"- {t(WARNINGS[step.lever])}" for step in done))
    st.caption(t(_ONLY_ENERGY))
    _table(step_table(shown, base, done, levers))


_ONLY_ENERGY: Final = mark(
    "Only energy is estimated here, never accuracy. Thin lines: 80 % range. What two steps have in common "
    "cancels in their difference; between number formats and delegates nothing does. Cheaper layers: the "
    "application is taken to move in proportion to its kernels."
)


def levers_sentence(base: Estimate, last: Estimate, change: Spread) -> str:
    """Return what becomes of the energy and how sure the difference is."""
    words = t(
        "{before} become {after} ({interval})",
        before=energy(base.energy_mj),
        after=energy(last.energy_mj),
        interval=energy_range(last.energy_mj_low, last.energy_mj_high),
    )
    if change.low <= 0 <= change.high:
        return t("{words}: cannot be told apart from the network as it is.", words=words)
    share = abs(change.value) / base.energy_mj if base.energy_mj > 0 else 0.0
    sentence = mark("{words}: {share} less, {interval}.")
    if change.value > 0:
        sentence = mark("{words}: {share} more, {interval}.")
    ends = in_words(signed_range(change.low, change.high))
    return t(sentence, words=words, share=percent(share, 2), interval=ends)


def _ask(shown: Shown) -> Levers:
    columns = st.columns(5, gap="small", vertical_alignment="bottom")
    choice, case = shown.choice, shown.case
    delegates = {
        key: name for key, name in delegate_labels(choice.device_id).items() if key != choice.delegate
    }
    with columns[0]:
        delegate = _one(NAMES["delegate"], "lever_delegate", delegates)
    formats = precisions_of(choice.device_id, delegate or choice.delegate)
    others = {each: each for each in formats if each != choice.precision}
    with columns[1]:
        precision = _one(NAMES["precision"], "lever_precision", others, CHEAPEST)
    is_sample = case.base.upload is None
    side, width = 0, ""
    if is_sample:
        usual = case.side or sample_side(case.base.sample_id)
        sides = {
            str(each): t("{side} px", side=each) for each in SIDES_PX if each < usual and _has_side(shown)
        }
        widths = {f"{each:g}": with_signs(f"{each:g}") for each in WIDTHS if _has_width(shown)}
        with columns[2]:
            side = int(_one(NAMES["side"], "lever_side", sides) or 0)
        with columns[3]:
            width = _one(NAMES["width"], "lever_width", widths)
    with columns[4]:
        layers = _one(NAMES["layers"], "lever_layers", {"top": t("the three costliest")})
    if not is_sample:
        st.caption(t("The image side and the width of a file of your own are fixed in it."))
    return Levers(delegate, precision, side or None, float(width) if width else None, bool(layers))


def _has_side(shown: Shown) -> bool:
    from predictors.samples import sample

    return sample(shown.case.base.sample_id).has_side


def _has_width(shown: Shown) -> bool:
    from predictors.samples import sample

    return sample(shown.case.base.sample_id).has_width


def _one(label: str, key: str, options: dict[str, str], usual: str = "") -> str:
    """Let one of `options` be chosen or none; "" for none."""
    names = {NOT_PULLED: t("as it is"), **options}
    chosen = widgets.selectbox(
        t(label), names, key, usual=usual if usual in options else NOT_PULLED, disabled=not options
    )
    return "" if chosen == NOT_PULLED else chosen


def _show_failures(steps: Sequence[Step]) -> None:
    for step in steps:
        if step.failure is not None:
            code, message = worded(step.failure)
            st.warning(
                t(
                    "{lever} is left out: {message}  \nCode: `{code}`",
                    lever=t(NAMES[step.lever]),
                    message=literal(message),
                    code=code,
                ),
                icon=":material/block:",
            )


def lever_words(lever: str, shown: Shown, levers: Levers) -> str:
    """Return what a lever sets: "int8", "192 px", "width 0.75"."""
    if lever == "delegate":
        return delegate_labels(shown.choice.device_id)[levers.delegate]
    if lever == "precision":
        return levers.precision
    if lever == "side":
        return t("{side} px", side=levers.side)
    if lever == "width":
        return t("width {width}", width=with_signs(f"{levers.width:g}"))
    return t("cheaper layers")


def step_frame(
    shown: Shown, base: Estimate, steps: Sequence[Step], levers: Levers, last: Estimate
) -> pd.DataFrame:
    """Return the bars of the waterfall (see `waterfall`): as it is, each lever, what is left."""
    rows = [_total(t("as it is"), base)]
    before = base.energy_mj
    for step in steps:
        assert step.after is not None  # noqa: S101 - told by the caller
        assert step.change is not None  # noqa: S101
        end = step.after.energy_mj
        label = lever_words(step.lever, shown, levers)
        low, high = before + step.change.low, before + step.change.high
        rows.append(
            {
                "label": label,
                "text": signed(step.change.value),
                "is_total": False,
                "start_mj": before,
                "end_mj": end,
                "low_mj": max(low, 0.0),
                "high_mj": high,
            }
        )
        before = end
    rows.append(_total(t("with all levers"), last))
    return pd.DataFrame(rows)


def _total(label: str, estimate: Estimate) -> dict[str, object]:
    return {
        "label": label,
        "text": energy(estimate.energy_mj),
        "is_total": True,
        "start_mj": 0.0,
        "end_mj": estimate.energy_mj,
        "low_mj": estimate.energy_mj_low,
        "high_mj": estimate.energy_mj_high,
    }


def step_table(shown: Shown, base: Estimate, steps: Sequence[Step], levers: Levers) -> pd.DataFrame:
    """Return a row per state: energy with its interval, change with its interval, latency."""
    rows: list[dict[str, object]] = [_row(t("as it is"), base, None)]
    for step in steps:
        assert step.after is not None  # noqa: S101 - told by the caller
        rows.append(_row(lever_words(step.lever, shown, levers), step.after, step.change))
    return pd.DataFrame(rows)


def _row(name: str, estimate: Estimate, change: Spread | None) -> dict[str, object]:
    missing = float("nan")
    return {
        t("After"): name,
        t("Energy (mJ)"): estimate.energy_mj,
        t("Low (mJ)"): estimate.energy_mj_low,
        t("High (mJ)"): estimate.energy_mj_high,
        t("Change (mJ)"): change.value if change else missing,
        t("Change, low (mJ)"): change.low if change else missing,
        t("Change, high (mJ)"): change.high if change else missing,
        t("Latency (ms)"): estimate.latency_ms,
        t("Energy of"): scope_words(estimate.scope),
    }


def _table(table: pd.DataFrame) -> None:
    alt = t("Energy after each lever, with its interval and the change")
    if on_paper():
        print_table(table, alt, table.columns[:5])
    else:
        st.dataframe(readable(table), hide_index=True, placeholder="", alt=alt)
