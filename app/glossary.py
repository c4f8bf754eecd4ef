"""Every term of the app in plain words, once; shown on hover and focus, and as a list on the methods page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Term:
    """A term, what it stands for (may be empty) and what it means."""

    name: str
    full: str
    meaning: str

    @property
    def text(self) -> str:
        """The explanation as one line."""
        return f"**{self.name}**{f' ({self.full})' if self.full else ''}: {self.meaning}"


_TERMS: Final = (
    Term(
        "PCS",
        "Power Consumption Score",
        "how little of its thermal design power (TDP) a phone draws while it runs the reference networks: "
        "100 would be nothing, 0 all of it. Higher is better.",
    ),
    Term(
        "IECS",
        "Inference Energy Consumption Score",
        "inferences per joule, added up over the reference networks and delegates. Higher is better. This is "
        "this project's reading of the definition; the paper's exact equation could not be recovered.",
    ),
    Term(
        "AI performance score",
        "",
        "a speed benchmark of the phone, read off a figure of the paper (give or take 2). Higher is faster.",
    ),
    Term(
        "letter",
        "",
        "A, best, to E by fixed, published borders; of PCS first, then of IECS. The borders, and what a "
        "letter does not consider, are on the page Methods.",
    ),
    Term("TDP", "thermal design power", "the heat a chip is built to shed in steady use, in watts."),
    Term("inference", "", "running a trained network once, on one input."),
    Term(
        "delegate",
        "",
        "the part of the device that TensorFlow Lite hands a network to: CPU with one thread, CPU with four "
        "threads, GPU, or NNAPI.",
    ),
    Term(
        "NNAPI",
        "Android Neural Networks API",
        "lets Android choose the chip: often the neural accelerator, sometimes the CPU after all.",
    ),
    Term(
        "kernel",
        "",
        "what the runtime launches as one piece of work, often several operators fused, for example a "
        "convolution with its normalisation and activation.",
    ),
    Term(
        "MAC",
        "multiply-accumulate",
        "one multiplication and one addition; the usual count of a network's work.",
    ),
    Term("fp32", "", "numbers of 32 bits with a floating point, the precision networks are trained in."),
    Term("int8", "", "whole numbers of 8 bits, after quantisation; smaller, and usually faster."),
    Term("average power", "", "energy divided by time while the network runs, in watts."),
    Term("energy per inference", "", "what one inference takes, in joules or millijoules."),
    Term("latency", "", "the time one inference takes, in milliseconds."),
    Term(
        "interval",
        "",
        "the range that holds the true value 8 in 10 times, judged by measurements that were held back.",
    ),
    Term("coverage", "", "how much of the table (or of a network's kernels) a number rests on."),
    Term("measured", "", "read from a meter by the source that is named."),
    Term("predicted", "", "by a model fitted on measurements of the same kernel type on the same device."),
    Term("transferred", "", "carried over from another device by a factor fitted on measurements of both."),
    Term(
        "approximated",
        "",
        "by a simple law that is named, because there are no measurements of this kernel type.",
    ),
    Term(
        "unsupported",
        "",
        "no figure: nothing is known about this kernel, and the total does not contain it.",
    ),
    Term("as printed", "", "the number that stands in the source, unchanged."),
    Term("recomputed", "", "calculated here from the printed measurements, all of which are on the page."),
)

GLOSSARY: Final[dict[str, Term]] = {term.name: term for term in _TERMS}
"""Term by name."""


def explain(*names: str) -> str:
    """Return the explanations of some terms, for a `help=` text. Raises KeyError for an undefined term."""
    return "\n\n".join(GLOSSARY[name].text for name in names)
