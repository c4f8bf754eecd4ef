"""Every term of the app in plain words, once; shown on hover and focus, and as a list on the methods page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.i18n.texts import mark, t


@dataclass(frozen=True, slots=True)
class Term:
    """A term, what it stands for (may be empty) and what it means, in English."""

    name: str
    full: str
    meaning: str

    @property
    def text(self) -> str:
        """The explanation as one line, in the reader's language."""
        full = f" ({t(self.full)})" if self.full else ""
        return f"**{t(self.name)}**{full}: {t(self.meaning)}"


_TERMS: Final = (
    Term(
        mark("PCS"),
        mark("Power Consumption Score"),
        mark(
            "how little of its thermal design power (TDP) a phone draws while it runs the reference "
            "networks: 100 would be nothing, 0 all of it. Higher is better."
        ),
    ),
    Term(
        mark("IECS"),
        mark("Inference Energy Consumption Score"),
        mark(
            "inferences per joule, added up over the reference networks and delegates. Higher is "
            "better. This is this project's reading of the definition; the paper's exact equation "
            "could not be recovered."
        ),
    ),
    Term(
        mark("AI performance score"),
        "",
        mark(
            "a speed benchmark of the phone, read off a figure of the paper (give or take 2). Higher "
            "is faster."
        ),
    ),
    Term(
        mark("letter"),
        "",
        mark(
            "A, best, to E by fixed, published borders; of PCS first, then of IECS. The borders, and "
            "what a letter does not consider, are on the page Methods."
        ),
    ),
    Term(
        mark("TDP"),
        mark("thermal design power"),
        mark("the heat a chip is built to shed in steady use, in watts."),
    ),
    Term(
        mark("inference"),
        "",
        mark("running a trained network once, on one input."),
    ),
    Term(
        mark("delegate"),
        "",
        mark(
            "the part of the device that TensorFlow Lite hands a network to: CPU with one thread, CPU"
            " with four threads, GPU, or NNAPI."
        ),
    ),
    Term(
        mark("NNAPI"),
        mark("Android Neural Networks API"),
        mark("lets Android choose the chip: often the neural accelerator, sometimes the CPU after all."),
    ),
    Term(
        mark("kernel"),
        "",
        mark(
            "what the runtime launches as one piece of work, often several operators fused, for "
            "example a convolution with its normalisation and activation."
        ),
    ),
    Term(
        mark("MAC"),
        mark("multiply-accumulate"),
        mark("one multiplication and one addition; the usual count of a network's work."),
    ),
    Term(
        mark("fp32"),
        "",
        mark("numbers of 32 bits with a floating point, the precision networks are trained in."),
    ),
    Term(
        mark("int8"),
        "",
        mark("whole numbers of 8 bits, after quantisation; smaller, and usually faster."),
    ),
    Term(
        mark("average power"),
        "",
        mark("energy divided by time while the network runs, in watts."),
    ),
    Term(
        mark("energy per inference"),
        "",
        mark("what one inference takes, in joules or millijoules."),
    ),
    Term(
        mark("latency"),
        "",
        mark("the time one inference takes, in milliseconds."),
    ),
    Term(
        mark("top-1"),
        "",
        mark("share of the pictures of ImageNet whose first answer is right, in per cent, as published."),
    ),
    Term(
        mark("interval"),
        "",
        mark("the range that should hold the true value 8 in 10 times; Methods says what it was tested on."),
    ),
    Term(
        mark("coverage"),
        "",
        mark("how much of the table (or of a network's kernels) a number rests on."),
    ),
    Term(
        mark("measured"),
        "",
        mark("read from a meter by the source that is named."),
    ),
    Term(
        mark("predicted"),
        "",
        mark(
            "by a model fitted on measured kernels of the same device (P40 Pro, Jetson TX2) or on whole "
            "networks measured on it (boards, where the split into kernels is part of the fit and unchecked)."
        ),
    ),
    Term(
        mark("calibrated"),
        "",
        mark(
            "predicted from a few networks measured on a device of one's own and from what the known boards "
            "have in common."
        ),
    ),
    Term(
        mark("transferred"),
        "",
        mark("carried over from another device by a factor fitted on measurements of both."),
    ),
    Term(
        mark("approximated"),
        "",
        mark("by a simple law that is named, because there are no measurements of this kernel type."),
    ),
    Term(
        mark("unsupported"),
        "",
        mark("no figure: nothing is known about this kernel, and the total does not contain it."),
    ),
    Term(
        mark("as printed"),
        "",
        mark("the number that stands in the source, unchanged."),
    ),
    Term(
        mark("recomputed"),
        "",
        mark("calculated here from the printed measurements, all of which are on the page."),
    ),
)

GLOSSARY: Final[dict[str, Term]] = {term.name: term for term in _TERMS}
"""Term by name."""


def explain(*names: str) -> str:
    """Return the explanations of some terms, for a `help=` text. Raises KeyError for an undefined term."""
    return "\n\n".join(GLOSSARY[name].text for name in names)
