"""The model an estimate is for: a sample of the project's own or an upload, and the estimates made of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, TypeVar

import streamlit as st

from app.i18n.texts import t
from app.log import timed
from app.memo import is_apart, is_kept_without_words, keeping, kept_without_words
from app.models.upload import Upload
from app.own_devices import DERIVED, REPORTS
from data.errors import JouleLensError
from predictors.energy.calibrated.own_folder import Stamp, stamp
from predictors.model.graph import Graph, Shape
from predictors.results.report import ModelReport
from predictors.results.targets import Target

if TYPE_CHECKING:
    # Fusing loads numerical libraries that other pages do without.
    from predictors.fusing.network import Network

T = TypeVar("T")

DEFAULT_SAMPLE: Final = "mobilenet-v2"
UPLOAD: Final = "estimate_upload"
KEPT_REPORTS: Final = 24  # models and targets that one session switches between
KEPT_DERIVED: Final = 12
"""Number of what-ifs and splits kept per session: about as many as a reader switches between."""


@dataclass(frozen=True, slots=True)
class Model:
    """A network to estimate.

    `key` tells networks with their input shapes apart; `name` is the one exports carry and `title` the one on
    screen, both of which may come from the file; `family` is that of the published ranges, "" where none
    applies; `side` is the image side (pixels), None for the usual one; `batch` images are taken at once and
    channels multiplied by `width` (samples only); `sample_id` is "" for an upload, which has a `file_name`.
    """

    key: str
    name: str
    network: Network
    title: str = ""
    family: str = ""
    sample_id: str = ""
    side: int | None = None
    batch: int = 1
    width: float = 1.0
    file_name: str = ""
    shapes: tuple[tuple[str, Shape], ...] = ()

    @property
    def graph(self) -> Graph:
        """The network as it was read."""
        return self.network.graph


@keeping
def sample_titles() -> dict[str, str]:
    """Return sample id -> title."""
    from predictors.samples import SAMPLES

    return {sample.id: sample.title for sample in SAMPLES.values()}


@keeping
def sample_side(sample_id: str) -> int:
    """Return the usual side of a sample's input image (pixels); 0 where the input is no image."""
    from predictors.samples import sample

    return sample(sample_id).input_hw


@st.cache_resource(show_spinner=False, max_entries=32)
def sample_model(sample_id: str, side: int | None, batch: int = 1, width: float = 1.0) -> Model:
    """Return a sample network with input images of `side` pixels (None: its usual size).

    Raises InputError OPTION_VALUE for an unknown sample or an option it cannot have.
    """
    # A file of this project's own making: reading it needs no separate process.
    from predictors.fusing.network import Network
    from predictors.reading import read_model
    from predictors.samples import sample, sample_bytes

    chosen = sample(sample_id)
    side = side if chosen.has_side else None  # an address may still hold that of another sample
    graph = read_model(sample_bytes(sample_id, input_hw=side, batch=batch, width=width))
    usual_side = side is None or side == chosen.input_hw
    usual = usual_side and batch == 1 and width == 1.0
    return Model(
        key=graph.sha256,
        name=sample_id,
        network=Network(graph, sample_id),
        title=chosen.title,
        family=chosen.family if usual else "",
        sample_id=sample_id,
        side=None if usual_side else side,
        batch=batch,
        width=width,
    )


def uploaded_model(upload: Upload) -> Model:
    """Return the network of an upload. Raises JouleLensError, of whatever layer, if it could not be read."""
    if upload.network is None:
        code, message = upload.failure or ("MODEL_NOT_ONNX", t("The file could not be read."))
        raise JouleLensError(code, message)
    return Model(
        key=f"{upload.sha256} {upload.shapes}",
        name=PurePath(upload.file_name).stem,
        title=PurePath(upload.file_name).stem,
        network=upload.network,
        file_name=upload.file_name,
        shapes=upload.shapes,
    )


def current_upload() -> Upload | None:
    """Return the upload of this session, if there is one."""
    upload = st.session_state.get(UPLOAD)
    return upload if isinstance(upload, Upload) else None


def keep_upload(upload: Upload | None) -> None:
    """Put an upload in the place of the last one, or clear it; estimates of the last one are forgotten."""
    st.session_state.pop(REPORTS, None)
    st.session_state.pop(DERIVED, None)
    if upload is None:
        st.session_state.pop(UPLOAD, None)
    else:
        st.session_state[UPLOAD] = upload


def report_for(model: Model, wanted: Target | str) -> ModelReport:
    """Return the estimate for a target, or for every device measured in a precision.

    It is made once per session, of samples once for all.

    Raises InputError for a target that has too little evidence.
    """
    if _is_for_everybody(model):
        return kept_without_words((model.key, wanted), _estimated, model, wanted)
    reports, key = _reports(), (model.key, wanted, stamp())
    if key not in reports:
        reports[key] = _estimated(model, wanted)
    reports.move_to_end(key)
    while len(reports) > KEPT_REPORTS:
        reports.popitem(last=False)
    return reports[key]


def is_ready(model: Model, wanted: Target | str) -> bool:
    """Whether the estimate has been made already, in this session or of a sample network."""
    if _is_for_everybody(model):
        return is_kept_without_words((model.key, wanted), _estimated)
    return (model.key, wanted, stamp()) in _reports()


def made_once(key: Hashable, make: Callable[[], T]) -> T:
    """Return what is made of this session's model, made once per key; forgotten with the upload.

    Raises what `make` raises, which is not kept.
    """
    known: OrderedDict[Hashable, T] = st.session_state.setdefault(DERIVED, OrderedDict())
    key = (key, stamp())
    if key not in known:
        known[key] = make()
    known.move_to_end(key)
    while len(known) > KEPT_DERIVED:
        known.popitem(last=False)
    return known[key]


def _reports() -> OrderedDict[tuple[str, Target | str, Stamp], ModelReport]:
    """Reports of this session, told apart by the device files of the server's folder as well."""
    reports: OrderedDict[tuple[str, Target | str, Stamp], ModelReport] = st.session_state.setdefault(
        REPORTS, OrderedDict()
    )
    return reports


def _is_for_everybody(model: Model) -> bool:
    """Whether the estimates of a network are nobody's own: a sample's, on the devices that everybody sees."""
    return bool(model.sample_id) and not is_apart()


def _estimated(model: Model, wanted: Target | str) -> ModelReport:
    from predictors.estimate import estimate_graph, estimate_on

    asked = {"precision": wanted} if isinstance(wanted, str) else _names(wanted)
    with timed("estimate", **asked, sample=model.sample_id, nodes=len(model.graph.nodes)):
        if isinstance(wanted, str):
            return estimate_graph(model.network, precision=wanted)
        return estimate_on(model.network, wanted)


def _names(target: Target) -> dict[str, str]:
    return {"device": target.device_id, "delegate": target.delegate, "precision": target.precision}
