"""What a label states, before it is worded or drawn."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import urlsplit

from data.version import DATA_VERSION
from predictors.version import METHOD_VERSION
from scoring.candidates import ScoreName
from scoring.ranking import Spread
from scoring.score import Score

LOCAL_NAMES: Final = frozenset({"localhost", "::1", "0.0.0.0"})  # noqa: S104  # compared, never bound
NETWORKS: Final = 12
"""Reference networks that scores rest on."""


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """A score of one device.

    `device_id` is "" for a device that somebody brought along. `rank` is among `of` devices, itself included,
    and 0 where there is no rank; `ranked_on` rows are shared by all of them.
    """

    device_id: str
    device_name: str
    score: ScoreName
    value: float
    rows_used: int
    rows_possible: int
    rank: int
    of: int
    ranked_on: int
    spread: Spread | None

    @property
    def is_own(self) -> bool:
        """Whether the figures are somebody's own and not in the bundle."""
        return not self.device_id

    def as_score(self) -> Score:
        """Return the score that the rubric grades."""
        return Score(self.score, self.value, self.rows_used, self.rows_possible)


@dataclass(frozen=True, slots=True)
class EstimateFacts:
    """An estimate of one network on one device: energy of an inference (mJ) with its interval.

    `sample_id` is "" for a file of the reader's, which then has a `sha256`. `side` is the image side
    (pixels) of a sample, None for its usual one. `beats` of `NETWORKS` reference networks take more there,
    None where none was measured. `task` is what the network is for, "" where nobody names it.
    """

    model_name: str
    sample_id: str
    side: int | None
    sha256: str
    device_id: str
    device_name: str
    delegate: str
    precision: str
    evidence: str
    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float
    kernels: int
    approximated: int
    unsupported: int
    beats: int | None = None
    task: str = ""


Facts = ScoreFacts | EstimateFacts


@dataclass(frozen=True, slots=True)
class Issue:
    """When and with what a label is made, and where its permalink leads (no slash at the end)."""

    on: date
    data_version: str
    method_version: str
    base_url: str

    @property
    def is_local(self) -> bool:
        """Whether the permalink leads to whatever machine it is opened on: nobody else can follow it."""
        host = urlsplit(self.base_url).hostname or ""
        return host in LOCAL_NAMES or host.startswith("127.")


BASE_URL_VARIABLE: Final = "JOULELENS_URL"
"""Environment variable with the public address of the app, for labels that leave this machine."""


def base_url(own: str) -> str:
    """Return where permalinks lead: the address that is configured, else `own`."""
    return (os.environ.get(BASE_URL_VARIABLE) or own).rstrip("/")


def issue_now(own: str, on: date | None = None) -> Issue:
    """Return date (today where none is given), versions and address for a label of this app."""
    return Issue(on or datetime.now(UTC).date(), DATA_VERSION, METHOD_VERSION, base_url(own))
