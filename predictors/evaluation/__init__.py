"""How well each predictor does on measurements it never saw."""
