"""What is shipped, and what importing it costs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
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


SHIPPED = ("engine", "tui", "presets")


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a source distribution and of the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("distributions")
    source = folder / "source"
    for name in (*SHIPPED, "docs", "tests", ".ci"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, source)
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, source],
        check=True,
        capture_output=True,
    )
    return folder


def test_the_wheel_has_every_module_and_preset_and_is_typed(distributions: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    for folder in SHIPPED:
        assert f"gradlab/{folder}/py.typed" in shipped
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".toml", ".tcss"):
                assert f"gradlab/{path.relative_to(ROOT)}" in shipped
    assert not [name for name in shipped if "tests" in name]


def test_the_source_distribution_has_what_its_tests_need(distributions: Path) -> None:
    (archive,) = distributions.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        shipped = {name.partition("/")[2] for name in opened.getnames()}
    wanted = {
        str(path.relative_to(ROOT))
        for path in (*(ROOT / "tests").rglob("*"), *(ROOT / "docs").rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }
    wanted |= {"constraints.txt", "pyproject.toml", "README.md", "LICENSE", "Makefile", ".ci/run"}
    assert wanted <= shipped


def test_nothing_generic_lands_in_site_packages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import engine"],
        capture_output=True,
        cwd=ROOT.parent,
        check=False,
    )
    assert b"ModuleNotFoundError" in done.stderr
