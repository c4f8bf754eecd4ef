"""Energy in tools that show nodes: Netron and Model Explorer, and which node stands for a kernel."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from predictors.exports.content import Exported, estimate_words, facts, first_estimate, kernel_facts
from predictors.model.graph import Graph, Node
from predictors.results.estimates import KernelEstimate
from predictors.results.frames import rounded

METRICS = ("energy (mJ)", "energy low (mJ)", "energy high (mJ)", "latency (ms)", "power (mW)", "MACs")


def netron(exported: Exported) -> str:
    """The attachment as JSON text. Raises InputError OPTION_VALUE when there is no estimate."""
    report = exported.report
    estimate = first_estimate(report)
    metadata: list[dict[str, Any]] = [_item("model", "", "energy", estimate_words(report, estimate))]
    metadata += [
        _item("model", "", name, value) for name, value in facts(report, estimate).items() if value != ""
    ]
    metrics: list[dict[str, Any]] = []
    names = unique_names(exported.graph)
    nodes_of_kernels = kernel_nodes(exported.graph, estimate.kernels)
    for part, nodes in zip(estimate.kernels, nodes_of_kernels, strict=True):
        carrier = anchor(nodes)
        if carrier is None:
            metadata.append(_item("model", "", f"kernel {part.kernel.index} without a node", part.energy_mj))
            continue
        kind, target = _target(carrier, names)
        told = kernel_facts(part)
        metrics += [_item(kind, target, name, told[name]) for name in METRICS]
        metadata += [_item(kind, target, name, value) for name, value in told.items() if name not in METRICS]
        for node in nodes:
            if node is not carrier:
                where = f"part of kernel {part.kernel.index}, whose energy stands at {carrier.name or target}"
                metadata.append(_item(*_target(node, names), "energy", where))
    return json.dumps({"signature": "netron:attachment", "metadata": metadata, "metrics": metrics}, indent=1)


def _target(node: Node, names: frozenset[str]) -> tuple[str, str]:
    if node.name in names:
        return "node", node.name
    return "value", next((output for output in node.outputs if output), "")


def _item(kind: str, target: str, name: str, value: str | float | int) -> dict[str, Any]:
    return {"kind": kind, "target": target, "name": name, "value": value, "type": "attribute"}


GRADIENT = (("0", "#fde725"), ("0.5", "#21918c"), ("1", "#440154"))
"""Stops and colours: viridis from light to dark, readable without seeing colours."""


def model_explorer(exported: Exported) -> str:
    """The node data as JSON text. Raises InputError OPTION_VALUE when there is no estimate."""
    report = exported.report
    estimate = first_estimate(report)
    results: dict[str, dict[str, float]] = {}
    kernels: dict[str, dict[str, Any]] = {}
    nodeless: list[dict[str, Any]] = []
    names = names_once(exported.graph)
    nodes_of_kernels = kernel_nodes(exported.graph, estimate.kernels)
    for part, nodes in zip(estimate.kernels, nodes_of_kernels, strict=True):
        carrier = anchor(nodes)
        if carrier is None:
            nodeless.append(kernel_facts(part))
            continue
        results[names[carrier.index]] = {"value": rounded(part.energy_mj)}
        kernels[names[carrier.index]] = kernel_facts(part)
    data = {
        "name": f"Energy (mJ), {estimate.device_id} {estimate.delegate} {estimate.precision}, "
        f"{estimate.evidence.value}, data {report.data_version}, method {report.method_version}",
        "results": results,
        "gradient": [{"stop": float(stop), "bgColor": colour} for stop, colour in GRADIENT],
        "joulelens": {
            "about": estimate_words(report, estimate),
            "estimate": facts(report, estimate),
            "kernels": kernels,
            "kernels_without_node": nodeless,
        },
    }
    return json.dumps(data, indent=1)


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
