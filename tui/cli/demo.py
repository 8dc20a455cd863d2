"""`gradlab demo`: a net that does not learn, what is wrong with it, and the same net with the cure."""

from __future__ import annotations

import shlex
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...engine.errors import GradlabError
from .options import RunsDir
from .output import Exit, say

if TYPE_CHECKING:
    from ...engine.session import Session
    from ...engine.stream.history import History

PRESET = "vanishing-sigmoid"
EPOCHS = 3
WIDTH = 78


def demo(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """See it work, in under a minute: a broken net, its diagnosis, the cure, both side by side.

    Trains a bundled preset twice; both runs are kept, as of every training.
    """
    from ...engine.preset.load import folders, load
    from ...engine.session import Session
    from ..terminal.native_log import divert_native_log
    from ..words.text import number
    from .findings import finding_lines

    divert_native_log()
    path = folders()["bundled"] / f"{PRESET}.toml"
    changed: dict[str, Any] = {"train.epochs": EPOCHS}
    broken = load(path, list(changed.items()))
    print("1  A net that does not learn\n")
    _wrapped(f"{broken.title}, preset {PRESET}. {broken.about}")
    first = Session(broken, runs_dir=runs_dir, preset_name=PRESET, name="broken", changed=changed)
    history = _trained(first, quiet=quiet)
    logs = history.epochs[-1].logs
    _wrapped(
        f"After {history.step} steps it is right on {number(100 * logs['val_accuracy'], 3)}% of the "
        "validation rows."
    )
    finding = next((finding for finding in history.standing if finding.remedies), None)
    if finding is None:
        print("\nThe diagnosis finds nothing to cure in it, so that there is nothing to show.")
        raise typer.Exit(Exit.FAILED)
    remedy = finding.remedies[0]
    print("\n2  What is wrong, and what cures it\n")
    print("\n".join(finding_lines(finding, WIDTH)))
    print("\n3  The same net, seed and data, with what it says to try\n", flush=True)
    changed = changed | remedy.set
    second = Session(
        load(path, list(changed.items())),
        runs_dir=runs_dir,
        preset_name=PRESET,
        name="cured",
        changed=changed,
        parent=first.run_dir.name if first.run_dir else None,
    )
    _trained(second, quiet=quiet)
    print(_side_by_side(first, second))
    where = "" if runs_dir == Path("runs") else f" --runs-dir {shlex.quote(str(runs_dir))}"
    print(f"next: gradlab compare @last~1 @last{where}")


def _trained(session: Session, *, quiet: bool) -> History:
    """Train a session to its end; its history.

    Raises:
        typer.Exit: it was stopped.
        GradlabError: it cannot be trained or kept here.
    """
    from .training import train

    history, signalled = train(session, quiet=quiet)
    if isinstance(session.error, GradlabError):
        raise session.error
    if session.error is not None:
        say(f"gradlab: {type(session.error).__name__}: {session.error}")
    if signalled:
        raise typer.Exit(128 + signalled)
    if session.error is not None or history.troubles:
        raise typer.Exit(Exit.FAILED)
    return history


def _side_by_side(first: Session, second: Session) -> str:
    """Both runs by depth and by result, in 23 lines, so that a terminal of 80x24 shows them whole."""
    from ...engine.comparison.document import comparison
    from ...engine.comparison.opened import open_runs
    from .comparison import profile_text, result_table

    assert first.run_dir is not None and second.run_dir is not None
    document = comparison(open_runs([first.run_dir, second.run_dir]))
    shown = ("val_loss", "val_accuracy")
    document["results"] = [row for row in document["results"] if row["metric"] in shown]
    parts = [
        "4  Side by side: A as it was, B with the cure",
        profile_text(document, "delta_norm", "Delta norm", WIDTH, "ascii"),
        result_table(document),
        *textwrap.wrap(document["verdict"]["sentence"], WIDTH, subsequent_indent="  "),
    ]
    return "\n".join(parts)


def _wrapped(text: str) -> None:
    print("\n".join(textwrap.wrap(text, WIDTH)), flush=True)
