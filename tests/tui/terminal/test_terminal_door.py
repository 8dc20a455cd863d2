"""The door of all texts, its readers that go away, and what is said for a process that cannot speak."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hostile import PAYLOAD, commands, hostile_run
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from terminal import Terminal
from textual.strip import Strip

from gradlab.engine.escaping.plain_text import printable, spreadsheet_cell
from gradlab.engine.strict_json import dumps
from gradlab.tui.terminal.door import Door
from gradlab.tui.terminal.thrift import harmless

GRADLAB = [sys.executable, "-m", "gradlab.tui"]


class Screen(io.StringIO):
    """A text stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@given(st.text())
def test_a_text_comes_through_the_door_without_what_commands_a_terminal(text: str) -> None:
    stream = io.StringIO()
    assert Door(stream).write(text) == len(text)
    assert commands(stream.getvalue()) == []
    kept = "".join(c for c in text if c.isprintable())
    assert [c for c in stream.getvalue() if c in kept][: len(kept)] or not kept


def test_what_is_shown_says_what_was_there() -> None:
    assert printable("é\x1b[2J\x9b\u202e\ud800\n") == r"é\x1b[2J\x9b\u202e\ud800\n"
    assert (
        printable("中文 👩\u200d🔬 a\u0301\u00a0b\t", keep="\t")
        == "中文 👩\u200d🔬 a\u0301\u00a0b\t"
    )
    assert dumps({"\x9b": "\x1b\u202e\U000e0041"}) == r'{"\u009b":"\u001b\u202e\udb40\udc41"}'
    assert [spreadsheet_cell(t) for t in ("=1", "+a", "-a", "@a", "a=1", "-", "\t=1")] == [
        "'=1", "'+a", "'-a", "'@a", "a=1", "-", r"\t=1",
    ]  # fmt: skip


def test_rich_colours_a_terminal_and_nothing_else_passes() -> None:
    screen = Screen()
    console = Console(file=Door(screen), color_system="standard", width=80)  # type: ignore[arg-type]
    console.print("[red]a[/red] \x1b]52;c;QUFB\x07 \x1b[2J \x9b", highlight=False)
    assert screen.getvalue() == "\x1b[31ma\x1b[0m " + r"\x1b]52;c;QUFB \x1b[2J \x9b" + "\n"


@given(st.lists(st.text(max_size=8), max_size=5))
def test_a_strip_of_the_lab_keeps_its_width_and_loses_its_commands(texts: list[str]) -> None:
    strip = Strip([Segment(text, Style(link="http://127.0.0.1/\x1b")) for text in texts])
    shown = harmless(strip)
    assert shown.cell_length == strip.cell_length
    assert commands(shown.text.replace("\n", "\x01")) == []
    assert all(style is None or not style.link for _, style, _ in shown)


def shell(line: str, folder: Path) -> tuple[int, str, str]:
    """Run a line of bash in which $gradlab is the command."""
    program = f"set -o pipefail; gradlab='{' '.join(GRADLAB)}'; {line}"
    done = subprocess.run(["bash", "-c", program], cwd=folder, capture_output=True, timeout=240)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("$gradlab presets list | true", 1, ""),
        ("$gradlab presets list --json >&-", 1, "cannot write to stdout"),
        ("$gradlab presets list > /dev/full", 1, "cannot write to stdout: No space"),
        ("$gradlab runs show none 2>&-", 2, ""),
        ("$gradlab runs show none 2>/dev/full", 2, ""),
        ("$gradlab runs delete --empty-trash <&-", 2, "add --yes"),
    ],
)
def test_closed_and_full_streams_are_told_by_the_exit_code(
    line: str, code: int, words: str, tmp_path: Path
) -> None:
    got, _, err = shell(line, tmp_path)
    assert got == code and words in err
    assert "Traceback" not in err and "Exception ignored" not in err
    assert err.count("\n") == bool(words)


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    got, _, err = shell("cd gone; rmdir ../gone; $gradlab runs list", tmp_path)
    assert got == 2 and err.startswith("gradlab: the current folder is gone")


SMALL = """
[data]
name = "digits"
options = { rows = 100 }
[model]
depth = 1
width = 4
[train]
epochs = 2
jit = "off"
"""


def test_a_training_outlives_the_readers_of_its_words(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SMALL)
    code, out, err = shell("$gradlab run small.toml 2>&1 >&- | head -1", tmp_path)
    assert (out, err) == ("preparing ...\n", "")
    assert code == 1  # its table could not be written
    _, listed, _ = shell("$gradlab runs list --json", tmp_path)
    assert listed.count('"status": "finished"') == 1


def test_a_process_that_is_ended_past_python_has_the_end_of_its_native_log_shown(
    tmp_path: Path,
) -> None:
    script = (
        "import os; from gradlab.tui.terminal.native_log import divert_native_log\n"
        "divert_native_log(); os.write(2, b'first\\nno \\x1b[2Jmemory\\n'); os.abort()"
    )
    variables = os.environ | {"XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGABRT
    assert "ended past Python" in done.stderr and "no ^[[2Jmemory" in done.stderr
    quiet = [*run[:2], script.replace("os.abort()", "raise SystemExit(4)")]
    done = subprocess.run(quiet, env=variables, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (4, "")


def test_the_lab_shows_hostile_runs_without_a_command_among_its_bytes(tmp_path: Path) -> None:
    run = hostile_run(tmp_path / "runs", PAYLOAD.replace("/", ""))
    words = ["watch", run.name, "--runs-dir", str(tmp_path / "runs")]
    terminal = Terminal([*GRADLAB[1:], *words], HOME=str(tmp_path))
    try:
        terminal.wait_for("vanishing gradient")
        for key in ("2", "3", "4", "5", "question_mark", "escape", "f3"):
            terminal.press(key)
            time.sleep(0.3)
        terminal.wait_for("finished")
        terminal.press("q")
        terminal.wait()
        output = bytes(terminal.output)
    finally:
        terminal.close()
    assert b"]52;c;" in output and output.startswith(b"\x1b[?1049h")
    for command in (b"\x1b]52", b"\xc2\x9b", "\u202e".encode()):
        assert command not in output
