"""Runs written as a page for people without gradlab, or as tables for other tools."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from textual import work

from ...engine.errors import GradlabError, RunError
from ...engine.escaping.plain_text import printable
from ..terminal.thrift import ThriftyScreen
from .ask_text import AskText

TABLES = (".csv", ".parquet", ".jsonl")
"""Ends of files that take the numbers of one run; any other takes a page."""


class Exporting(ThriftyScreen):
    """A screen that shows runs, and can write them to a file."""

    def exported(self) -> Mapping[str, Path]:
        """The directories of the runs that are meant, by name; none where there is none."""
        raise NotImplementedError

    def action_report(self) -> None:
        """Ask for a file, and write the runs into it."""
        runs = self.exported()
        if not runs:
            self.notify("There is no run yet to write a report of.")
            return

        def write_if(path: str | None) -> None:
            if path:
                self._export(list(runs.values()), Path(path).expanduser())

        names = ", ".join(map(printable, runs))
        hint = "an HTML page; .csv, .parquet or .jsonl for every number of one run"
        self.app.push_screen(AskText(f"Report of {names}", "report.html", hint), write_if)

    @work(thread=True, group="report")
    def _export(self, runs: list[Path], file: Path) -> None:
        try:
            _write(runs, file)
        except (GradlabError, OSError) as error:
            said, severity = str(error), "error"
        else:
            said, severity = f"Written: {file.resolve()}", "information"
        self.app.call_from_thread(self.notify, said, severity=severity, markup=False, timeout=10)


def _write(runs: list[Path], file: Path) -> None:
    if file.suffix not in TABLES:
        from ...engine.comparison.opened import MOST, open_runs
        from ...engine.report.page import write_report

        write_report(open_runs(runs[:MOST]), file, baseline=0, axis="step", by_seed=False)
        return
    from ...engine.exchange.selection import select
    from ...engine.exchange.tables import write_csv, write_jsonl, write_parquet

    if len(runs) > 1:
        raise RunError(
            f"A {file.suffix} file takes one run, not {len(runs)}; an .html page takes all."
        )
    if file.exists():
        raise RunError(f"{file} exists; choose another name.")
    selection = select(runs[0])
    if file.suffix == ".csv":
        write_csv(selection, file)
    elif file.suffix == ".parquet":
        write_parquet(selection, file)
    else:
        with file.open("wb") as target:
            write_jsonl(selection, target)
