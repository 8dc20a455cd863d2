"""The one line that is always true: what, on which data, how big, how far, how fast."""

from __future__ import annotations

from ...engine.machine.memory import GIB
from ..drawing.rows import Row, Span, fit
from ..followed.shown_run import ShownRun
from ..words.text import duration
from .lines import Lines

SIGNS = {
    "training": ("●", "good"),
    "finished": ("■", "good"),
    "paused": ("◐", "warn"),
    "stopping": ("◐", "warn"),
    "stopped": ("■", "warn"),
    "failed": ("✖", "bad"),
    "diverged": ("✖", "bad"),
}
"""Sign and style of each state; the word stands beside it."""


class RunHeader(Lines):
    """What is trained, and how far it is."""

    _last: tuple[ShownRun | None, str, bool, str, str] | None = None

    def on_resize(self) -> None:
        """Use the room there is now."""
        if self._last is not None:
            self.show_run(*self._last)

    def show_run(
        self,
        run: ShownRun | None,
        title: str,
        frozen: bool = False,
        note: str = "",
        layers: str = "",
    ) -> None:
        """Show a run, or what would be run.

        Args:
            run: the training; None before the first one.
            title: name of the preset that is open, with a mark if it was changed.
            frozen: whether the display is held while training goes on.
            note: what the application is busy with; goes before all else.
            layers: which layers are shown, if not all are.
        """
        self._last = (run, title, frozen, note, layers)
        wide = self.size.width >= 100
        left: list[Span] = [Span("gradlab  ", "dim")] if wide else []
        left.append(Span(fit(title, 40 if wide else 24), "strong"))
        if run is None:
            right = [Span("○ not started"), Span("  r runs it", "dim")]
        else:
            right = list(progress(run, wide))
            if wide:
                left.append(Span("  " + fit(run.facts, 60), "dim"))
        if frozen:
            right.insert(0, Span("display frozen  ", "warn"))
        if layers:
            right.insert(0, Span(f"{fit(layers, 30)}  ", "warn"))
        if note:
            right = [Span(note, "warn")]
        room = self.size.width - sum(len(s.text) for s in (*left, *right)) - 2
        while room < 1 and len(left) > 1:
            room += len(left.pop().text)
        if run is not None and run.alive and run.loads and not note:
            load = run.loads[-1]
            took = f"  cpu {load.processor:.0f} %  {load.resident / GIB:.1f} GiB"
            if room > len(took):
                right.append(Span(took, "dim"))
                room -= len(took)
        gap = Span(" " * max(room, 1))
        self.show((Span(" "), *left, gap, *right))


def progress(run: ShownRun, wide: bool = True) -> Row:
    """State, epoch, step, speed and time of a run."""
    state, history = run.state, run.history
    sign, style = SIGNS.get(state, ("○", "warn"))
    spans = [Span(f"{sign} ", style), Span(state, style if style == "bad" else "strong")]
    if run.waited is not None:
        # It moves, so that one can see that something happens.
        dots = "." * (1 + int(run.waited * 2) % 3)
        spans.append(Span(f"{dots:<3} {duration(int(run.waited))}", "dim"))
    started = history.started
    if started and history.step:
        epoch = min((history.step - 1) // started.steps_per_epoch + 1, started.epochs)
        spans.append(Span(f"  epoch {epoch}/{started.epochs}"))
        total = f"/{run.total_steps}" if wide else ""
        spans.append(Span(f"  {history.step}{total} steps"))
    if run.alive and run.speed and state == "training":
        spans.append(Span(f"  {run.speed:,.0f}/s"))
    if run.seconds is not None and history.step:
        spans.append(Span(f"  {duration(round(run.seconds))}", "dim"))
    if wide and run.seconds_left is not None:
        spans.append(Span(f"  {duration(round(run.seconds_left))} left", "dim"))
    return tuple(spans)
