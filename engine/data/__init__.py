"""Data sets: loaded or generated, split, scaled."""
