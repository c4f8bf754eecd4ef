"""Neural operators on a device's page: networks that solve equations, as measured, not estimated."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.i18n.formats import capital, energy, listing, number, with_signs
from app.i18n.texts import t, verbatim
from app.memo import keeping
from app.ui.tables import readable
from app.ui.target_names import meter_name
from data import queries

FAMILIES: Final = (verbatim("DeepONet"), "FNO", "WNO")
"""Families of neural operators in the table of runs; its other networks are image networks."""
REFERENCE: Final = "fp32_strict"
"""The precision that the others are compared with: single precision without the GPU's shortened products."""
_OWN_NAME: Final = r"^wno_|_rep\d+$|_ts_(?:fp32_strict|tf32)$"
"""What stands in the name of a file beside the network: its family, the repeat, runtime and precision."""


@keeping
def operator_rows(device_id: str) -> pd.DataFrame:
    """Return a row per network, runtime and precision, in the order of families and names.

    Columns: family, network, software, precision, energy_mj (median), low_mj, high_mj, latency_ms (median),
    runs, meter_scope, rail, source_id; empty for a device without them.
    """
    rows = queries.network_runs(bundle_cache.bundle())
    rows = rows[(rows["device_id"] == device_id) & rows["family"].isin(FAMILIES)]
    named = rows.assign(network=rows["network"].str.replace(_OWN_NAME, "", regex=True))
    keys = ["family", "network", "software", "precision", "meter_scope", "rail", "source_id"]
    return named.groupby(keys, as_index=False).agg(
        energy_mj=("energy_mj", "median"),
        low_mj=("energy_mj", "min"),
        high_mj=("energy_mj", "max"),
        latency_ms=("latency_ms", "median"),
        runs=("energy_mj", "size"),
    )


def precision_ratios(rows: pd.DataFrame) -> dict[str, tuple[float, int]]:
    """Return precision -> median ratio of its energy to that in `REFERENCE`, and of how many networks.

    Each of the same network in the same runtime; precisions without such a pair are left out.
    """
    keys = ["family", "network", "software"]
    usual = rows[rows["precision"] == REFERENCE].set_index(keys)["energy_mj"]
    others = rows[rows["precision"] != REFERENCE].set_index([*keys, "precision"])["energy_mj"]
    ratios = others / usual.reindex(others.index.droplevel("precision")).to_numpy()
    by_precision = ratios.dropna().groupby("precision")
    return {str(each): (float(part.median()), len(part)) for each, part in by_precision}


def show_operators(device_id: str) -> None:
    """Show what was measured, in a sentence and a table."""
    rows = operator_rows(device_id)
    st.markdown(operators_sentence(rows))
    table = pd.DataFrame(
        {
            t("Family"): rows["family"],
            t("Network"): rows["network"],
            t("Precision"): rows["precision"],
            t("Software"): rows["software"],
            t("Energy per inference (mJ)"): rows["energy_mj"],
            t("from (mJ)"): rows["low_mj"],
            t("to (mJ)"): rows["high_mj"],
            t("Latency (ms)"): rows["latency_ms"],
            t("Runs"): rows["runs"],
        }
    )
    words = t("Neural operators: energy and latency by network, precision and software")
    st.dataframe(readable(table), hide_index=True, placeholder="", alt=words)
    st.caption(operators_conditions(rows))


def operators_sentence(rows: pd.DataFrame) -> str:
    """Return from where to where the energies go, and what a precision saves."""
    least, most = rows.loc[rows["energy_mj"].idxmin()], rows.loc[rows["energy_mj"].idxmax()]
    ratios = listing(
        [
            t("{precision} × {ratio}", precision=each, ratio=with_signs(f"{ratio:.2f}"))
            for each, (ratio, _) in precision_ratios(rows).items()
        ]
    )
    return t(
        "They solve equations (Burgers, Darcy) at a grid of points, and are no image networks. From "
        "**{low}** ({least}) to **{high}** ({most}) per inference. Median energy beside {reference} of the "
        "same network and software: {ratios}.",
        low=energy(float(least["energy_mj"])),
        least=f"{least['family']} {least['network']} {least['precision']}",
        high=energy(float(most["energy_mj"])),
        most=f"{most['family']} {most['network']} {most['precision']}",
        reference=REFERENCE,
        ratios=ratios,
    )


def operators_conditions(rows: pd.DataFrame) -> str:
    """Return meter, power mode, runs and source; no estimate is made from them."""
    source = bundle_cache.sources().set_index("source_id").loc[str(rows["source_id"].iloc[0])]
    return t(
        "{meter} ({rail}), idle included; {runs} runs of two minutes in MAXN SUPER with fixed clocks. "
        "Measured, not estimated: no law is fitted to them. The number behind r is the grid. The "
        "source gives no date. Source: {link}.",
        meter=capital(meter_name(str(rows["meter_scope"].iloc[0]))),
        rail=str(rows["rail"].iloc[0]),
        runs=number(float(rows["runs"].sum())),
        link=f"[{source['source_title']}]({source['url']})",
    )
