"""Which node of the file stands for a kernel, so that a tool that shows nodes can show energy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from predictors.model.graph import Graph, Node
from predictors.results.estimates import KernelEstimate

HEAVY_OPS = frozenset(
    {
        "Conv", "ConvTranspose", "Gemm", "MatMul", "QLinearConv", "ConvInteger", "QLinearMatMul",
        "MatMulInteger", "QGemm", "FusedConv", "FusedMatMul", "FusedGemm", "Attention", "LSTM", "GRU", "RNN",
    }
)  # fmt: skip


def kernel_nodes(graph: Graph, parts: Sequence[KernelEstimate]) -> list[list[Node]]:
    """The nodes each kernel is made of, in execution order."""
    nodes = {node.index: node for node in graph.nodes}
    return [[nodes[index] for index in sorted(part.kernel.node_indices) if index in nodes] for part in parts]


def anchor(nodes: list[Node]) -> Node | None:
    """The node that carries a kernel's energy: its convolution or matrix product, else its first node."""
    heavy = (node for node in nodes if node.op in HEAVY_OPS)
    return next(heavy, nodes[0] if nodes else None)


def names_once(graph: Graph) -> dict[int, str]:
    """A name of its own for every node, by the node's index, as ONNX IR gives them (`NameFixPass`).

    In order: a name stays with the first node that has it, the next ones get "_1", "_2", ... behind it, and
    nodes without a name are called "node".
    """
    names: dict[int, str] = {}
    used: set[str] = set()
    counts: Counter[str] = Counter()
    for node in graph.nodes:
        wanted = name = node.name or "node"
        while name in used:
            counts[wanted] += 1
            name = f"{wanted}_{counts[wanted]}"
        used.add(name)
        names[node.index] = name
    return names


def unique_names(graph: Graph) -> frozenset[str]:
    """Names that belong to one node only, without line breaks: others cannot be found again by name."""
    counts = Counter(node.name for node in graph.nodes)
    return frozenset(name for name, count in counts.items() if name and count == 1 and "\n" not in name)
