"""What to try against a finding: edits of the preset that suit it, the best first."""

from __future__ import annotations

from dataclasses import replace

from ..findings.finding import Finding, Remedy
from .context import Context
from .edits import changes_something
from .keras_code import keras_code
from .plan import plan, together
from .registry import KNOWN


def remedies(finding: Finding, context: Context) -> tuple[Remedy, ...]:
    """The remedies of a finding that suit its preset, the best first; () if the preset is unknown.

    Where the settings show a second fault that would outlive the first remedy, a plan that mends both comes
    before the remedies of the one.
    """
    if context.preset is None:
        return ()
    made: dict[str, Remedy] = {}
    for remedy in KNOWN[finding.problem].remedies(finding, context):
        if remedy.name not in made and changes_something(context.preset, remedy.set):
            made[remedy.name] = remedy
    alone = tuple(made.values())
    steps = plan(finding, alone[0], context) if alone else ()
    offered = (together(steps), *alone) if len(steps) > 1 else alone
    return tuple(replace(one, code=keras_code(one.set, context)) for one in offered)
