"""Tables with numbers written the reader's way, one of targets, and their download as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from app.i18n.formats import DIGITS, count, number
from app.i18n.messages import tell
from app.i18n.texts import mark, t
from app.ui.kept_tables import written_plainly
from app.ui.scopes import scope_words
from app.ui.shared import offer_table
from app.ui.target_names import delegate_names
from predictors.results.targets import Target

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler


def offer_csv(
    label: str,
    content: str | Callable[[], str] | Callable[[], bytes],
    file_name: str,
    *,
    key: str | None = None,
    help: str | None = None,
) -> None:
    """Show the button. `content` may be a function, which is only called once the file is wanted."""
    st.download_button(
        label,
        content,
        file_name=file_name,
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=key,
        help=help,
    )


TESTED: Final = {
    "kernels": mark("single kernels"),
    "ratios": mark("ratios to another device"),
    "networks": mark("whole networks, file in and energy out"),
}
"""Kind of test -> what its error refers to: kernels and ratios are not whole networks."""


def target_table(targets: Sequence[Target], names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return one row per target, in their order; `names` is device id -> name, without it no device is named.

    All cells are text in the reader's language; the error has three significant digits and is empty where
    nothing can be estimated.
    """
    delegates: dict[str, list[str]] = {}
    for target in targets:
        delegates.setdefault(target.device_id, []).append(target.delegate)
    labels = {device_id: delegate_names(found) for device_id, found in delegates.items()}
    columns = {
        t("Device"): [(names or {}).get(target.device_id, target.device_id) for target in targets],
        t("Runs on"): [labels[target.device_id][target.delegate] for target in targets],
        t("Precision"): [target.precision for target in targets],
        t("Source of the figure"): [tell(target.evidence.value) for target in targets],
        t("Energy of"): [scope_words(target.scope) for target in targets],
        t("What was tested"): [
            "" if target.error_percent is None else t(TESTED[target.tested]) for target in targets
        ],
        t("Tests"): ["" if not target.error_count else count(target.error_count) for target in targets],
        t("Error, held out (%)"): [_error(target.error_percent) for target in targets],
        t("8 in 10 within (%)"): [_error(target.error_high_percent) for target in targets],
        t("How the error was found"): [tell(target.error_basis) for target in targets],
        t("What the meter saw"): [tell(target.meter) for target in targets],
    }
    if names is None:
        del columns[t("Device")]
    return pd.DataFrame(columns)


def targets_sentence(targets: Sequence[Target]) -> str:
    """Return how many targets there are and how many are too thinly measured, in one sentence."""
    known = [target for target in targets if target.error_percent is not None]
    devices = len({target.device_id for target in known})
    return t(
        "Estimates are made for {known} combinations of device, back end and precision on {devices} devices. "
        "For {thin} more the measurements are too thin, and the app says so instead.",
        known=count(len(known)),
        devices=count(devices),
        thin=count(len(targets) - len(known)),
    )


def _error(error_percent: float | None) -> str:
    return "" if error_percent is None else number(error_percent)


MOST_CELLS: Final = 50_000
"""Tables with more cells send plain numbers: formatting every cell on the server would take too long."""


def readable(table: pd.DataFrame, digits: Mapping[str, int] | None = None) -> Styler | pd.DataFrame:
    """Return a table for `st.dataframe` with thousands and decimals written in the reader's language.

    Fractions have three significant digits, or as many as `digits` says for their column; whole numbers have
    all of theirs. The cells stay numbers: they are sorted and downloaded as such. A column with a `format` of
    its own in `column_config` keeps that format. The strip "Share" offers the table as a file.
    """
    style = formatted(table, digits)
    return style if isinstance(style, pd.DataFrame) else written_plainly(style)


def formatted(table: pd.DataFrame, digits: Mapping[str, int] | None = None) -> Styler | pd.DataFrame:
    """Return a table as `readable` does, to be styled further."""
    offer_table(table)
    if table.size > MOST_CELLS:
        return table
    wanted = digits or {}
    writers: dict[Any, Any] = {}
    for name, kind in zip(table.columns, table.dtypes, strict=True):
        if pd.api.types.is_integer_dtype(kind):
            writers[name] = _whole
        elif pd.api.types.is_float_dtype(kind):
            writers[name] = partial(_fraction, digits=wanted.get(str(name), DIGITS))
    return table.style.format(writers)


def _whole(value: Any) -> str:
    return "" if pd.isna(value) else count(value)


def _fraction(value: Any, digits: int) -> str:
    return "" if pd.isna(value) else number(float(value), digits)
