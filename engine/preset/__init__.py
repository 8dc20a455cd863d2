"""Presets: the schema, and how they are found, read, changed, compared and written."""
