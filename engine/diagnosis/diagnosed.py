"""A training with what is found in it: the one way in which a diagnosis is put beside a training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..stream.events import Event, Finished, Found, Trouble
from .live import Diagnosis


def diagnosed(events: Iterable[Event], diagnosis: Diagnosis) -> Iterator[Event]:
    """The events of a training, each followed by what it shows; what the end shows comes before it.

    A fault in a rule ends the diagnosis and not the training, and is told as trouble.

    Args:
        events: the training; without its end, it is not judged by the rules for the end of a run.
        diagnosis: what watches it.
    """
    fit = True

    def ask(question: Callable[[], list[Found]]) -> list[Found | Trouble]:
        nonlocal fit
        if not fit:
            return []
        try:
            return [*question()]
        except Exception as error:
            fit = False
            reason = f"the diagnosis failed: {error!r}; training goes on without it"
            return [Trouble("the diagnosis", reason, diagnosis.history.step)]

    for event in events:
        told = ask(lambda event=event: diagnosis.add(event))
        yield from [*told, event] if isinstance(event, Finished) else [event, *told]
    yield from ask(diagnosis.look)
