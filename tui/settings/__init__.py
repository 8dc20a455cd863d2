"""What the user has settled: a file of settings, how the lab was left, whom to tell of runs."""
