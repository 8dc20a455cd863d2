"""Opening a run of 1e6 steps and comparing 10 of 1e5: python tests/bench/runs.py [--small]

Each figure is taken in a fresh process, after its imports; memory is the peak above them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from recorded_runs import record_many

from gradlab.engine.comparison.document import comparison
from gradlab.engine.comparison.opened import open_runs
from gradlab.engine.exchange.selection import select
from gradlab.engine.exchange.tables import write_jsonl
from gradlab.engine.preset.schema import DataSettings, Preset, ProbeSettings
from gradlab.engine.runs.followed import open_run
from gradlab.engine.runs.listing import list_runs
from gradlab.engine.runs.records import RecordWriter
from gradlab.engine.runs.replay import statistics
from gradlab.engine.runs.writer import RunWriter
from gradlab.engine.stream.events import STEP_SCALARS, Column, Epoch, Finished, LayerInfo, Started
from gradlab.tui.cli.charting import STATISTICS, Chart, chart_text
from gradlab.tui.cli.comparison import as_text

LAYERS, EPOCHS, BLOCK = 12, 100, 1_000


def build(root: Path, steps: int, seed: int, *, sealed: bool = True, layers: int = LAYERS) -> Path:
    """A run whose records were all kept, written past the writer's thinning."""
    preset = Preset(data=DataSettings(name="digits"), seed=seed, probe=ProbeSettings(record="all"))
    infos = tuple(
        LayerInfo(f"dense_{i}", "Dense", i, 8, 8, 72, "tanh", "glorot") for i in range(layers)
    )
    columns = (
        *(Column("", statistic) for statistic in STEP_SCALARS),
        *(Column(i.name, s) for i in infos for s in ("grad_norm", "delta_norm")),
    )
    writer = RunWriter.create(root, preset, preset_name="bench")
    writer.write(Started(infos, columns, (), steps // EPOCHS, EPOCHS))
    records = RecordWriter(writer.path / "metrics.rec", len(columns))
    generator = np.random.default_rng(seed)
    for first in range(0, steps, BLOCK):
        index = np.arange(first, first + BLOCK)
        values = generator.lognormal(size=(BLOCK, len(columns))).astype(np.float32)
        records.append(index, 1e9 + index * 1e-3, values)
    records.flush()
    records.close()
    for epoch in range(EPOCHS):
        end = (epoch + 1) * (steps // EPOCHS)
        writer.write(Epoch(epoch, end, {"loss": 1.0, "val_loss": 1.0 + seed / 10}, epoch + 1.0))
    if sealed:
        writer.write(Finished("finished", steps, EPOCHS, 100.0))
    return writer.path


def measured(work) -> dict[str, float]:
    """Wall and processor seconds, and peak megabytes above the imports."""
    before = peak_kilobytes()
    began, busy = time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - busy,
        "megabytes": (peak_kilobytes() - before) / 1024,
        "tensorflow": any(n.partition(".")[0] in ("tensorflow", "keras") for n in sys.modules),
    }


def peak_kilobytes() -> int:
    """Most memory this process has held; getrusage would count the parent's before exec."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def show(kind: str, path: str) -> None:
    """What `gradlab runs show RUN --chart` does."""
    import pyarrow.parquet  # noqa: F401

    import gradlab.tui.charts.series  # noqa: F401

    chart = Chart(kind)

    def drawn() -> str:
        history = open_run(Path(path), statistics(*STATISTICS[chart])).history
        return chart_text(history, chart, 120, 30, "braille")

    print(json.dumps(measured(drawn)))


def table(root: str) -> None:
    """What `gradlab runs list` does."""
    print(json.dumps(measured(lambda: list_runs(Path(root)))))


def export(path: str) -> None:
    """What `gradlab runs export RUN -f jsonl` does."""
    import pyarrow.compute
    import pyarrow.parquet  # noqa: F401

    with open(os.devnull, "wb") as nowhere:
        print(json.dumps(measured(lambda: write_jsonl(select(Path(path)), nowhere))))


def compare(*paths: str) -> None:
    """What `gradlab compare` does."""
    import pyarrow.parquet  # noqa: F401

    import gradlab.tui.drawing.charts  # noqa: F401

    runs = [Path(path) for path in paths]
    print(json.dumps(measured(lambda: as_text(comparison(open_runs(runs)), 120))))


def fresh(*arguments: str) -> dict[str, float]:
    """A measurement in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def main() -> None:
    """Build, measure, print."""
    scale = 10 if "--small" in sys.argv else 1
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        large = str(build(root, 1_000_000 // scale, 0))
        ten = [str(build(root, 100_000 // scale, seed)) for seed in range(10)]
        rows = [
            (f"{kind} chart of {1_000_000 // scale:,} steps", fresh("show", kind, large), 0.3)
            for kind in ("loss", "profile", "heatmap")
        ]
        wide = str(build(root, 20_000 // scale, 0, layers=300))
        rows.append((f"{20_000 // scale:,} steps of 300 layers as JSON", fresh("export", wide), 23))
        record_many(root / "many", 5_000 // scale)
        rows.append((f"list of {5_000 // scale:,} runs", fresh("table", str(root / "many")), 1.0))
        rows.append((f"compare 10 x {100_000 // scale:,} steps", fresh("compare", *ten), 1.5))
    print(f"{'':32} wall seconds         processor      MB over imports")
    for title, row, most in rows:
        figures = f"{row['seconds']:7.3f} (at most {most})   {row['processor']:7.3f}"
        memory = f"{row['megabytes']:5.0f} (at most 300)"
        note = "TensorFlow was loaded" if row["tensorflow"] else ""
        print(f"{title:32} {figures}   {memory}  {note}".rstrip())


if __name__ == "__main__":
    if sys.argv[1:2] == ["show"]:
        show(*sys.argv[2:])
    elif sys.argv[1:2] == ["table"]:
        table(*sys.argv[2:])
    elif sys.argv[1:2] == ["export"]:
        export(*sys.argv[2:])
    elif sys.argv[1:2] == ["compare"]:
        compare(*sys.argv[2:])
    else:
        main()
