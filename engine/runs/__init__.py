"""Run directories: written while training, read live or afterwards."""
