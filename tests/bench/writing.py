"""Recorded steps per second of 180 float32, and their ratio to np.tofile: python tests/bench/writing.py"""

import tempfile
import time
from pathlib import Path

import numpy as np

from gradlab.engine.preset.schema import DataSettings, Preset, ProbeSettings
from gradlab.engine.runs.followed import open_run
from gradlab.engine.runs.listing import list_runs
from gradlab.engine.runs.writer import RunWriter
from gradlab.engine.stream.events import Column, Finished, Started, Steps

COLUMNS, BLOCK, STEPS = 180, 100, 100_000


def main() -> None:
    """Print the figures, all from this one run."""
    values = np.random.default_rng(0).lognormal(size=(BLOCK, COLUMNS)).astype(np.float32)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        plain = seconds_of(lambda: write_plain(root / "plain", values))
        preset = Preset(data=DataSettings(name="digits"), probe=ProbeSettings(record="all"))
        writer = RunWriter.create(root, preset, preset_name="bench")
        columns = tuple(Column(f"layer_{i}", "grad_norm") for i in range(COLUMNS))
        writer.write(Started((), columns, (), STEPS, 1))
        recorded = seconds_of(lambda: write_recorded(writer, values))
        sealed = seconds_of(lambda: writer.write(Finished("finished", STEPS, 1, 1.0)))
        read = seconds_of(lambda: open_run(writer.path).history)
        for _ in range(999):
            RunWriter.create(root, preset, preset_name="bench").close()
        listed = seconds_of(lambda: list_runs(root))
    print(f"recorded steps/s             {STEPS / recorded:12,.0f}   (at least 100,000)")
    print(f"plain np.tofile, steps/s     {STEPS / plain:12,.0f}")
    print(f"recorded / plain, time       {recorded / plain:12.2f}")
    print(f"sealing, steps/s             {STEPS / sealed:12,.0f}")
    print(f"reading all back, steps/s    {STEPS / read:12,.0f}")
    print(f"listing 1,000 runs, seconds  {listed:12.3f}   (at most 0.5)")


def seconds_of(work) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def write_plain(path: Path, values: np.ndarray) -> None:
    """The least that writing can cost."""
    with path.open("wb") as file:
        for _ in range(STEPS // BLOCK):
            values.tofile(file)


def write_recorded(writer: RunWriter, values: np.ndarray) -> None:
    """The same rows as a training sends them."""
    offsets = np.arange(BLOCK)
    for first in range(0, STEPS, BLOCK):
        writer.write(Steps(first + offsets, 1e9 + first + offsets, values))


if __name__ == "__main__":
    main()
