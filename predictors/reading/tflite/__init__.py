"""TensorFlow Lite files: verified, cut to what matters, decoded, and brought to our own graph.

`pruning` runs in the app's process and only walks over bytes; everything else runs in the worker.
"""
