"""Texts made harmless before they leave the program."""
