"""Kernels of this machine: sampled networks, profiled through ONNX Runtime node by node."""
