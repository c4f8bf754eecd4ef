"""The closed law of layers in the form of Lahmer et al., explained with the measured layers of Jetson TX2."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.methods import kernel_steps, layer_modes
from app.i18n.formats import count, energy, number, plain
from app.i18n.texts import mark, t, tn, verbatim
from app.memo import keeping, kept_under
from app.methods.bench_results import stored_rows
from app.ui.equations import show_equation
from app.ui.tables import offer_csv, readable
from app.url_state import widgets
from data.inert_csv import frame_csv
from predictors.energy.tx2.layer_features import LahmerLaw

RAILS: Final = {"cpu": verbatim("CPU"), "gpu": verbatim("GPU")}
ACCURACY_TABLE: Final = "accuracy-jetson-tx2-convolutions"
LAW_METHOD, METHOD_IN_USE = verbatim("lahmer-form law"), "best"
FIFTH, KERNELS_OUT = "5-fold", verbatim("leave C_out out")
GROUP_ENDS: Final = (0, 1, 57, 228, 512)
"""Numbers of kernels up to which layers share a mark; the first group is the layers of one kernel."""
SIZES: Final = ["input_hw", "kernel_size", "c_in"]
USUAL_LAYER: Final = (50, 116)
"""Of the layers measured with the most numbers of kernels, those nearest to this image and input stand."""
USUAL_WINDOW: Final = 3
PAPER: Final = verbatim(
    "Lahmer, Khoshsirat, Rossi, Zanella, “Energy Consumption of Neural Networks on NVIDIA Edge Boards: an "
    "Empirical Model”, WiOpt 2022, [doi 10.23919/WiOpt56218.2022.9930584]"
    "(https://doi.org/10.23919/WiOpt56218.2022.9930584), [arXiv 2210.01625](https://arxiv.org/abs/2210.01625)"
)
WORDS: Final = mark(
    "{paper}, describe the energy of a layer by its multiply-accumulates (MACs). Fully connected layers "
    "follow one line. Convolutions follow several, depending on their number of kernels (output channels), "
    "with two parameters of the hardware. In our reading these are the energy of a MAC and the number of "
    "kernels that the hardware works on together, the tile: one that is not full costs as much as a full "
    "one. What is shown here is **our own fit in that form** to the published layers of Jetson TX2; the "
    "coefficients are not the paper's. The measurements timed a loop that also made a new input and new "
    "weights for every run, which is the first part of the law. Estimates do not use it: they use the "
    "predictor with the smaller error."
)
EQUATION: Final = verbatim(
    r"E = \underbrace{E_0 + a\,N_{in} + b\,N_w}_{\text{loop}} + \underbrace{\kappa\, P\, D\, T "
    r"\left\lceil C_{out}/T \right\rceil}_{\text{MACs}},\qquad E_{fc} = \sigma\,\mathrm{MACs}"
)
SYMBOLS: Final = mark(
    "E: energy of a run (mJ); N: elements of input and weights; P: output pixels; D: input channels times "
    "window; C: kernels; T: tile of kernels; κ: energy of a MAC; σ: slope of fully connected layers"
)


def show_layer_law() -> None:
    """The law in words and as an equation, two pictures of measured layers, errors, and the figures."""
    st.header(t("A law that can be read: layers of Jetson TX2"), anchor=False)
    st.markdown(t(WORDS, paper=PAPER))
    show_equation(EQUATION)
    st.caption(t(SYMBOLS))
    rail = widgets.segmented_control(t("Processor"), {each: t(name) for each, name in RAILS.items()}, "rail")
    layers = layer_rows(rail)
    if layers.empty:
        st.info(t("The layers of Jetson TX2 are not in this bundle: their publisher states no licence."))
        return
    law = _law(rail)
    st.markdown(law_sentence(rail, law, layers))
    st.markdown(error_sentence(rail, stored_rows(ACCURACY_TABLE)))
    _modes(rail, law, layers)
    _steps(rail, law, layers)
    _figures(rail, layers)


def _law(rail: str) -> LahmerLaw:
    from predictors.energy.tx2.law import closed_law  # loads scipy, which other sections do without

    return closed_law(rail)


@keeping
def layer_rows(rail: str) -> pd.DataFrame:
    """Return every measured layer of a rail: sizes, macs, energy_mj and law_mj; none without the source."""
    from predictors.energy.tx2.law import closed_law_energy_mj
    from predictors.energy.tx2.layers import measured_layers

    measured = measured_layers(rail)
    table = measured.table
    if not len(table):
        return pd.DataFrame()
    sizes = {
        "input_hw": table.input_side,
        "kernel_size": table.window,
        "c_in": table.c_in,
        "c_out": table.c_out,
    }
    frame = pd.DataFrame({name: np.rint(values).astype(int) for name, values in sizes.items()})
    return frame.assign(
        macs=table.macs, energy_mj=measured.energy_mj, law_mj=closed_law_energy_mj(_law(rail), table)
    )


def law_sentence(rail: str, law: LahmerLaw, layers: pd.DataFrame) -> str:
    """Return the fitted coefficients, and how far the modes are apart, in words."""
    return t(
        "{layers} layers on the {rail}: a MAC costs {mac} nJ, a tile has {tile} kernels, and the loop takes "
        "{floor} mJ and {input} nJ per element of the input. Per MAC, a layer of one kernel costs {ratio} "
        "times as much as the same layer with {most} kernels (median of the layers measured with both).",
        layers=count(len(layers)),
        rail=t(RAILS[rail]),
        mac=number(law.mac_energy_nj),
        tile=law.tile,
        floor=number(law.floor_mj),
        input=number(law.input_nj),
        ratio=number(mode_ratio(layers)),
        most=count(layers["c_out"].max()),
    )


def mode_ratio(layers: pd.DataFrame) -> float:
    """Return how many times the energy per MAC of one kernel is that of the most kernels, in the median."""
    per_mac = layers.assign(per_mac=layers["energy_mj"] / layers["macs"])
    both = per_mac.pivot_table(index=SIZES, columns="c_out", values="per_mac")
    return float((both[both.columns.min()] / both[both.columns.max()]).median())


def error_sentence(rail: str, accuracy: pd.DataFrame) -> str:
    """Return the law's error on layers left out beside that of the predictor in use, as the bench has it."""
    if accuracy.empty:
        return t("No accuracy tables are stored yet. `make bench` measures them.")
    rows = accuracy[(accuracy["delegate"] == rail) & (accuracy["quantity"] == "energy")]
    errors = rows.set_index(["method", "protocol"])["mape_percent"]
    return t(
        "On layers that were left out of the fit, the law is off by {law} % on average (a fifth of them "
        "left out at a time) and {law_out} % (whole numbers of kernels left out); the predictor in use by "
        "{best} % and {best_out} %.",
        law=number(errors[LAW_METHOD, FIFTH]),
        law_out=number(errors[LAW_METHOD, KERNELS_OUT]),
        best=number(errors[METHOD_IN_USE, FIFTH]),
        best_out=number(errors[METHOD_IN_USE, KERNELS_OUT]),
    )


def _modes(rail: str, law: LahmerLaw, layers: pd.DataFrame) -> None:
    st.subheader(t("Several lines instead of one"), anchor=False)
    st.plotly_chart(
        kept_under(rail, layer_modes, with_groups(layers), law_lines(law, layers)),
        config=CONFIG,
        key=f"layer-modes-{rail}",
        alt=plain(
            t(
                "Measured energy of {layers} layers on the {rail} against their MACs, both logarithmic, in "
                "four groups by number of kernels; two lines show what the law gives to the MACs alone. The "
                "layers of one kernel lie above the others, {ratio} times as high per MAC.",
                layers=count(len(layers)),
                rail=t(RAILS[rail]),
                ratio=number(mode_ratio(layers)),
            )
        ),
    )
    st.caption(
        t(
            "Every mark is a measured layer. The lines are the law's part for MACs alone; what lies above "
            "them is the timed loop, which weighs most for small layers."
        )
    )


def with_groups(layers: pd.DataFrame) -> pd.DataFrame:
    """Return the layers, fewest kernels first, with a column `group` that says the kernels of its mark."""
    parts = []
    for below, end in pairwise(GROUP_ENDS):
        members = layers[(layers["c_out"] > below) & (layers["c_out"] <= end)]
        if not members.empty:
            parts.append(members.assign(group=_kernels(members["c_out"].min(), members["c_out"].max())))
    return pd.concat(parts)


def _kernels(low: int, high: int) -> str:
    if low == high:
        return tn("1 kernel", "{n} kernels", low)
    return t("{low} to {high} kernels", low=count(low), high=count(high))


def law_lines(law: LahmerLaw, layers: pd.DataFrame) -> pd.DataFrame:
    """Return what the law gives to the MACs alone (mJ) over the measured MACs: one kernel, full tiles."""
    alone = layers.loc[layers["c_out"] == layers["c_out"].min(), "macs"]
    parts = []
    for name, macs, filling in (
        (t("law, MACs alone: 1 kernel in a tile of {tile}", tile=law.tile), alone, law.tile),
        (t("law, MACs alone: full tiles"), layers["macs"], 1),
    ):
        ends = np.array([macs.min(), macs.max()])
        energy_mj = law.mac_energy_nj * 1e-6 * filling * ends
        parts.append(pd.DataFrame({"line": name, "macs": ends, "energy_mj": energy_mj}))
    return pd.concat(parts)


def _steps(rail: str, law: LahmerLaw, layers: pd.DataFrame) -> None:
    st.subheader(t("Steps in the number of kernels"), anchor=False)
    found = step_layers(layer_rows("cpu"), layer_rows("gpu"))
    options = {key: _layer_words(sizes) for key, sizes in found.items()}
    usual = next((key for key, sizes in found.items() if sizes[1] == USUAL_WINDOW), None)
    chosen = widgets.selectbox(t("Layer"), options, "layer", usual=usual)
    sizes = [int(part) for part in chosen.split("-")]
    measured = layers[(layers[SIZES] == sizes).all(axis=1)].sort_values("c_out")
    st.markdown(step_sentence(measured, law))
    st.plotly_chart(
        kept_under((rail, chosen), kernel_steps, measured[["c_out", "energy_mj"]], law_steps(law, measured)),
        config=CONFIG,
        key=f"kernel-steps-{rail}-{chosen}",
        alt=plain(f"{options[chosen]}: {step_sentence(measured, law)}"),
    )
    st.caption(
        t(
            "The measured numbers of kernels are 57 apart, wider than a tile: single steps cannot be seen in "
            "them, only how full the last tile was. Why a single kernel may cost more than 57 is nothing "
            "that the law knows."
        )
    )


def step_layers(*rails: pd.DataFrame) -> dict[str, tuple[int, int, int]]:
    """Return id -> (image, window, channels in) of one layer per window: of those measured with the most
    numbers of kernels on every rail, the one nearest to `USUAL_LAYER`."""
    numbers = [rail.groupby(SIZES)["c_out"].nunique() for rail in rails]
    least = pd.concat(numbers, axis=1).min(axis=1, skipna=False).dropna().reset_index(name="numbers")
    image, c_in = USUAL_LAYER
    away = (least["input_hw"] - image).abs() + (least["c_in"] - c_in).abs()
    ordered = least.assign(away=away).sort_values(["numbers", "away"], ascending=[False, True])
    chosen = ordered.drop_duplicates("kernel_size").sort_values("kernel_size")
    found = [tuple(int(value) for value in row) for row in chosen[SIZES].to_numpy()]
    return {"-".join(map(str, sizes)): (sizes[0], sizes[1], sizes[2]) for sizes in found}


def _layer_words(sizes: tuple[int, int, int]) -> str:
    image, window, c_in = sizes
    return t(
        "{window} x {window} window, {image} x {image} pixels, {c_in} channels in",
        window=window,
        image=image,
        c_in=c_in,
    )


def law_steps(law: LahmerLaw, measured: pd.DataFrame) -> pd.DataFrame:
    """Return the law's energy (mJ) of a measured layer for every number of kernels up to the largest."""
    from predictors.energy.tx2.law import closed_law_energy_mj
    from predictors.energy.tx2.layers import LayerTable

    layer = measured.iloc[0]
    kernels = np.arange(1.0, float(measured["c_out"].max()) + 1.0)
    window, c_in = (np.full(len(kernels), float(layer[name])) for name in ("kernel_size", "c_in"))
    table = LayerTable(float(layer["input_hw"]) - window + 1.0, window, c_in, kernels)
    return pd.DataFrame({"c_out": kernels.astype(int), "energy_mj": closed_law_energy_mj(law, table)})


def step_sentence(measured: pd.DataFrame, law: LahmerLaw) -> str:
    """Return both ends of a layer's steps as measured and by the law, and its mean error, in words."""
    few, many = measured.iloc[0], measured.iloc[-1]
    off = float((measured["law_mj"] / measured["energy_mj"] - 1.0).abs().mean())
    return t(
        "With {few} a run took {few_mj} (law: {few_law}), with {many} {many_mj} (law: {many_law}). The law "
        "rises every {tile} kernels; over the measured ones it is off by {off} % on average, with the layer "
        "in the fit.",
        few=_kernels(few["c_out"], few["c_out"]),
        few_mj=energy(few["energy_mj"]),
        few_law=energy(few["law_mj"]),
        many=_kernels(many["c_out"], many["c_out"]),
        many_mj=energy(many["energy_mj"]),
        many_law=energy(many["law_mj"]),
        tile=law.tile,
        off=number(100.0 * off),
    )


def _figures(rail: str, layers: pd.DataFrame) -> None:
    with st.expander(t("The same as a table")):
        st.dataframe(
            readable(kernel_table(layers)),
            hide_index=True,
            alt=t("Energy per MAC by number of kernels, measured and by the law"),
        )
        offer_csv(
            t("Download every layer as CSV"),
            lambda: frame_csv(layers),
            f"joulelens-tx2-layers-{rail}.csv",
        )


def kernel_table(layers: pd.DataFrame) -> pd.DataFrame:
    """Return one row per number of kernels: layers, energy per MAC (nJ) measured and by the law, error."""
    nj = 1e6 / layers["macs"]
    rows = layers.assign(
        measured=layers["energy_mj"] * nj,
        law=layers["law_mj"] * nj,
        off=100.0 * (layers["law_mj"] / layers["energy_mj"] - 1.0).abs(),
    ).groupby("c_out")
    return pd.DataFrame(
        {
            t("Kernels"): list(rows.groups),
            t("Layers"): rows.size().to_numpy(),
            t("Measured, median (nJ per MAC)"): rows["measured"].median().to_numpy(),
            t("Law, median (nJ per MAC)"): rows["law"].median().to_numpy(),
            t("Law, mean error (%)"): rows["off"].mean().to_numpy(),
        }
    )
