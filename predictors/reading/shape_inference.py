"""One pass over the nodes in order: the shapes of all tensors, and the content of small constants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import onnx

from data.messages import Message
from predictors.errors import ModelError, printable
from predictors.model.graph import Node, Remark, Shape, Tensor
from predictors.reading import classic_models
from predictors.reading.answers import CONTROL_FLOW, Question, is_constant, question, recalled, remember
from predictors.reading.attributes import node_attributes, plain_attributes
from predictors.reading.choices import Choices
from predictors.reading.constant_folding import fold, shape_content
from predictors.reading.control_flow import called, written_out
from predictors.reading.custom_shapes import Known, custom_outputs
from predictors.reading.inline_functions import branch_nodes
from predictors.reading.inputs import form_of
from predictors.reading.known_tensors import Knowledge
from predictors.reading.limits import DEFAULT_LIMITS, FOLD_ELEMENTS, VALUES_KEPT
from predictors.reading.names import clean
from predictors.reading.old_shapes import OUTPUT_COUNT
from predictors.reading.prune import too_complex
from predictors.reading.rough_work import rough_work
from predictors.reading.same_shape import like_its_input
from predictors.reading.schemas import STANDARD_DOMAINS, RefusedError, infer
from predictors.reading.sequence_ops import Sequences
from predictors.reading.tensors import (
    Array,
    checked_shape,
    dtype_code,
    dtype_name,
    is_sound,
    small_array,
    tensor_proto,
)
from predictors.reading.topology import label, ordered
from predictors.reading.window_checks import channels_wanted, window_too_long

_WINDOWED = frozenset(("Conv", "ConvInteger", "QLinearConv", "MaxPool", "AveragePool", "LpPool"))
_MAX_UNROLLED_LEVELS = 8  # loops inside loops; exporters write two or three


class ShapePass:
    """Walks the nodes and collects ours in `nodes`.

    `known` holds inputs and weights at the start and every tensor at the end. `opsets`: version by domain.
    `stated`: static shapes that the file itself claims, used where no rule answers. `guessed`: an input of
    which more than the batch was defaulted; a misfit is then blamed on the guess, and the shape asked for.
    `choices`: branch (1 then, 0 else) or number of steps by the name of an If or a Loop.
    """

    def __init__(
        self,
        known: Knowledge,
        opsets: Mapping[str, int],
        stated: Mapping[str, Known],
        guessed: tuple[str, Sequence[int]] | None,
        choices: Choices | None = None,
    ) -> None:
        self.nodes: list[Node] = []
        self._known = known
        self._opsets = opsets
        self._stated = stated
        self._guessed = guessed
        self._choices = choices or Choices()
        self.sequences = Sequences(known, opsets.get("", 1))

    def run(self, nodes: Iterable[onnx.NodeProto], level: int = 0) -> None:
        """Go through `nodes`, which are in topological order."""
        for node in nodes:
            if level >= _MAX_UNROLLED_LEVELS or not self._written_out(node, level):
                for each in self.sequences.rewritten(node) or (node,):
                    self._step(each)
            if len(self.nodes) > DEFAULT_LIMITS.nodes:
                raise too_complex(Message("operators once its branches are expanded"), DEFAULT_LIMITS.nodes)

    def _written_out(self, node: onnx.NodeProto, level: int) -> bool:
        """Go through what a branch or loop runs instead of it; False for any other node."""
        classic = classic_models.written_out(node)
        if classic is not None:
            self.run(classic, level + 1)
            if node.op_type in classic_models.TREES:
                self._choices.remark("TREES_AS_COMPARISONS", called(node))
            return True
        if node.op_type == "SequenceMap":
            return self._mapped(node, level)
        if node.op_type not in CONTROL_FLOW or node.domain not in STANDARD_DOMAINS or not node.output:
            return False
        if node.op_type == "If":
            return self._run_branches(node, self._branches(node), level)
        steps = written_out(node, self._known, self._opsets.get("", 1), self._choices)
        if steps is None:
            return False
        self.run(ordered(steps.nodes, self._known.tensors.keys()), level + 1)
        self._choices.remark("LOOP_WRITTEN_OUT", called(node), str(steps.count))
        return True

    def _mapped(self, node: onnx.NodeProto, level: int) -> bool:
        """Go through the body of a SequenceMap once per piece of its sequence."""
        steps = self.sequences.mapped(node)
        if steps is None:
            return False
        self.run(ordered(steps.nodes, self._known.tensors.keys()), level + 1)
        self._choices.remark("LOOP_WRITTEN_OUT", called(node), str(steps.count))
        return True

    def _branches(self, node: onnx.NodeProto) -> dict[str, onnx.GraphProto]:
        """The branches that an If may take: one if its condition is a known constant."""
        condition = self._condition(node)
        wanted = ["then_branch", "else_branch"]
        chosen = self._choices.of(called(node))
        if condition is not None:
            chosen = int(bool(condition.reshape(-1)[0]))
        if chosen is not None:
            wanted = wanted[:1] if chosen else wanted[1:]
        found = {one.name: one.g for one in node.attribute if one.name in wanted}
        fitting = (name for name in wanted if name in found)
        return {name: found[name] for name in fitting if len(found[name].output) == len(node.output)}

    def _condition(self, node: onnx.NodeProto) -> Array | None:
        """The condition of an If where the file decides it."""
        condition = self._known.arrays.get(node.input[0]) if node.input else None
        return condition if condition is not None and condition.size == 1 else None

    def _run_branches(
        self, node: onnx.NodeProto, branches: Mapping[str, onnx.GraphProto], level: int
    ) -> bool:
        """Go through the branch that is taken; of two, through each apart, to keep the dearer one."""
        name_of_node = called(node)
        if len(branches) == 1:
            if self._condition(node) is None and self._choices.of(name_of_node) is not None:
                self._choices.remark("BRANCH_CHOSEN", name_of_node, next(iter(branches)))
            (only,) = branches.values()
            self._run_inside(only, f"{name_of_node}/", node.output, level)
            return True
        walked: dict[str, tuple[list[Node], dict[Remark, None]]] = {}
        start, remarks = len(self.nodes), self._choices.remarks
        for name, branch in branches.items():
            prefix = f"{name_of_node}/{name}/"
            self._choices.remarks = dict(remarks)
            try:
                self._run_inside(branch, prefix, [f"{prefix}={one}" for one in node.output], level)
                walked[name] = self.nodes[start:], self._choices.remarks
            except ModelError as error:
                if error.code in ("MODEL_TOO_COMPLEX", "CHOICE_UNUSABLE"):
                    raise
            del self.nodes[start:]
        self._choices.remarks = remarks
        if not walked:
            return False
        taken = max(walked, key=lambda name: rough_work(walked[name][0], self._known.tensors))
        nodes, self._choices.remarks = walked[taken]
        self.nodes.extend(nodes)
        for output in filter(None, node.output):
            self._step(onnx.helper.make_node("Identity", [f"{name_of_node}/{taken}/={output}"], [output]))
        self._choices.remark("BRANCH_TAKEN", name_of_node, taken)
        return True

    def _run_inside(self, branch: onnx.GraphProto, prefix: str, outputs: Sequence[str], level: int) -> None:
        inner = branch_nodes(branch, prefix, outputs)
        self.run(ordered(inner, self._known.tensors.keys()), level + 1)

    def _step(self, node: onnx.NodeProto) -> None:
        attributes = node_attributes(node)
        inputs = [self._known.tensors.get(name) if name else None for name in node.input]
        if node.op_type == "Constant" and node.domain in STANDARD_DOMAINS:
            self._add_constant(node, attributes)
            for name in filter(None, node.output[1:]):  # it has one result; damaged files claim more
                self._known.add(name, None, "unknown", constant=True)
        else:
            self._add_outputs(node, inputs, attributes)
        self.nodes.append(
            Node(
                index=len(self.nodes),
                name=node.name,
                op=node.op_type,
                domain=_domain(node),
                inputs=tuple(node.input),
                outputs=tuple(node.output),
                attributes=plain_attributes(attributes),
            )
        )

    def _add_outputs(
        self, node: onnx.NodeProto, inputs: Sequence[Tensor | None], attributes: Mapping[str, Any]
    ) -> None:
        constant = is_constant(node, inputs)
        alike = None if constant else like_its_input(node, inputs)
        if alike is not None and node.output[0]:
            self._known.add(node.output[0], *alike)
            return
        asked = self._question(node, inputs, attributes, constant)
        made = recalled(asked)
        if made is None:
            outputs, leans = self._outputs(node, inputs, attributes)
            content = self._content(node, outputs, attributes) if constant else None
            if constant and content is None and not self._known.elsewhere.isdisjoint(node.input):
                self._known.elsewhere.update(node.output)
            arrays = [*(content or ()), *([None] * len(outputs))]
            found = [(*known, array) for known, array in zip(outputs, arrays, strict=False)]
            remember(None if leans else asked, found)
        for name, (shape, dtype, array) in zip(node.output, found if made is None else made, strict=True):
            if name and array is not None:
                self._known.add_array(name, array)
            elif name:
                self._known.add(name, shape, dtype, constant)

    def _question(
        self,
        node: onnx.NodeProto,
        inputs: Sequence[Tensor | None],
        attributes: Mapping[str, Any],
        constant: bool,
    ) -> Question | None:
        if node.op_type in CONTROL_FLOW or (constant and not self._known.elsewhere.isdisjoint(node.input)):
            return None
        version = self._opsets.get(_domain(node), 1)
        return question(node, version, inputs, attributes, self._known.arrays, constant=constant)

    def _add_constant(self, node: onnx.NodeProto, attributes: Mapping[str, Any]) -> None:
        name = node.output[0] if node.output else ""
        for attribute, value in attributes.items():
            if isinstance(value, onnx.TensorProto):
                return self._known.add_weight(name, value)
            if attribute in ("value_int", "value_ints"):
                return self._known.add_array(name, np.asarray(value, np.int64))
            if attribute in ("value_float", "value_floats"):
                return self._known.add_array(name, np.asarray(value, np.float32))
        shape, dtype = self._stated.get(name, (None, "unknown"))
        return self._known.add(name, shape, dtype, constant=True)

    # --- shapes -----------------------------------------------------------------------------------------

    def _outputs(
        self, node: onnx.NodeProto, inputs: Sequence[Tensor | None], attributes: Mapping[str, Any]
    ) -> tuple[list[Known], bool]:
        """Shape (or None) and element type of every output: by onnx's rule, ours, or the file's claim.

        The second result: whether any leans on such a claim.
        """
        found = self._inferred(node, inputs)
        custom: list[Known] | None = None
        outputs: list[Known] = []
        leans = False
        for place, name in enumerate(node.output):
            result = self._from_type(node, name, found.get(name))
            if result[0] is None:
                if custom is None:
                    counted = {**attributes, OUTPUT_COUNT: len(node.output)}
                    custom = custom_outputs(node.op_type, _domain(node), inputs, counted) or []
                leans = leans or place >= len(custom)
                result = custom[place] if place < len(custom) else self._stated.get(name, result)
            if result[0] is not None:
                self._check_result(node, result[0], inputs, attributes)
            else:
                self._check_elsewhere(node)
            outputs.append(result)
        return outputs, leans

    def _inferred(self, node: onnx.NodeProto, inputs: Sequence[Tensor | None]) -> dict[str, onnx.TypeProto]:
        if node.op_type in CONTROL_FLOW:
            return {}
        arrays = {name: self._known.arrays[name] for name in node.input if name in self._known.arrays}
        types = {name: self._known.types[name] for name in node.input if name}
        data = {name: tensor_proto(one) for name, one in arrays.items() if _can_be_argument(one)}
        domain = _domain(node)
        try:
            return infer(node, self._opsets.get(domain, 1), types, data)
        except RefusedError as error:
            if any(one is not None and one.shape is None for one in inputs):
                return {}  # the refusal may stem from what is not known; the outputs stay unknown too
            raise self._misfit(node, error.args[0]) from error

    def _misfit(self, node: onnx.NodeProto, reason: str) -> ModelError:
        known = [self._known.tensors.get(name) for name in list(node.input)[:4]]
        shapes = ", ".join("x".join(map(str, one.shape or ("scalar",))) for one in known if one is not None)
        detail = reason if isinstance(reason, Message) else printable(" ".join(reason.split()), 200)
        why = Message(
            "{node} can't work on inputs of shape {shapes} ({detail})",
            node=label(node),
            shapes=printable(shapes),
            detail=detail,
        )
        if self._guessed is None:
            return ModelError(
                "MODEL_SHAPE_CONFLICT",
                "{why}. The file is damaged, made for another version of ONNX, or given a wrong --shape.",
                why=why,
            )
        guessed, axes = self._guessed
        name, shape = clean(guessed), self._known.tensors[guessed].shape or ()
        return ModelError(
            "MODEL_SHAPE_NEEDED",
            "The model leaves the size of input {name!r} open, and with the usual size {why}. Give the "
            "size you use, as in --shape {name}={tried} with your own numbers.",
            name=name,
            why=why,
            tried=",".join(map(str, shape)),
            form=form_of([None if axis in axes else extent for axis, extent in enumerate(shape)]),
        )

    def _from_type(self, node: onnx.NodeProto, name: str, found: onnx.TypeProto | None) -> Known:
        """A static shape out of an inferred type. What is partly known is kept for the rules that follow."""
        if found is None or not found.HasField("tensor_type"):
            return None, "unknown"
        tensor = found.tensor_type
        dtype = dtype_name(tensor.elem_type)
        if not tensor.HasField("shape"):
            return None, dtype
        dims = tensor.shape.dim
        extents = tuple([dim.dim_value for dim in dims if dim.HasField("dim_value")])
        if len(extents) < len(dims):
            self._known.add_partly_known(name, found)
            return None, dtype
        if min(extents, default=0) < 0:
            raise self._misfit(
                node, Message("the result would be {shape}", shape="x".join(map(str, extents)))
            )
        return extents, dtype

    def _check_elsewhere(self, node: onnx.NodeProto) -> None:
        """Raise MODEL_SHAPE_ELSEWHERE where the shape of a result lies in a file that was not handed over."""
        name = next((one for one in node.input if one in self._known.elsewhere), None)
        if name is not None:
            raise ModelError(
                "MODEL_SHAPE_ELSEWHERE",
                "{label} takes its shape from {name!r}, whose content lies in the external data file "
                "beside the "
                "model, which JouleLens does not open. Save the model with its small tensors inside, as "
                "onnx.save_model(..., size_threshold=1024) does.",
                label=label(node), name=printable(name),
            )  # fmt: skip

    def _check_result(
        self,
        node: onnx.NodeProto,
        shape: Shape,
        inputs: Sequence[Tensor | None],
        attributes: Mapping[str, Any],
    ) -> None:
        before = inputs[0].shape if inputs and inputs[0] is not None else None
        if node.op_type == "Reshape" and before is not None and prod(before) != prod(shape):
            # onnx's rule does not compare the elements.
            raise self._misfit(node, Message("it can't become {shape}", shape="x".join(map(str, shape))))
        if (node.op_type in _WINDOWED and 0 in shape[2:]) or window_too_long(node, inputs, attributes):
            raise self._misfit(node, Message("its window is larger than its input"))
        channels = channels_wanted(node, inputs)
        if channels is not None and before is not None and channels != before[1]:
            # nor the channels with those of the weights.
            raise self._misfit(node, Message("its weights are for {channels} channels", channels=channels))
        if not is_sound(shape):
            checked_shape(shape, Message("The result of {node}", node=label(node)))

    # --- content ----------------------------------------------------------------------------------------

    def _content(
        self, node: onnx.NodeProto, outputs: Sequence[Known], attributes: Mapping[str, Any]
    ) -> list[Array] | None:
        """The content of constant outputs where it is small and can be computed."""
        if node.domain not in STANDARD_DOMAINS:
            return None
        if node.op_type in ("Shape", "Size"):
            shape = self._known.tensors[node.input[0]].shape or ()
            return [shape_content(node.op_type, shape, attributes)]
        arrays = self._known.arrays
        if node.op_type == "CastLike" and len(node.input) == 2 and node.input[0] in arrays:
            to = dtype_code(self._known.tensors[node.input[1]].dtype)
            return fold("Cast", [arrays[node.input[0]]], {"to": to})
        if any(name and name not in arrays for name in node.input):
            return None
        # NonZero's result is as small as its input, though its shape is not known beforehand.
        sizes = [
            0 if shape is None and node.op_type == "NonZero" else _elements(shape) for shape, _ in outputs
        ]
        if any(size > FOLD_ELEMENTS for size in sizes):
            return None
        fill = attributes.get("value")
        if isinstance(fill, onnx.TensorProto):
            attributes = {**attributes, "value": small_array(fill, tuple(fill.dims))}
        return fold(node.op_type, [arrays.get(name) if name else None for name in node.input], attributes)


def _domain(node: onnx.NodeProto) -> str:
    return "" if node.domain == "ai.onnx" else node.domain


def _can_be_argument(array: Array) -> bool:
    """Whether a rule may want the content: whole numbers, or a few floats (scales of Resize)."""
    return array.size <= VALUES_KEPT or not np.issubdtype(array.dtype, np.floating)


def _elements(shape: Shape | None) -> int:
    return FOLD_ELEMENTS + 1 if shape is None else prod(shape)
