"""An attachment for Netron: dropped on the open model, it shows energy on every node.

Format, read from Netron's own source (version 9, `metadata.Attachment` in view.js): JSON with `signature`
"netron:attachment" and lists `metadata` and `metrics` of {kind, target, name, value, type}; `target` is the
node's name, the tensor's name, or empty for the model. It holds the first estimate. Nodes without a name of
their own are reached through the tensor they make.
"""

from __future__ import annotations

import json
from typing import Any

from predictors.exports.anchors import anchor, kernel_nodes, unique_names
from predictors.exports.content import Exported, estimate_words, facts, first_estimate, kernel_facts
from predictors.model.graph import Node

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
