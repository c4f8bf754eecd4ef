"""Fuse a graph into the kernels a runtime launches: survey, patterns, groups, then chains of the runtime.

First patterns join what exporters split; then `_chains` joins neighbours by the pairs of `runtimes.py`
(convolution, batch norm and ReLU become one kernel). Patterns stand in one line each:

A pattern reads `Result <- expression` (a long one may go on in the next line); the expression is rooted at
the operator that makes the result.

- `Name(...)`: that operator; `A|B(...)` either; `A?(x, ...)` the operator, or just `x` in its place.
- `x`, `q`, ...: an activation; the same letter is the same tensor everywhere in the pattern.
- `d=Name(...)`: names an inner result so that it can be used again.
- `$`: any constant; `$v`: a constant vector or scalar; `$c`: a constant vector of at least two elements
  (one per channel); `3`, `0.5`: that constant; `*`: anything.

Add (of any two tensors), Mul, Max and Min match in both orders. Inputs that a pattern leaves out must be
constant, and inner results must not be used outside the match. Groups are applied one after the other, each
from the network's first operator to its last, so that later patterns see what earlier ones made; of several
lines the first that matches wins.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from predictors.fusing.attributes import attribute_int, attribute_ints, channels_first
from predictors.fusing.launch import build_kernel
from predictors.fusing.matching import apply_patterns
from predictors.fusing.operators import KIND_OF_OP
from predictors.fusing.pattern_language import Pattern, parse_group
from predictors.fusing.regroup import absorb_in_front, absorb_transposes, join_slices
from predictors.fusing.runtimes import FAMILIES, FOLDING, HEAVY, RUNTIMES, WEIGHT_OF_FAMILY, Runtime
from predictors.fusing.survey import survey
from predictors.fusing.view import GraphView, LogicalOp
from predictors.model.graph import Graph
from predictors.model.kernels import FreeNode, FusedModel, Kernel, KernelKind
from predictors.model.shared_work import notes

IMAGE_RANK = 4


def kind_of(view: GraphView, op: LogicalOp) -> KernelKind:
    """Kernel kind of an operator; UNSUPPORTED when nobody knows it."""
    kind = KIND_OF_OP.get(op.op, KernelKind.UNSUPPORTED)
    if kind is KernelKind.CONV:
        return _convolution_kind(view, op)
    if op.op == "MatMulInteger" and any(view.is_constant(name) for name in op.inputs[:2]):
        return KernelKind.FC
    return kind


def _convolution_kind(view: GraphView, op: LogicalOp) -> KernelKind:
    """Depthwise means one group per input channel, and more than one channel; c_out may be a multiple."""
    shape = op.data_shape or (view.graph.shape(op.inputs[0]) if op.inputs else None)
    if shape is not None and len(shape) != IMAGE_RANK:
        return KernelKind.CONV_OTHER
    groups = attribute_int(op.anchor, "group", 1)
    if groups > 1:
        depthwise = shape is not None and groups == channels_first(op.anchor, shape)[1]
        return KernelKind.DWCONV if depthwise else KernelKind.GROUPED_CONV
    dilated = any(step > 1 for step in attribute_ints(op.anchor, "dilations"))
    return KernelKind.DILATED_CONV if dilated else KernelKind.CONV


BOUNDS = """
Relu6 <- Min(Max(x, 0), 6)
Relu6 <- Min(Relu(x), 6)
Relu <- Max(x, 0)
"""

ACTIVATIONS = """
HardSigmoid <- Div(Relu6(Add(x, 3)), 6)
HardSigmoid <- Mul(Relu6(Add(x, 3)), 0.16666667)
HardSigmoid <- Mul(Relu6(x), 0.16666667)
HardSwish <- Mul(x, HardSigmoid(x))
HardSwish <- Div(Mul(x, Relu6(Add(x, 3))), 6)
HardSwish <- Mul(Mul(x, Relu6(Add(x, 3))), 0.16666667)
HardSwish <- Mul(Mul(x, 0.16666667), Relu6(Add(x, 3)))
Silu <- Mul(x, Sigmoid(x))
Mish <- Mul(x, Tanh(Softplus(x)))
Gelu <- Mul(x, Sigmoid(Mul(x, 1.702)))
Gelu <- Mul(Mul(x, Add(Erf(Div|Mul(x, $)), 1)), 0.5)
Gelu <- Mul(Mul(x, 0.5), Add(Erf(Div|Mul(x, $)), 1))
Gelu <- Mul(x, Mul(Add(Erf(Div|Mul(x, $)), 1), 0.5))
Gelu <- Mul(Mul(x, Add(Tanh(Mul(Add(x, Mul(Pow(x, 3), $)), $)), 1)), 0.5)
Gelu <- Mul(Mul(x, 0.5), Add(Tanh(Mul(Add(x, Mul(Pow(x, 3), $)), $)), 1))
Gelu <- Mul(x, Mul(Add(Tanh(Mul(Add(x, Mul(Pow(x, 3), $)), $)), 1), 0.5))
Gelu <- Mul(Mul(x, 0.5), Add(Tanh(Mul(Mul(x, $), Add(Mul(Mul(x, $), x), 1))), 1))
Gelu <- Mul(Mul(x, 0.5), Add(Tanh(Mul(Mul(x, $), Add(Mul(Mul(x, x), $), 1))), 1))
Gelu <- Mul(Mul(x, 0.5), Add(Tanh(Mul(Add(x, Mul(Mul(Mul(x, x), x), $)), $)), 1))
"""

NORMALISATIONS = """
LayerNormalization <- Div(d=Sub(x, ReduceMean(x)), Sqrt(Add(ReduceMean(Pow(d, 2)), $)))
LayerNormalization <- Div(d=Sub(x, ReduceMean(x)), Sqrt(Add(ReduceMean(Mul(d, d)), $)))
LayerNormalization <- Div(Sub(x, ReduceMean(x)), Sqrt(Add(ReduceMean(Pow(Sub(x, ReduceMean(x)), 2)), $)))
LayerNormalization <- Add(Mul(x, s=Mul(Reciprocal(Sqrt(Add(ReduceMean(
    Mul(d=Sub(x, m=ReduceMean(x)), d)), $))), $)), Sub($, Mul(m, s)))
LayerNormalization <- Add(Mul(x, s=Mul(Rsqrt(Add(ReduceMean(SquaredDifference(x, m=ReduceMean(x))), $)), $)),
    Add(Mul(Neg(m), s), $))
LayerNormalization <- Mul(x, Reciprocal(Sqrt(Add(ReduceMean(Pow(x, 2)), $))))
LayerNormalization <- Div(x, Sqrt(Add(ReduceMean(Pow(x, 2)), $)))
LpNormalization <- Div(x, Expand?(Clip|Relu|Max?(ReduceL2(x), *)))
"""

QUANTISED_PRODUCTS = """
Dense <- Mul(MatMulInteger(x, $), Mul(s, $))
MatMul <- Mul(MatMulInteger(x, y), Mul(s, t))
Conv <- Mul(ConvInteger(x, $), Mul(s, $))
"""

ARITHMETIC_FOLDED = """
Dense <- Add|Sub|Mul|Div(Dense(x), $v)
Conv <- Add|Sub|Mul|Div(Conv(x), $v)
ConvTranspose <- Add|Sub|Mul|Div(ConvTranspose(x), $v)
BatchNormalization <- Add|Mul(BatchNormalization(x), $v)
LayerNormalization <- Add|Mul(LayerNormalization(x), $v)
GroupNormalization <- Add(Mul(InstanceNormalization(x), $), $)
"""

PLAIN_SCALES = """
BatchNormalization <- Add(Mul(x, $c), $c)
BatchNormalization <- Mul|Div(Sub(x, $c), $c)
"""

BLOCKS = """
SqueezeExcite <- Mul(x, Expand?(Sigmoid|HardSigmoid(BatchNormalization?(Conv|Dense(
    Relu|Relu6|LeakyRelu|HardSwish|Silu|Gelu?(BatchNormalization?(Conv|Dense(GlobalAveragePool(x)))))))))
Attention <- MatMul(Softmax(Add?(MatMul(Mul|Div(q, $), Mul|Div(k, $)), *)), v)
Attention <- MatMul(Softmax(Add?(Div|Mul?(MatMul(q, k), $), *)), v)
Attention <- Einsum(Softmax(Add?(Div|Mul?(Einsum(q, k), $), *)), v)
Attention <- MatMul(Softmax(Where(*, $, Add?(Div|Mul?(MatMul(q, k), $), *))), v)
Attention <- MatMul(Softmax(Where(*, Add?(Div|Mul?(MatMul(q, k), $), *), $)), v)
Attention <- MatMul(Where(IsNaN(s=Softmax(Add?(MatMul(Mul|Div(q, $), Mul|Div(k, $)), *))), $, s), v)
Attention <- MatMul(Where(IsNaN(s=Softmax(Add?(Div|Mul?(MatMul(q, k), $), *))), $, s), v)
"""

GROUPS: tuple[dict[str, tuple[Pattern, ...]], ...] = tuple(
    parse_group(text)
    for text in (
        BOUNDS,
        ACTIVATIONS + NORMALISATIONS + QUANTISED_PRODUCTS,
        ARITHMETIC_FOLDED,
        PLAIN_SCALES,
    )
)
"""Patterns by group, and within a group by the operators they can be rooted at."""

BLOCK_GROUPS = (parse_group(BLOCKS),)
"""Whole blocks, for when operators have taken in what runs inside them."""


@dataclass(slots=True)
class Chain:
    """Operators that run as one kernel, in order; `tail` is the family the next operator is matched with."""

    op_ids: list[int]
    kinds: list[KernelKind]
    tail: str

    def is_heavy(self) -> bool:
        """Whether the chain already holds a convolution or fully connected layer."""
        return any(FAMILIES.get(kind) in HEAVY for kind in self.kinds)


def fuse(graph: Graph, runtime: str) -> FusedModel:
    """Kernels of a graph on a runtime (a name in `RUNTIMES`), in an order in which they can run.

    Every node is in exactly one kernel or in `free` with the reason why it costs nothing. Assumptions: see
    `predictors.fusing.runtimes`. Raises ValueError for a runtime nobody described.
    """
    table = RUNTIMES.get(runtime)
    if table is None:
        raise ValueError(f"unknown runtime {runtime!r}; known: {', '.join(RUNTIMES)}")
    understood = _understand(graph)
    chains = sorted(_chains(understood.view, table), key=lambda chain: chain.op_ids[-1])
    kernels = tuple(understood.kernel(chain, index) for index, chain in enumerate(chains))
    return FusedModel(runtime, kernels, understood.free)


@dataclass(slots=True)
class _Understood:
    """What is the same on every runtime: the operators, what is free, and the kernels met so far."""

    graph: Graph
    view: GraphView
    quantisers: dict[int, list[int]]
    free: tuple[FreeNode, ...]
    kernels: dict[tuple[int, ...], Kernel] = field(default_factory=dict)

    def kernel(self, chain: Chain, index: int) -> Kernel:
        """The kernel that a chain runs as, at a place of the execution order."""
        key = tuple(chain.op_ids)
        known, view = self.kernels.get(key), self.view
        if known is not None and known.index == index:
            return known
        if known is not None and _anchor(view, chain).anchor.name:
            return known.with_index(index)
        kind, anchor = _fused_kind(view, chain), _anchor(view, chain)
        self.kernels[key] = build_kernel(view, chain.op_ids, kind, anchor, self.quantisers, index)
        return self.kernels[key]


def _understand(graph: Graph) -> _Understood:
    """What is known of a graph: while one report is made, it is fused for several runtimes in a row."""
    known_graphs: list[_Understood] = notes("understood")
    for known in known_graphs:
        if known.graph is graph:
            return known
    view = survey(graph)
    join_slices(view)
    apply_patterns(view, GROUPS)
    absorb_in_front(view)
    apply_patterns(view, BLOCK_GROUPS)
    absorb_transposes(view)
    free = tuple(
        FreeNode(graph.nodes[place].index, graph.nodes[place].op, view.free[place])
        for place in sorted(view.free)
    )
    understood = _Understood(graph, view, _quantisers_by_op(view), free)
    known_graphs.append(understood)
    return understood


def _quantisers_by_op(view: GraphView) -> dict[int, list[int]]:
    """Positions of absorbed quantise and dequantise nodes by the operator that makes their tensor."""
    grouped: dict[int, list[int]] = {}
    for place, root in view.quantisers.items():
        grouped.setdefault(view.find(view.producer[root]), []).append(place)
    return grouped


def _chains(view: GraphView, table: Runtime) -> list[Chain]:
    """Grow chains from the first operator to the last; each operator joins at most one."""
    chain_of: dict[int, Chain] = {}
    chains: list[Chain] = []
    for op_id in sorted(view.ops):
        kind = kind_of(view, view.ops[op_id])
        family = FAMILIES.get(kind, "")
        chain = _chain_to_join(view, table, op_id, family, chain_of)
        if chain is None:
            chain = Chain([op_id], [kind], family)
            chains.append(chain)
        else:
            folds = (chain.tail, family) in FOLDING
            chain.op_ids.append(op_id)
            chain.kinds.append(kind)
            chain.tail = chain.tail if folds else family
        chain_of[op_id] = chain
    return chains


def _chain_to_join(
    view: GraphView, table: Runtime, op_id: int, family: str, chain_of: dict[int, Chain]
) -> Chain | None:
    """The chain an operator runs at the end of: of those allowed, the one that is ready last."""
    best: int | None = None
    for name in view.ops[op_id].inputs:
        maker = None if view.is_constant(name) else view.maker_id(name)
        if maker is None or maker == op_id or (best is not None and maker <= best):
            continue
        if name in view.through_view and not table.across_reshapes:
            continue
        if family == "pooling" and view.root(name) in view.rectified:  # a ReLU hides in the integer range
            continue
        if _may_join(view, table, chain_of[maker], maker, op_id, family):
            best = maker
    return None if best is None else chain_of[best]


def _may_join(view: GraphView, table: Runtime, chain: Chain, maker: int, op_id: int, family: str) -> bool:
    return (
        (chain.tail, family) in table.pairs
        and chain.op_ids[-1] == maker
        and not (family in HEAVY and chain.is_heavy())
        and view.only_read_by(maker, (op_id,))
    )


def _weight(kind: KernelKind) -> int:
    family = FAMILIES.get(kind)
    return WEIGHT_OF_FAMILY.index(family) if family in WEIGHT_OF_FAMILY else len(WEIGHT_OF_FAMILY)


def _anchor(view: GraphView, chain: Chain) -> LogicalOp:
    """The heaviest operator of a chain; the first of equals."""
    heaviest = max(range(len(chain.kinds)), key=lambda place: (_weight(chain.kinds[place]), -place))
    return view.ops[chain.op_ids[heaviest]]


def _fused_kind(view: GraphView, chain: Chain) -> KernelKind:
    """Kind of the anchor; batch norm and add have kinds of their own when a ReLU is fused with them.

    After quantisation the ReLU may be no more than the lower end of the integer range.
    """
    kind = max(chain.kinds, key=_weight)
    hidden = any(view.root(name) in view.rectified for name in view.ops[chain.op_ids[-1]].outputs)
    if KernelKind.RELU in chain.kinds or hidden:
        return {KernelKind.BN: KernelKind.BN_RELU, KernelKind.ADD: KernelKind.ADD_RELU}.get(kind, kind)
    return kind
