"""What a training takes of the machine, as a chart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...engine.machine.load import Load
from ..drawing.chart_spec import ChartSpec, Series


def machine_chart(loads: Sequence[Load]) -> ChartSpec:
    """Processor and memory in percent of what the machine has, over the seconds that were seen."""
    seconds = np.array([load.seconds for load in loads])
    lines = (
        Series("cpu", seconds, np.array([load.processor for load in loads]), style="line-1"),
        Series("memory", seconds, np.array([load.memory for load in loads]), style="line-2"),
    )
    return ChartSpec(
        lines if len(loads) else (),
        title="Machine, % of its cores and memory",
        x_label="second",
        whole=(0.0, 100.0),
        empty="Processor and memory are seen while a run trains on this machine.",
    )
