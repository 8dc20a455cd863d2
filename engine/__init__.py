"""Trains Keras models, measures every layer at every step, diagnoses and stores. No terminal code."""
