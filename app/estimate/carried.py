"""An estimate of the reader's own model in the copied link: its figures, never the model.

Who opens such a link sees the figures without the file, and is told that nobody checked them. The figures
are numbers and ids; the name of the model is the only text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from app.i18n.formats import energy, energy_range, latency, latency_range, literal
from app.i18n.texts import t, tn
from app.models.model import Model
from app.models.targets import target_label
from app.ui.scopes import scope_words
from app.ui.shared import carry
from predictors.errors import printable
from predictors.results.estimates import Estimate
from predictors.results.figures import Scope
from predictors.results.report import ModelReport
from predictors.results.targets import Target

PARAMETER: Final = "figures"
VERSION: Final = "1"
"""Version of the format of the link. A link of another version is not read."""
MOST_NAME: Final = 60  # characters of a name in a link, which has to stay short
_NUMBER: Final = re.compile(r"\d{1,15}(\.\d{1,15})?(e[-+]?\d{1,3})?")
_WHOLE: Final = re.compile(r"\d{1,7}")
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,60}")
FIGURES, PARTS = (4, 6), 10
"""Numbers of energy and time, without the ends of the time or with them, and parts of a link."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a link carries: energy (mJ) and time (ms), each with its interval, of `kernels` kernels.

    The ends of the time are NaN where its interval was never tested.
    """

    name: str
    device_id: str
    delegate: str
    precision: str
    scope: Scope
    energy_mj: tuple[float, float, float]
    latency_ms: tuple[float, float, float]
    kernels: int
    data_version: str
    method_version: str


def carry_estimate(model: Model, choice: Target, report: ModelReport) -> None:
    """Let the copied link carry the estimate of a model that the reader brought along."""
    if model.sample_id or report.estimates[0].energy_mj <= 0:
        return
    carry({PARAMETER: written(model.name, choice, report)})


def written(name: str, choice: Target, report: ModelReport) -> str:
    """Return the figures as the link holds them, parts between tildes, the name last."""
    made: Estimate = report.estimates[0]
    latency_ends = (made.latency_ms_low, made.latency_ms_high) if made.has_latency_interval else ()
    figures = (
        *(made.energy_mj, made.energy_mj_low, made.energy_mj_high),
        *(made.latency_ms, *latency_ends),
    )
    parts = (
        VERSION,
        choice.device_id,
        choice.delegate,
        choice.precision,
        made.scope.value,
        "_".join(f"{each:.7g}" for each in figures),
        str(made.coverage.kernels),
        report.data_version,
        report.method_version,
        printable(name, MOST_NAME).replace("~", "-"),
    )
    return "~".join(parts)


def read(query: Mapping[str, str]) -> Carried | None:
    """Return what a link carries; None for none or one that is not what it should be."""
    parts = query.get(PARAMETER, "").split("~", PARTS - 1)
    if len(parts) != PARTS or parts[0] != VERSION:
        return None
    _, device_id, delegate, precision, scope, figures, kernels, data, method, name = parts
    numbers = figures.split("_")
    if not all(_ID.fullmatch(each) for each in (device_id, delegate, precision, data, method)):
        return None
    if (
        len(numbers) not in FIGURES
        or not all(map(_NUMBER.fullmatch, numbers))
        or not _WHOLE.fullmatch(kernels)
    ):
        return None
    values = [float(each) for each in numbers]
    low, high = values[4:] or (math.nan, math.nan)
    if scope not in {each.value for each in Scope} or not all(map(math.isfinite, values)):
        return None
    energy_mj, latency_ms = (values[0], values[1], values[2]), (values[3], low, high)
    if not 0 < energy_mj[1] <= energy_mj[0] <= energy_mj[2] or low > values[3] or high < values[3]:
        return None
    shown = printable(name, MOST_NAME)
    return Carried(
        shown, device_id, delegate, precision, Scope(scope), energy_mj, latency_ms, int(kernels), data,
        method,
    )  # fmt: skip


def show_carried() -> None:
    """Show the figures that the link carries, if it carries some, in place of the page's own."""
    carried = read({PARAMETER: str(st.query_params.get(PARAMETER, ""))})
    if carried is None:
        return
    st.info(
        t(
            "These figures came with the link; nobody checked them. The model itself stayed where it was: "
            "with the same file this page gives them again."
        ),
        icon=":material/link:",
    )
    st.markdown(carried_line(carried))
    left, right = st.columns(2, gap="small")
    with left.container(border=True):
        st.metric(t("Energy per inference"), energy(carried.energy_mj[0]))
        interval = energy_range(carried.energy_mj[1], carried.energy_mj[2])
        st.caption(t("{tenths} in 10 times {interval}", tenths=8, interval=interval))
    with right.container(border=True):
        st.metric(t("Latency"), latency(carried.latency_ms[0]))
        st.caption(_latency_words(carried))


def _latency_words(carried: Carried) -> str:
    _, low, high = carried.latency_ms
    if math.isnan(low):
        return t("no interval: energy over a mean power, never compared with a measured time")
    return t("{tenths} in 10 times {interval}", tenths=8, interval=latency_range(low, high))


def carried_line(carried: Carried) -> str:
    """Return model, device, scope and versions in a line of Markdown; the name is escaped."""
    return tn(
        "**{name}** on {target} in {precision}: estimate of the {scope}, {n} kernel. Data {data}, "
        "method {method}.",
        "**{name}** on {target} in {precision}: estimate of the {scope}, {n} kernels. Data {data}, "
        "method {method}.",
        carried.kernels,
        name=literal(carried.name) or t("Unnamed model"),
        target=literal(target_label(carried.device_id, carried.delegate)),
        precision=carried.precision,
        scope=scope_words(carried.scope),
        data=carried.data_version,
        method=carried.method_version,
    )
