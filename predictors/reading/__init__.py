"""Reading ONNX and TensorFlow Lite files: `read_model` in this process, `read_isolated` in a limited one."""

from predictors.reading.api import read_model
from predictors.reading.isolated import close_workers, read_isolated, start_worker

__all__ = ["close_workers", "read_isolated", "read_model", "start_worker"]
