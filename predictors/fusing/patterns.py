"""Composite operators as patterns of one line: what exporters write for one logical operator.

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

from predictors.fusing.pattern_language import Pattern, parse_group

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

FOLDED_INTO_WEIGHTS = """
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
        FOLDED_INTO_WEIGHTS,
        PLAIN_SCALES,
    )
)
"""Patterns by group, and within a group by the operators they can be rooted at."""

BLOCK_GROUPS = (parse_group(BLOCKS),)
"""Whole blocks, for when operators have taken in what runs inside them."""
