"""Typer commands, Textual app, screens, widgets and plotext charts."""
