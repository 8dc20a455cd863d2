"""Runs as scripts, tests and notebooks want them: arrays, frames, and what shows itself as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..comparison.document import comparison
from ..comparison.opened import Opened, open_runs
from ..errors import RunError
from ..exchange.selection import Part, select
from ..exchange.tables import arrow_table
from ..findings.finding import Finding
from ..report.page import fragment
from ..report.pictures import Section, curve_sections, heat_sections, profile_sections
from ..runs.ids import find_run
from ..stream.history import History

if TYPE_CHECKING:
    import pandas as pd


class Findings(tuple[Finding, ...]):
    """The findings of a run that stand, the gravest cause first; a notebook shows them in full."""

    def _repr_html_(self) -> str:
        count = f"{len(self)} finding{'s' if len(self) != 1 else ''}" if self else "No findings"
        return fragment(count, findings=self)


@dataclass(frozen=True)
class Chart:
    """A picture of one or several runs; a notebook draws it.

    Attributes:
        title: what it shows.
        svg: the picture as an `<svg>` element.
    """

    title: str
    svg: str

    def _repr_html_(self) -> str:
        return fragment("", sections=[(self.title, self.svg)])


class Run:
    """A run, live or over, as it was when it was opened; a notebook shows its results and findings.

    Args:
        path: the run directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        """The run directory."""
        self._opened: Opened = open_runs([path])[0]

    @property
    def id(self) -> str:
        """Its id."""
        return self._opened.id

    @property
    def name(self) -> str:
        """The user's name for it, else its preset's, else its id."""
        return self._opened.name

    @property
    def status(self) -> str:
        """What it is doing, or how it ended."""
        return self._opened.status

    @property
    def preset(self) -> dict[str, Any]:
        """The preset it was trained with; {} for what was recorded of a script."""
        return self._opened.preset

    @property
    def results(self) -> dict[str, float]:
        """The logs of its last epoch, and the test's."""
        return dict(self._opened.outcome.get("final") or {})

    @cached_property
    def history(self) -> History:
        """Everything it said, as tables."""
        from ..runs.followed import open_run as read

        return read(self.path).history

    @property
    def findings(self) -> Findings:
        """The findings that stand."""
        return Findings(self._opened.history.standing)

    @cached_property
    def _parts(self) -> tuple[Part, ...]:
        return select(self.path).parts

    @property
    def names(self) -> list[str]:
        """The series: `loss`, `dense/grad_norm`, `epoch/val_loss`."""
        return [name for part in self._parts for name in part.names]

    def series(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """One series: its steps, int64 [rows], and its values, float [rows].

        Raises:
            RunError: it was not recorded.
        """
        for part in self._parts:
            if name in part.names:
                return part.steps, part.values[:, part.names.index(name)]
        raise RunError(f"{self.id} has no series {name}; it has {', '.join(self.names[:6])} ...")

    def frame(self, *patterns: str) -> pd.DataFrame:
        """Series as columns of a pandas frame, by step, with NaN where a step has no value.

        Args:
            *patterns: shell patterns of names, such as `*/grad_norm`; all series if there is none.

        Raises:
            RunError: pandas is not installed, or no series matches.
        """
        try:
            import pandas as pd  # noqa: F401
        except ImportError as error:
            raise RunError(
                "a frame needs the package pandas: pip install pandas; series() needs none"
            ) from error
        return arrow_table(select(self.path, patterns)).to_pandas().set_index("step")

    def charts(self) -> list[Chart]:
        """Its curves, its profiles by depth, its gradients by layer and step."""
        return _charts([self._opened])

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self.status}>"

    def _repr_html_(self) -> str:
        rows = [("result", "value"), *self.results.items()] if self.results else ()
        verdict = self.status if self.findings else f"{self.status}, no findings"
        return fragment(self.id, verdict, rows=rows, findings=self.findings)


class Comparison:
    """Runs side by side; a notebook shows what differs, what it did, and the charts.

    Args:
        runs: 2 to 20 runs; deltas are taken from the first.
    """

    def __init__(self, runs: Sequence[Opened]) -> None:
        self._runs = runs
        self.document: dict[str, Any] = comparison(runs)
        """All of it, as `gradlab compare --json` prints it."""

    @property
    def differences(self) -> dict[str, list[Any]]:
        """What was set differently: every run's value by dotted key."""
        return self.document["differences"]

    @property
    def results(self) -> dict[str, list[float | None]]:
        """Every run's value of each metric."""
        return {row["metric"]: row["values"] for row in self.document["results"]}

    @property
    def verdict(self) -> str:
        """Which run is better, in a sentence."""
        return self.document["verdict"]["sentence"]

    def charts(self) -> list[Chart]:
        """Curves, profiles by depth, gradients by layer and step."""
        return _charts(self._runs)

    def _repr_html_(self) -> str:
        heading = ("", *(f"{run.letter} {run.name}" for run in self._runs))
        rows = [(name, *values) for name, values in {**self.differences, **self.results}.items()]
        sections = list(_sections(self._runs))
        title = " and ".join(heading[1:])
        return fragment(title, self.verdict, rows=[heading, *rows], sections=sections)


def open_run(reference: str | Path = "@last", runs_dir: str | Path = "runs") -> Run:
    """Open a run.

    Args:
        reference: its id, a unique beginning of one, `@last`, `@last~1`, or a path.
        runs_dir: where runs live.

    Raises:
        RunError: there is no such run, or several.
    """
    return Run(find_run(str(reference), Path(runs_dir)))


def compare(*runs: str | Path | Run, runs_dir: str | Path = "runs") -> Comparison:
    """Compare 2 to 20 runs.

    Args:
        *runs: opened runs, or what `open_run` takes.
        runs_dir: where runs live.

    Raises:
        RunError: there is no such run, or too few or many.
    """
    paths = [run.path if isinstance(run, Run) else open_run(run, runs_dir).path for run in runs]
    return Comparison(open_runs(paths))


def _charts(runs: Sequence[Opened]) -> list[Chart]:
    return [Chart(title, svg) for title, svg in _sections(runs)]


def _sections(runs: Sequence[Opened]) -> Iterator[Section]:
    yield from curve_sections(runs, "step", by_seed=False)
    yield from profile_sections(runs)
    yield from heat_sections(runs, 0)
