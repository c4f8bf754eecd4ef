"""What the view of devices says at length: quantities, what is compared, how its intervals are made."""

from __future__ import annotations

from typing import Final

from app.compare.words import ENERGY, POWER
from app.i18n.texts import mark

PHONES, BOARDS, ESTIMATES = "phones", "boards", "estimates"

SHOWN: Final = {ENERGY: mark("Energy per inference"), POWER: mark("Average power")}
CELL_BY_CELL: Final = {
    ENERGY: mark("Energy per inference, cell by cell"),
    POWER: mark("Average power, cell by cell"),
}
BASIS_WORDS: Final = {
    PHONES: mark("Measured: the reference networks on the phones, delegate by delegate."),
    BOARDS: mark("Measured: the same networks on the boards, back end by back end."),
    ESTIMATES: mark(
        "No measurement is common to all of them, so sample models are compared as **estimated**, on each "
        "device with the delegate that takes least."
    ),
}

RATIO_WORDS: Final = mark(
    "Ratios are geometric means over the cells both devices have, with the interval that holds them 8 in 10 "
    "times; “uses less” and “uses more” are said only where that interval leaves out 1."
)
TYPICAL_WORDS: Final = mark("Typical: the geometric mean over the cells that all of them have.")
SCORE_WORDS: Final = mark(
    "PCS says how little of its thermal power budget (TDP) a phone draws, IECS how many inferences it gets "
    "out of a joule, added up; higher is better for both."
)
RULE: Final = mark(
    "1. Per cell (one network on one delegate), the logarithm of one device's figure over the other's.\n"
    "2. Their mean; then a thousand times the mean of networks drawn anew with replacement, all delegates of "
    "a network together, because they are not independent. Their middle 80 % is the first part.\n"
    "3. What all cells of a device share (unit, meter, software) cannot be averaged out. It is added in "
    "quadrature: 6 % per device, as boards moved between software rounds; no phone was measured twice, so "
    "phones are taken to be alike. Estimates: the whole interval of the estimate counts as shared, which is "
    "cautious.\n"
    "4. A single cell: 3 % of its own on boards, 2 % on a phone's CPU, 11 % on its GPU and NNAPI (from "
    "repeated kernels), together with the 6 %.\n\n"
    "Not considered: another unit of the same device, and room temperature."
)
