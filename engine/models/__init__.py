"""Keras models, losses, metrics and optimizers made from a preset."""
