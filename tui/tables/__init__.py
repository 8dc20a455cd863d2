"""Rows and columns of text tables."""
