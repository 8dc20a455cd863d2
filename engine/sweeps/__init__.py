"""Many trainings of one preset: the grid, its trials in child processes, and what they come to."""
