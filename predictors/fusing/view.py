"""A graph as a runtime's compiler sees it: constants folded, views and noise looked through.

Every node ends up in exactly one place: in `free` with a reason, in `quantisers` (absorbed later by the
kernel that makes the tensor), or in a `LogicalOp`. Tensors that are the same memory on a runtime share one
root tensor, so that patterns and chains see through reshapes, identities and quantise-dequantise pairs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from predictors.model.graph import Graph, Node, Shape


@dataclass(slots=True)
class LogicalOp:
    """One operator after patterns: `op` is its plain name, `nodes` the positions of its graph nodes.

    `inputs` are its data inputs and weights (tensor names as the file spells them), `outputs` likewise.
    `padded`: a Pad was absorbed in front of it. `quantised`: it computes in 8-bit integers;
    `per_channel`: with weights that have a scale for every channel. `data_shape`: shape of its first input as
    it reads it, where the tensor in `inputs` has another layout or rank.
    """

    op: str
    anchor: Node
    nodes: list[int]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    padded: bool = False
    quantised: bool = False
    per_channel: bool = False
    data_shape: Shape | None = None


@dataclass(slots=True)
class GraphView:
    """The graph plus what was found about it; operators are keyed by the position of their last node.

    `stored`: the tensor of the file behind a constant that was reshaped, cut or dequantised.
    `node_makers`: position of the node that makes a tensor, whatever became of it.
    """

    graph: Graph
    constants: set[str]
    ops: dict[int, LogicalOp] = field(default_factory=dict)
    free: dict[int, str] = field(default_factory=dict)
    quantisers: dict[int, str] = field(default_factory=dict)
    node_ops: dict[int, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    through_view: set[str] = field(default_factory=set)
    dequantised: set[str] = field(default_factory=set)
    per_channel: set[str] = field(default_factory=set)
    channels_last: set[str] = field(default_factory=set)
    rectified: set[str] = field(default_factory=set)
    producer: dict[str, int] = field(default_factory=dict)
    consumers: dict[str, list[int]] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    exposed: set[str] = field(default_factory=set)
    stored: dict[str, str] = field(default_factory=dict)
    node_makers: dict[str, int] = field(default_factory=dict)

    def root(self, tensor: str) -> str:
        """The tensor whose memory this one shares."""
        return self.roots.get(tensor, tensor)

    def is_constant(self, tensor: str) -> bool:
        """Whether a tensor is known before inference."""
        return tensor in self.constants

    def find(self, op_id: int) -> int:
        """The operator that an operator id stands for after merges."""
        while op_id in self.merged:
            op_id = self.merged[op_id]
        return op_id

    def maker(self, tensor: str) -> LogicalOp | None:
        """The operator that makes a tensor, seen through views; None for inputs and constants."""
        op_id = self.maker_id(tensor)
        return None if op_id is None else self.ops[op_id]

    def maker_id(self, tensor: str) -> int | None:
        """Id of the operator that makes a tensor."""
        op_id = self.producer.get(self.root(tensor))
        return None if op_id is None else self.find(op_id)

    def readers(self, tensor: str) -> set[int]:
        """Ids of the operators that read a tensor, directly or through views."""
        return {self.find(op_id) for op_id in self.consumers.get(self.root(tensor), ())}

    def only_read_by(self, op_id: int, readers: Iterable[int]) -> bool:
        """Whether nothing but `readers` sees any output of an operator (network outputs count as seen)."""
        allowed = set(readers)
        for output in self.ops[op_id].outputs:
            root = self.root(output)
            # One reader after the other: of a tensor with 20,000 readers, the second one decides.
            if root in self.exposed or not all(
                self.find(each) in allowed for each in self.consumers.get(root, ())
            ):
                return False
        return True

    def merge(self, op_id: int, absorbed: Iterable[int]) -> None:
        """Let operator `op_id` take over the nodes of others."""
        target = self.ops[op_id]
        for other_id in absorbed:
            other = self.ops.pop(other_id)
            target.nodes.extend(other.nodes)
            target.quantised |= other.quantised
            target.per_channel |= other.per_channel
            self.merged[other_id] = op_id
        target.nodes.sort()
