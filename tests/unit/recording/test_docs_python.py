"""The examples of docs/python.md, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import keras
import pytest

PAGE = Path(__file__).parents[3] / "docs" / "python.md"


def test_the_examples_of_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    keras.utils.clear_session()  # so that layers are named as in a fresh notebook
    examples = re.findall(
        r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert examples
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, str(PAGE), "exec"), names)
    out = capsys.readouterr().out
    assert "finished (4,) True []" in out
    assert "Gradient norm by depth" in out
