"""What the methods page says in words and equations; the numbers on it come from the bundle and the bench."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.i18n.texts import mark, verbatim


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a model file to a number: what is done, its equation (LaTeX, may be empty), symbols.

    Title, text and symbols are in English, for `t()`.
    """

    title: str
    text: str
    equation: str = ""
    symbols: str = ""


STEPS: Final = (
    Step(
        mark("Read the model"),
        mark(
            "An ONNX file becomes a graph of operators with fixed shapes. Weights are skipped: only their "
            "sizes matter. The file is read in memory by a separate, limited process and never stored."
        ),
    ),
    Step(
        mark("Fuse operators into kernels"),
        mark(
            "A runtime launches some neighbouring operators as one kernel. Two operators count as one kernel "
            "where running them together was measured to save more than half of the shorter one. Every "
            "operator ends up in exactly one kernel, or on the list of free ones, or is counted as "
            "unsupported."
        ),
        verbatim(r"t_a + t_b - t_{ab} > \tfrac{1}{2}\,\min(t_a, t_b)"),
        mark("t: measured time of operator a, of b, and of both together (ms)"),
    ),
    Step(
        mark("Describe each kernel"),
        mark(
            "The features of a kernel follow from its shapes: multiply-accumulates (MACs), bytes moved, "
            "their ratio, padded tiles. For a convolution:"
        ),
        verbatim(r"\mathrm{MACs} = H_{out}\, W_{out}\, C_{out}\, \frac{C_{in}}{g}\, K_h\, K_w"),
        mark(
            "H, W: output size; C: channels; g: groups; K: window. “FLOPs” in the published tables are MACs."
        ),
    ),
    Step(
        mark("Predict energy and latency of each kernel"),
        mark(
            "Huawei P40 Pro: a model per kernel type, fitted on its measured kernels, a linear trend on the "
            "logarithm plus a Gaussian process. Kernel types without measurements of their own get a named, "
            "simpler law and are marked “approximated”. Other phones: the P40 Pro's estimate times a factor "
            "fitted on the reference networks that both ran, marked “transferred”. Boards: a sum over "
            "kernels with coefficients that cannot be negative, fitted per board, back end and precision. "
            "Jetson TX2: a model of measured convolutions."
        ),
        verbatim(
            r"\log E = \beta_0 + \boldsymbol\beta^{\top}\mathbf{x} + f(\mathbf{x}) + \varepsilon,"
            r"\qquad f \sim \mathcal{GP}(0, k)"
        ),
        mark(
            "E: energy per inference (mJ); x: features; f: Gaussian process with Matérn covariance k; "
            "ε: noise of the measurement"
        ),
    ),
    Step(
        mark("Add up, with an interval"),
        mark(
            "Energy and latency of the kernels are sums over them. The interval accounts for errors that "
            "kernels of one type share, and for the step from single kernels to a whole network. What was "
            "tested differs: boards and applications on phones on whole networks that were left out; the "
            "kernels of the P40 Pro and of Jetson TX2 on kernels, never on whole networks, so that the step "
            "is assumed there; Xavier NX on three networks."
        ),
        verbatim(
            r"E = \sum_k E_k,\qquad \bar P = \frac{E}{t},\qquad "
            r"\operatorname{var}(E) \approx \mathbf{v}^{\top} C\,\mathbf{v}"
        ),
        mark(
            "t: latency (ms); P: mean power (W); v: energies of the kernels; C: covariance of their "
            "logarithms"
        ),
    ),
    Step(
        mark("On phones: from the kernels to the running application"),
        mark(
            "The whole phone takes more than its kernels: screen, other cores, moving data. On CPUs and "
            "NNAPI the ratio is fitted to all reference networks that were measured as applications, all "
            "phones at once, each term drawn towards 0, and tested with the network left out. On GPUs the "
            "applications wait for the next picture of the camera, so there is no such figure and no place "
            "in a ranking."
        ),
        verbatim(
            r"\ln\frac{E_{app}}{E_{kernels}} = a_{d,p} + b_{phone} + c_{phone,d} + e_{phone,p} "
            r"+ f_{phone,d,p} + [p = int8]\, s\,(\ln E_{kernels} - 5)"
        ),
        mark("d: delegate; p: precision; s: slope in int8; the interval is that of left-out networks"),
    ),
)

SCORES: Final = (
    Step(
        mark("PCS, Power Consumption Score"),
        mark(
            "The mean share of its thermal design power that a phone does not draw, in points of 100. Empty "
            "cells are dropped. Higher is better; a device that draws more than its TDP falls below 0."
        ),
        verbatim(r"\mathrm{PCS} = \frac{100}{n} \sum_{r=1}^{n} \left(1 - \frac{P_r}{\mathrm{TDP}}\right)"),
        mark(
            "P: mean power of row r (W); TDP: thermal design power of the chip (W); n: rows with a figure, "
            "of 35"
        ),
    ),
    Step(
        mark("IECS, Inference Energy Consumption Score"),
        mark(
            "Inferences per joule, added up over the rows. Higher is better. The paper describes IECS in "
            "words; its exact equation could not be recovered, so this is the project's own reading. It "
            "correlates with the printed numbers but does not equal them, and is never presented as the "
            "paper's own."
        ),
        verbatim(r"\mathrm{IECS} = \sum_{r=1}^{n} \frac{1}{E_r}"),
        mark("E: energy of one inference in row r (J)"),
    ),
)

SCORES_SOURCE: Final = mark("Both scores: {source}.")
SCORES_PAPER: Final = verbatim(
    "Tu et al., “Unveiling Energy Efficiency in Deep Learning: Measurement, Prediction, and Scoring across "
    "Edge Devices”, SEC 2023, [doi 10.1145/3583740.3628442](https://doi.org/10.1145/3583740.3628442)"
)

NOT_CONSIDERED: Final = (
    mark("Energy of making, shipping and scrapping the device, and of training the network."),
    mark(
        "Screen, radio, camera and other apps, except where the meter saw them: phones were measured whole "
        "at the battery, boards whole at the wall socket. Idle power is included unless a source says "
        "otherwise."
    ),
    mark(
        "Heat: a device that throttles after minutes of work draws and delivers less than these short runs."
    ),
    mark("Accuracy of the network: a frugal network may also be a worse one."),
    mark("Other units of the same device, other system versions, other software versions of the runtime."),
    mark("The time and energy to load a model and to prepare its input."),
)

CITE: Final = verbatim(
    "JouleLens, method {method}, data {data}: energy transparency for deep learning on edge devices."
)
CITE_FIRST: Final = verbatim("""\
Xiaolong Tu, Anik Mallik, Dawei Chen, Kyungtae Han, Onur Altintas, Haoxin Wang, Jiang Xie:
Unveiling Energy Efficiency in Deep Learning: Measurement, Prediction, and Scoring across Edge Devices.
Proc. 8th ACM/IEEE Symposium on Edge Computing (SEC 2023). doi 10.1145/3583740.3628442""")
"""The works to cite, as one cites them in any language."""
