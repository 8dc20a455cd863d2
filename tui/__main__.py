"""`python -m gradlab.tui` is `gradlab`."""

from .cli import main

main()
