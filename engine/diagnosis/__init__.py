"""What is wrong, in which layer, since when, on what evidence, and what cures it."""
