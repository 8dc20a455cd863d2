"""Which run `gradlab run PRESET --resume` continues."""

from __future__ import annotations

from pathlib import Path

from ...engine.errors import PresetError, RunError
from ...engine.preset.diff import diff
from ...engine.preset.load import load, recorded
from ...engine.preset.schema import Preset
from ...engine.runs.listing import RunRow, list_runs


def find_unfinished(reference: str, overrides: list[str], runs_dir: Path) -> tuple[Path, Preset]:
    """The newest unfinished run of a preset with the same settings, or the run that is named.

    Args:
        reference: a run's id, a unique prefix of one, or a preset.
        overrides: settings given beside the preset.
        runs_dir: where runs live.

    Raises:
        RunError: there is none, or it is still being trained.
    """
    rows = list_runs(runs_dir)
    named = [row for row in rows if row.id.startswith(reference)]
    if reference == "@last":
        named = rows[:1]
    if len(named) == 1:
        if overrides:
            raise PresetError("--resume continues a run with its own settings: leave out --set.")
        return _unfinished(named[0])
    preset = load(reference, overrides)
    live: RunRow | None = None
    for row in rows:
        if row.status == "finished" or row.status == "diverged":
            continue
        trained = recorded(row.info.get("preset"))
        if trained is None:
            continue
        if trained.seed == preset.seed and not diff(trained, preset):
            if not row.live:
                return _unfinished(row)
            live = live or row
    if live:
        return _unfinished(live)  # says who trains it
    raise RunError(
        f"No unfinished run of {reference} with these settings in {runs_dir}; "
        f"start one without --resume."
    )


def _unfinished(row: RunRow) -> tuple[Path, Preset]:
    if row.live:
        raise RunError(f"{row.id} is being trained by process {row.pid} on {row.host}.")
    if row.status in ("finished", "diverged"):
        raise RunError(f"{row.id} has {row.status}: there is nothing to resume.")
    preset = recorded(row.info.get("preset"))
    if preset is None:
        why = row.damage[0] if row.damage else "it was imported, or written by another gradlab"
        raise RunError(f"{row.id} has no preset that can be read ({why}), so it cannot be resumed.")
    return row.path, preset
