"""One file for each problem: its rule, thresholds, effects, remedies and formula."""
