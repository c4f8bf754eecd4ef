"""Reading ONNX files: `read_model` in this process, `read_isolated` in a limited one."""

from predictors.reading.api import read_model

__all__ = ["read_model"]
