"""Runs side by side: pure functions from recorded runs to differences, deltas, curves and verdicts."""
