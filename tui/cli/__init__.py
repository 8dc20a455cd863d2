"""The `gradlab` command."""
