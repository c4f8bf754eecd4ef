"""The version of the method, shown on every page and written into every export."""

METHOD_VERSION = "1.5"
"""Raised when an equation, a fitted setting or a boundary changes, so that two numbers can be told apart."""
