"""Every problem that the diagnosis knows, from cause to effect."""

from __future__ import annotations

from importlib import import_module

from ..findings.problems import PROBLEMS
from .problem import Problem

KNOWN: dict[str, Problem] = {
    name: import_module(f".problems.{name}", __package__).PROBLEM for name in PROBLEMS
}
"""The problems by name, causes before their effects; each is the file of its name."""
