"""What the methods page says in words and equations; the numbers on it come from the bundle and the bench."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a model file to a number: what is done, its equation (LaTeX, may be empty), symbols."""

    title: str
    text: str
    equation: str = ""
    symbols: str = ""


STEPS: Final = (
    Step(
        "Read the model",
        "An ONNX file becomes a graph of operators with fixed shapes. Weights are skipped: only their sizes "
        "matter. The file is read in memory by a separate, limited process and never stored.",
    ),
    Step(
        "Fuse operators into kernels",
        "A runtime launches some neighbouring operators as one kernel. Two operators count as one kernel "
        "where running them together was measured to save more than half of the shorter one. Every operator "
        "ends up in exactly one kernel, or on the list of free ones, or is counted as unsupported.",
        r"t_a + t_b - t_{ab} > \tfrac{1}{2}\,\min(t_a, t_b)",
        "t: measured time of operator a, of b, and of both together (ms)",
    ),
    Step(
        "Describe each kernel",
        "The features of a kernel follow from its shapes: multiply-accumulates (MACs), bytes moved, their "
        "ratio, padded tiles. For a convolution:",
        r"\mathrm{MACs} = H_{out}\, W_{out}\, C_{out}\, \frac{C_{in}}{g}\, K_h\, K_w",
        "H, W: output size; C: channels; g: groups; K: window. “FLOPs” in the published tables are MACs.",
    ),
    Step(
        "Predict energy and latency of each kernel",
        "Huawei P40 Pro: a model per kernel type, fitted on its measured kernels, a linear trend on the "
        "logarithm plus a Gaussian process. Kernel types without measurements of their own get a named, "
        "simpler law and are marked “approximated”. Other phones: the P40 Pro's estimate times a factor "
        "fitted on the reference networks that both ran, marked “transferred”. Boards: a sum over kernels "
        "with coefficients that cannot be negative, fitted per board, back end and precision. Jetson TX2: "
        "a model of measured convolutions.",
        r"\log E = \beta_0 + \boldsymbol\beta^{\top}\mathbf{x} + f(\mathbf{x}) + \varepsilon,"
        r"\qquad f \sim \mathcal{GP}(0, k)",
        "E: energy per inference (mJ); x: features; f: Gaussian process with Matérn covariance k; "
        "ε: noise of the measurement",
    ),
    Step(
        "Add up, with an interval",
        "Energy and latency of a network are sums over its kernels. The interval accounts for errors that "
        "kernels of one type share, and for the step from single kernels to a whole network. It is "
        "calibrated on held-out measurements so that it holds the true value 8 in 10 times.",
        r"E = \sum_k E_k,\qquad \bar P = \frac{E}{t},\qquad "
        r"\operatorname{var}(E) \approx \mathbf{v}^{\top} C\,\mathbf{v}",
        "t: latency (ms); P: mean power (W); v: energies of the kernels; C: covariance of their logarithms",
    ),
)

SCORES: Final = (
    Step(
        "PCS, Power Consumption Score",
        "The mean share of its thermal design power that a phone does not draw, in points of 100. Empty "
        "cells are dropped. Higher is better; a device that draws more than its TDP falls below 0.",
        r"\mathrm{PCS} = \frac{100}{n} \sum_{r=1}^{n} \left(1 - \frac{P_r}{\mathrm{TDP}}\right)",
        "P: mean power of row r (W); TDP: thermal design power of the chip (W); n: rows with a figure, of 35",
    ),
    Step(
        "IECS, Inference Energy Consumption Score",
        "Inferences per joule, added up over the rows. Higher is better. The paper describes IECS in "
        "words; its exact equation could not be recovered, so this is the project's own reading. It "
        "correlates with the printed numbers but does not equal them, and is never presented as the "
        "paper's own.",
        r"\mathrm{IECS} = \sum_{r=1}^{n} \frac{1}{E_r}",
        "E: energy of one inference in row r (J)",
    ),
)

SCORES_SOURCE: Final = (
    "Both scores: Tu et al., “Unveiling Energy Efficiency in Deep Learning: Measurement, Prediction, and "
    "Scoring across Edge Devices”, SEC 2023, [doi 10.1145/3583740.3628442](https://doi.org/10.1145/3583740.3628442)."
)

NOT_CONSIDERED: Final = (
    "Energy of making, shipping and scrapping the device, and of training the network.",
    "Screen, radio, camera and other apps, except where the meter saw them: phones were measured whole at "
    "the battery, boards whole at the wall socket. Idle power is included unless a source says otherwise.",
    "Heat: a device that throttles after minutes of work draws and delivers less than these short runs.",
    "Accuracy of the network: a frugal network may also be a worse one.",
    "Other units of the same device, other system versions, other software versions of the runtime.",
    "The time and energy to load a model and to prepare its input.",
)

CITE: Final = """\
JouleLens, method {method}, data {data}: energy transparency for deep learning on edge devices.

Please cite the measurements too, first of all:
Xiaolong Tu, Anik Mallik, Dawei Chen, Kyungtae Han, Onur Altintas, Haoxin Wang, Jiang Xie:
Unveiling Energy Efficiency in Deep Learning: Measurement, Prediction, and Scoring across Edge Devices.
Proc. 8th ACM/IEEE Symposium on Edge Computing (SEC 2023). doi 10.1145/3583740.3628442"""
