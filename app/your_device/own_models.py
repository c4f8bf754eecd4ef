"""The reader's own models beside the samples on a device of one's own, and as networks that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.i18n.messages import tell
from app.models.model import Model, current_upload, report_for, sample_titles, uploaded_model
from app.models.shelf import free_name, shelf, shelf_names, shelved_model
from data.errors import JouleLensError
from data.messages import Message

if TYPE_CHECKING:
    from predictors.results.estimates import Estimate
    from predictors.results.targets import Target


@dataclass(frozen=True, slots=True)
class OnYourDevice:
    """One of the reader's models on their device; `estimate` is None where there is none, for `reason`."""

    id: str
    name: str
    estimate: Estimate | None
    reason: str = ""
    code: str = ""


def own_models() -> dict[str, Model]:
    """Return id -> model of this session: those of the shelf, and the file of the page Estimate."""
    found = {each.id: model for each in shelf() if (model := shelved_model(each.id)) is not None}
    upload = current_upload()
    if upload is not None and upload.graph is not None:
        twin = any(each.upload.sha256 == upload.sha256 for each in shelf())
        found |= {} if twin else {"upload": uploaded_model(upload)}
    return found


def own_names() -> list[str]:
    """Return the names under which own models can be chosen as measured; those of samples stay samples."""
    from predictors.energy.boards.data import network_amounts

    taken = {*sample_titles(), *(network for network, _, _ in network_amounts())}
    return [name for name in _named() if name not in taken]


def amounts_of_own(name: str, precision: str) -> Sequence[float]:
    """Return a model's amounts of work. Raises InputError CALIBRATION_ROWS if it is gone."""
    from predictors.energy.boards.features import network_terms
    from predictors.energy.calibrated.names import unknown_network
    from predictors.energy.calibrated.predictor import RUNTIME
    from predictors.errors import printable

    model = _named().get(name)
    if model is None:
        what = Message(
            "{model} is neither a sample nor a model on your shelf. Choose a sample, or put its file on "
            "the shelf (Compare, My models).",
            model=printable(name),
        )
        raise unknown_network(name, precision, what, own_names())
    return tuple(network_terms(model.network.fused(RUNTIME).kernels, precision).tolist())


def estimated_on(target: Target) -> list[OnYourDevice]:
    """Return the reader's models on their device: the figures that the page Estimate gives, or the reason."""
    return [_estimated(model_id, model, target) for model_id, model in own_models().items()]


def _estimated(model_id: str, model: Model, choice: Target) -> OnYourDevice:
    name = _names()[model_id]
    try:
        report = report_for(model, choice)
    except JouleLensError as error:
        return OnYourDevice(model_id, name, None, tell(error.message), error.code)
    if report.estimates:
        return OnYourDevice(model_id, name, report.estimates[0])
    [failure, *_] = report.not_estimated
    return OnYourDevice(model_id, name, None, tell(failure.reason.message), failure.reason.code)


def _named() -> dict[str, Model]:
    names = _names()
    return {names[model_id]: model for model_id, model in own_models().items()}


def _names() -> dict[str, str]:
    """Id -> name, no name twice: the file of the page Estimate may be called as one on the shelf is."""
    names: dict[str, str] = {}
    for model_id, model in own_models().items():
        names[model_id] = shelf_names().get(model_id) or free_name(model.title, names.values())
    return names
