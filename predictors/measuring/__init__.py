"""Measuring the machine that this runs on: its sensors, networks and kernels through ONNX Runtime."""
