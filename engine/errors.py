"""The errors a user can cause. Each carries one message: what, where, what is allowed, what to do."""

from __future__ import annotations

LONGEST = 500
"""Characters of a message; what it quotes may have millions."""


def clipped(text: str, longest: int = LONGEST) -> str:
    """A text of at most so many characters: the middle goes, the end says what to do."""
    tail = longest // 3
    return text if len(text) <= longest else f"{text[: longest - tail - 5]} ... {text[-tail:]}"


class GradlabError(Exception):
    """Something the user can put right; its text is the whole message, at most `LONGEST` long.

    Attributes:
        exit_code: what the command exits with.
    """

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(clipped(message))


class PresetError(GradlabError):
    """A preset, or an override of one, that cannot be run."""

    exit_code = 2


class DataError(GradlabError):
    """Data that is missing, unreadable, or unfit for the preset."""

    exit_code = 2


class RunError(GradlabError):
    """A run that cannot be found, read or continued."""

    exit_code = 2
