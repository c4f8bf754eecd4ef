"""How much memory a network needs: its weights as stored, and the activations that live at the same time."""

from __future__ import annotations

from dataclasses import dataclass

from predictors.model.graph import Graph
from predictors.model.stored_weights import bits_of, stored_elements

VIEWS = frozenset({"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout"})
"""Operators whose result is the memory of their input."""
_COMPUTED_BEFOREHAND = frozenset({"DequantizeLinear", "Cast", "Transpose", "Reshape", "Unsqueeze", "Squeeze"})
_FP32_BYTES = 4


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes: `weights` in the precision of the file, `weights_fp32` unpacked to 32 bits, `activations` the
    most
    that live at once (inputs and caches of keys and values among them)."""

    weights: int
    weights_fp32: int
    activations: int

    @property
    def peak(self) -> int:
        """Weights as stored and the largest live activations."""
        return self.weights + self.activations


def memory_need(graph: Graph) -> MemoryNeed:
    """The least memory that running the graph operator by operator takes (bytes)."""
    weights, unpacked = _weights(graph)
    return MemoryNeed(weights, unpacked, _most_alive(graph))


def _weights(graph: Graph) -> tuple[int, int]:
    """Every stored constant that a running operator reads, once."""
    origins: dict[str, str] = {}
    bits: dict[str, int] = {}
    elements: dict[str, int] = {}
    for node in graph.nodes:
        if all(graph.tensors[name].is_constant for name in node.outputs if name):
            if node.op in _COMPUTED_BEFOREHAND and node.inputs:
                origins.update(dict.fromkeys(node.outputs, origins.get(node.inputs[0], node.inputs[0])))
            continue
        for place, name in enumerate(node.inputs):
            tensor = graph.tensors.get(origins.get(name, name)) if name else None
            if tensor is not None and tensor.is_constant and tensor.elements > 1:
                bits[tensor.name] = tensor.elements * bits_of(tensor.dtype)
                elements[tensor.name] = stored_elements(
                    node.op, node.attributes, place, tensor.dtype, tensor.elements
                )
    return sum(bits.values()) // 8, sum(elements.values()) * _FP32_BYTES


def _most_alive(graph: Graph) -> int:
    """Largest sum of activations that are still to be read, in the order of the nodes."""
    roots: dict[str, str] = {}
    last: dict[str, int] = dict.fromkeys(graph.outputs, len(graph.nodes))
    for place, node in enumerate(graph.nodes):
        if node.op in VIEWS and node.inputs and node.outputs:
            roots[node.outputs[0]] = roots.get(node.inputs[0], node.inputs[0])
        for name in node.inputs:
            root = roots.get(name, name)
            last[root] = max(last.get(root, 0), place)
    for name in graph.outputs:
        last[roots.get(name, name)] = len(graph.nodes)
    alive = {name: _bytes(graph, name) for name in graph.inputs}
    held = most = sum(alive.values())
    ending: dict[int, list[str]] = {}
    for name, place in last.items():
        ending.setdefault(place, []).append(name)
    for place, node in enumerate(graph.nodes):
        for name in node.outputs:
            if name and name not in roots and name not in alive and not graph.tensors[name].is_constant:
                alive[name] = _bytes(graph, name)
                held += alive[name]
        most = max(most, held)
        for name in ending.get(place, ()):
            held -= alive.pop(name, 0)
    return most


def _bytes(graph: Graph, name: str) -> int:
    tensor = graph.tensors.get(name)
    return 0 if tensor is None or tensor.shape is None else tensor.elements * bits_of(tensor.dtype) // 8
