"""Records the training of anybody's Keras model: the same runs, from a callback instead of a preset."""
