"""From a model file to its energy: read, fuse, predict.

`estimate_model` is the one function most callers need. It is loaded at first use, so that importing this
package (as the isolated reader does) stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from predictors.estimate import estimate_graph, estimate_model

__all__ = ["estimate_graph", "estimate_model"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from predictors import estimate

        return getattr(estimate, name)
    raise AttributeError(f"module 'predictors' has no attribute {name!r}")
