"""What is known of the models on the shelf, estimated once per precision, and whether int8 is worth it."""

from __future__ import annotations

from typing import Final, TypeAlias

import pandas as pd
import streamlit as st

from app.compare.tables import show_table
from app.i18n.formats import energy, energy_range, listing, literal, percent
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn
from app.models.model import report_for, uploaded_model
from app.models.shelf import Shelved
from app.models.targets import target_label
from app.own_devices import SHELF_PARTS
from app.ui.scopes import scope_rank
from data.errors import JouleLensError
from predictors.energy.calibrated.own_folder import Stamp, stamp
from predictors.research.matrix import Cell, Gap, parts_of

Parts: TypeAlias = tuple[tuple[Cell, ...], tuple[Gap, ...]]
Key: TypeAlias = tuple[str, str, str, Stamp]
"""Id and name of a model, precision, and the files of the server's devices."""
LESS: Final = mark("yes: the ranges do not overlap")
LIKELY: Final = mark("probably: the ranges overlap")
NOT: Final = mark("no")


def parts_for(one: Shelved, precision: str) -> Parts:
    """Return cells and gaps of a model in a precision, estimated once. Raises JouleLensError.

    Cells are small and reports are not, so the session keeps cells, until a device of one's own changes.
    """
    known, key = _known(), (one.id, one.name, precision, stamp())
    if key not in known:
        with st.spinner(
            t("Estimating {model} in {precision} …", model=literal(one.name), precision=precision)
        ):
            known[key] = parts_of(one.name, report_for(uploaded_model(one.upload), precision))
    return known[key]


def _known() -> dict[Key, Parts]:
    """Return what was estimated on the server's devices as they are now; what is older goes."""
    known: dict[Key, Parts] = st.session_state.setdefault(SHELF_PARTS, {})
    for key in [each for each in known if each[-1] != stamp()]:
        del known[key]
    return known


def forget_parts(shelf_id: str) -> None:
    """Let go of what is known of a model."""
    known = _known()
    for key in [each for each in known if each[0] == shelf_id]:
        del known[key]


def show_int8(kept: tuple[Shelved, ...]) -> None:
    """Show fp32 and int8 of each model side by side, where it takes the least energy in fp32."""
    pairs: list[tuple[Cell, Cell]] = []
    for one in kept:
        try:
            before, after = (parts_for(one, each)[0] for each in ("fp32", "int8"))
        except JouleLensError as error:
            st.warning(
                f"{literal(one.name)}: {tell(error.message)}  \n`{error.code}`", icon=":material/help:"
            )
            continue
        pair = _best_pair(before, after)
        if pair is not None:
            pairs.append(pair)
    if not pairs:
        st.info(t("No device has figures for fp32 and int8 of these models."))
        return
    st.markdown(_answer(pairs))
    show_table(pd.DataFrame([_row(*pair) for pair in pairs]), t("Each model in fp32 and in int8"))
    st.caption(
        t(
            "Each model on the device and delegate where it takes the least energy in fp32, among those with "
            "figures for both. Only energy is estimated: check what int8 does to the accuracy."
        )
    )


def _best_pair(before: tuple[Cell, ...], after: tuple[Cell, ...]) -> tuple[Cell, Cell] | None:
    """Return fp32 and int8 where fp32 takes the least energy, of whole things before parts of them."""
    there = {(cell.target, cell.scope): cell for cell in after}
    both = [cell for cell in before if (cell.target, cell.scope) in there]
    best = min(both, key=lambda cell: (scope_rank(cell.scope), cell.energy_mj), default=None)
    return None if best is None else (best, there[best.target, best.scope])


def _verdict(before: Cell, after: Cell) -> str:
    if after.energy_mj >= before.energy_mj:
        return NOT
    return LESS if after.energy_mj_high < before.energy_mj_low else LIKELY


def _answer(pairs: list[tuple[Cell, Cell]]) -> str:
    worth = [literal(before.model) for before, after in pairs if _verdict(before, after) != NOT]
    if not worth:
        return t("**int8 saves energy for none of these models.**")
    if len(worth) == len(pairs):
        return tn(
            "**int8 saves energy for this model.**", "**int8 saves energy for all {n} models.**", len(pairs)
        )
    return t("int8 saves energy for {models}, not for the others.", models=listing(worth))


def _row(before: Cell, after: Cell) -> dict[str, str]:
    change = after.energy_mj / before.energy_mj - 1.0
    return {
        t("Model"): literal(before.model),
        t("Device"): literal(target_label(before.device_id, before.delegate)),
        "fp32": f"{energy(before.energy_mj)} ({energy_range(before.energy_mj_low, before.energy_mj_high)})",
        "int8": f"{energy(after.energy_mj)} ({energy_range(after.energy_mj_low, after.energy_mj_high)})",
        t("Change"): percent(change),
        t("Worth it?"): t(_verdict(before, after)),
    }
