"""The user's file of settings, the layout that comes back, and whom runs are told to."""

from __future__ import annotations

import http.server
import json
import stat
import threading
import time

import pytest
from typer.testing import CliRunner

from gradlab.engine.findings.finding import Finding
from gradlab.engine.stream.events import Finished, Found
from gradlab.tui.app import binding_ids
from gradlab.tui.cli import app as cli
from gradlab.tui.settings.file import THEMES, Settings, read_settings
from gradlab.tui.settings.layout import KeptLayout, read_layout, write_layout
from gradlab.tui.settings.notifier import Notifier
from gradlab.tui.themes import THEMES as DRAWN

FOUND = Found(3, Finding("vanishing_gradient", (), 3, "critical", {}, "It shrinks."))


def test_settings_are_read(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('theme = "light"\nruns_dir = "~/r"\nascii = true\n[keys]\nlab.run = "f5,r"\n')
    settings = read_settings(file)
    assert settings.defaults["theme"] == "light" and settings.defaults["ascii_only"] is True
    assert settings.defaults["runs_dir"].endswith("/r") and "~" not in settings.defaults["runs_dir"]
    assert settings.keys == {"lab.run": "f5,r"} and settings.problems == ()
    assert settings.keys.keys() <= binding_ids() and set(THEMES) == set(DRAWN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('theme = "purple"', "theme = 'purple' must be one of dark, light"),
        ("refresh = true", "refresh = True must be a number of updates a second from 0.1 to 20"),
        ('runsdir = "x"', 'runsdir is no setting; did you mean "runs_dir"?'),
        ("keys = 3", "keys is no table"),
        ("[keys]\nlab.run = 5", "keys.lab.run = 5 must be a text"),
        ("theme =", "nothing in it is used"),
    ],
)
def test_a_bad_value_is_named_and_left_out(tmp_path, text, said):
    file = tmp_path / "config.toml"
    file.write_text(text)
    settings = read_settings(file)
    assert settings.defaults == {} and settings.keys == {}
    (problem,) = settings.problems
    assert said in problem and str(file) in problem


def test_no_file_is_no_problem(tmp_path):
    assert read_settings(tmp_path / "config.toml") == Settings()


def test_variables_and_flags_go_before_the_file(tmp_path):
    for name in ("of-file", "of-variable", "of-flag"):
        (tmp_path / name).mkdir()
    settings = Settings({"runs_dir": str(tmp_path / "of-file")})

    def where(*flags, **variables) -> str:
        result = CliRunner().invoke(
            cli.app, ["runs", "list", *flags], env=variables, obj=settings,
            default_map=cli._defaults(settings),
        )  # fmt: skip
        return result.stderr + result.stdout

    assert "of-file" in where()
    assert "of-variable" in where(GRADLAB_RUNS=str(tmp_path / "of-variable"))
    flag = ("--runs-dir", str(tmp_path / "of-flag"))
    assert "of-flag" in where(*flag, GRADLAB_RUNS=str(tmp_path / "of-variable"))


def test_the_layout_comes_back():
    assert read_layout() == KeptLayout()
    kept = KeptLayout(pane_hidden=True, views={1: "Accuracy"}, unit="epoch")
    write_layout(kept)
    assert read_layout() == kept


def test_a_command_is_told_of_findings_and_the_end(tmp_path):
    said = tmp_path / "said"
    command = tmp_path / "tell.sh"
    command.write_text(f'#!/bin/sh\necho "$GRADLAB_RUN: $GRADLAB_TEXT" >> "{said}"\n')
    command.chmod(command.stat().st_mode | stat.S_IEXEC)
    complaints: list[str] = []
    notifier = Notifier(str(command), complaints.append)
    for event in (FOUND, FOUND, Finished("finished", 90, 3, 1.0)):
        notifier.hear("run-1", event)
    notifier.close()
    assert said.read_text().splitlines() == [
        "run-1: vanishing gradient since step 3: It shrinks.",
        "run-1: finished after 90 steps",
    ]
    assert complaints == []


def test_an_address_gets_json_and_a_dead_one_delays_nobody():
    got: list[dict] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_) -> None:
            """Write nothing among the tests' output."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/hook"
    notifier = Notifier(address, lambda why: pytest.fail(why))
    notifier.hear("run-1", FOUND)
    notifier.close()
    assert got == [{"run": "run-1", "text": "vanishing gradient since step 3: It shrinks."}]
    server.shutdown()
    server.server_close()
    complaints: list[str] = []
    dead, began = Notifier(address, complaints.append), time.monotonic()
    for step in range(200):
        dead.hear("run-1", Finished("finished", step, 1, 1.0))
    assert time.monotonic() - began < 0.5
    dead.close()
    assert len(complaints) == 1 and address in complaints[0]
