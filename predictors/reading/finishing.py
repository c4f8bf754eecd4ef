"""The last steps of reading, the same for every file format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from predictors.errors import ModelError
from predictors.model.graph import Node, Tensor

_NO_COMPUTE = frozenset(("Identity", "Constant"))


def check_compute(nodes: Sequence[Node], tensors: Mapping[str, Tensor]) -> None:
    """Raise ModelError MODEL_NO_COMPUTE unless something depends on an input."""
    for node in nodes:
        runs = any(not tensors[name].is_constant for name in node.outputs if name)
        if runs and node.op not in _NO_COMPUTE:
            return
    raise ModelError(
        "MODEL_NO_COMPUTE",
        "The model has no operator that depends on an input, so there is nothing to run and no energy to "
        "estimate. Export the whole network with an example input.",
    )


def used_tensors(
    nodes: Sequence[Node], tensors: Mapping[str, Tensor], inputs: Sequence[str]
) -> dict[str, Tensor]:
    """The tensors that nodes read or make, and the network's own inputs."""
    names = dict.fromkeys(inputs)
    for node in nodes:
        names.update(dict.fromkeys(name for name in (*node.inputs, *node.outputs) if name))
    return {name: tensors[name] for name in names}
