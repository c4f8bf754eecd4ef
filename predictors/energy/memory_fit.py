"""Does it fit? The memory a network needs beside the memory of the device."""

from __future__ import annotations

from data.messages import Message
from predictors.energy.device_limits import limits_of
from predictors.errors import InputError
from predictors.model.memory import MemoryNeed
from predictors.results.estimates import Note

GB = 1e9
TIGHT = 0.5
"""Share of the memory from which a network is said to be tight: the system and other programs need the
rest.
"""


def check_fits(device_id: str, need: MemoryNeed) -> None:
    """Raise InputError DOES_NOT_FIT where the network needs more memory than the largest variant has."""
    memory = limits_of(device_id).memory_bytes
    if memory is not None and need.peak > memory:
        raise InputError(
            "DOES_NOT_FIT",
            "No figure for {device_id}: the network can't run there. It needs {need:,.1f} GB of memory "
            "({weights:,.1f} "
            "GB of weights as the file stores them, the rest activations), and the device has "
            "{memory:,.0f} GB at "
            "most. Choose a device with more, or a network with smaller or packed weights.",
            device_id=device_id, need=need.peak / GB, weights=need.weights / GB, memory=memory / GB,
        )  # fmt: skip


def memory_notes(device_id: str, need: MemoryNeed) -> tuple[Note, ...]:
    """What to know where the network fits, but not with room to spare, or only with its weights packed."""
    memory = limits_of(device_id).memory_bytes
    if memory is None:
        return ()
    unpacked = need.weights_fp32 + need.activations
    if need.weights < need.weights_fp32 and unpacked > memory:
        message = Message(
            "The weights fit into the memory of this device only as the file stores them: {need:,.1f} GB "
            "with all "
            "activations, of {memory:,.0f} GB. In fp32 it would be {unpacked:,.1f} GB and could not run.",
            need=need.peak / GB, memory=memory / GB, unpacked=unpacked / GB,
        )  # fmt: skip
        return (Note("MEMORY_TIGHT", message),)
    if need.peak > TIGHT * memory:
        message = Message(
            "It needs {need:,.1f} GB of memory, of {memory:,.0f} GB that the largest variant of this "
            "device has; the "
            "system and other programs need their share.",
            need=need.peak / GB, memory=memory / GB,
        )  # fmt: skip
        return (Note("MEMORY_TIGHT", message),)
    return ()
