"""The label: a dated badge of a score or an estimate, as SVG, PNG and JSON. No screen library in here."""
