"""Runs as a notebook meets them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from recorded_runs import record

from gradlab.engine import compare, open_run
from gradlab.engine.errors import RunError
from gradlab.engine.notebook.runs import Run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    folder = tmp_path_factory.mktemp("runs")
    made = [record(folder, name) for name in ("one", "<b>two")]
    return [open_run(path.name, folder) for path in made]


def test_series_are_arrays_and_columns(runs: list[Run]) -> None:
    run = runs[0]
    steps, values = run.series("dense_1/delta_norm")
    np.testing.assert_array_equal(steps, np.arange(30))
    np.testing.assert_array_equal(values, run.history.steps.series("dense_1", "delta_norm"))
    assert run.series("epoch/loss")[1].tolist() == [2.0, 1.0, 2.0 / 3]
    frame = run.frame("*/delta_norm", "epoch/loss")
    np.testing.assert_array_equal(frame["dense_1/delta_norm"].to_numpy(), values)
    assert frame["epoch/loss"].notna().sum() == 3
    assert frame.index.name == "step"
    with pytest.raises(RunError, match=r"has no series nothing; it has loss"):
        run.series("nothing")


def test_they_show_themselves(runs: list[Run]) -> None:
    run, other = runs
    assert "vanishing gradient" in run.findings._repr_html_()
    assert "<td>loss</td>" in run._repr_html_()
    assert {chart.title.split(":")[0] for chart in run.charts()} >= {"loss of the batches"}
    assert all("<svg" in chart._repr_html_() for chart in run.charts())
    both = compare(run, other)
    assert both.differences == {"preset": ["one", "<b>two"]}
    page = both._repr_html_()
    assert "&lt;b&gt;two" in page and "<b>two" not in page
    assert both.verdict.split(":")[0] in page


def test_importing_the_door_loads_nothing_heavy() -> None:
    code = (
        "import sys\nimport gradlab.engine as e\nfrom gradlab.engine import open_run, compare\n"
        "import gradlab.engine.comparison.document\nassert callable(e.compare) and dir(e)\n"
        "print(*({'tensorflow', 'keras', 'textual'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
