"""What scripts and notebooks import: runs and comparisons that show themselves."""
