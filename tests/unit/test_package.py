"""What is shipped, and what importing it costs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from recorded_runs import record

ROOT = Path(__file__).parents[2]

HEAVY = {"tensorflow", "keras", "sklearn", "textual", "plotext", "pyarrow"}


def modules_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after running some code."""
    script = f"{code}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("arguments", "light"),
    [(["--help"], {"numpy"}), (["runs", "list"], {"numpy"}), (["presets", "list"], set())],
)
def test_commands_that_only_look_load_nothing_heavy(
    arguments: list[str], light: set[str], tmp_path: Path
) -> None:
    record(tmp_path / "runs")
    code = (
        "import sys, os\n"
        f"os.chdir({str(tmp_path)!r})\n"
        f"sys.argv = ['gradlab', *{arguments!r}]\n"
        "from gradlab.tui.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    )
    assert not modules_after(code) & (HEAVY | light)


def test_the_engine_knows_no_terminal() -> None:
    names = [
        "gradlab." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "engine").rglob("*.py"))
        if path.name != "__init__.py"
    ]
    code = "import importlib\n" + "\n".join(f"importlib.import_module({n!r})" for n in names)
    assert not modules_after(code) & {"textual", "typer", "plotext"}


def test_the_wheel_has_every_module_and_preset(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("engine", "tui", "presets"):
        shutil.copytree(ROOT / name, source / name)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, source],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("engine", "tui", "presets"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".toml", ".tcss"):
                assert f"gradlab/{path.relative_to(ROOT)}" in shipped


def test_nothing_generic_lands_in_site_packages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import engine"],
        capture_output=True,
        cwd=ROOT.parent,
        check=False,
    )
    assert b"ModuleNotFoundError" in done.stderr
