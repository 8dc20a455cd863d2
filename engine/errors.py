"""The errors a user can cause. Each carries one message: what, where, what is allowed, what to do."""

from __future__ import annotations


class GradlabError(Exception):
    """Something the user can put right; its text is the whole message.

    Attributes:
        exit_code: what the command exits with (DESIGN.md, "Commands").
    """

    exit_code = 1


class PresetError(GradlabError):
    """A preset, or an override of one, that cannot be run."""

    exit_code = 2


class DataError(GradlabError):
    """Data that is missing, unreadable, or unfit for the preset."""

    exit_code = 2


class RunError(GradlabError):
    """A run that cannot be found, read or continued."""

    exit_code = 2
