"""`gradlab presets`: list, show, new and validate experiments; `verify` and `data` have their own files."""

from __future__ import annotations

import re
import shutil
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...engine.errors import PresetError
from .output import Exit, print_json, say

if TYPE_CHECKING:
    from ...engine.preset.load import PresetEntry
    from ...engine.preset.schema import Preset
    from ..drawing.chart_spec import Glyphs

CURVE_ROWS = 11
"""Rows of the picture of an activation."""

app = typer.Typer(
    help="The experiments: list, show, see their data, start new ones, validate, verify.",
    no_args_is_help=True,
)


def complete_preset(incomplete: str) -> list[str]:
    """Names of presets that start with what has been typed; for shell completion."""
    from ...engine.preset.load import names

    return [name for name in names() if name.startswith(incomplete)]


Reference = Annotated[
    str,
    typer.Argument(
        metavar="PRESET", help="A preset's name, or a path.", autocompletion=complete_preset
    ),
]
"""The PRESET argument of every command."""

Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a setting; may be repeated."),
]
"""The --set option of every command."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_presets(
    as_json: AsJson = False,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag.")] = None,
    group: Annotated[str | None, typer.Option(help="Only those of this comparison.")] = None,
) -> None:
    """List every preset that can be named."""
    from ...engine.preset.load import available

    every = available()
    _refuse_unknown("group", group, {name for entry in every for name in entry.groups})
    _refuse_unknown("tag", tag, {name for entry in every for name in entry.tags})
    entries = [
        entry
        for entry in every
        if (tag is None or tag in entry.tags) and (group is None or group in entry.groups)
    ]
    if as_json:
        print_json([_document(entry) for entry in entries])
        return
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        first = entry.error.splitlines()[0] if entry.error else entry.title
        text = f"broken: {first}" if entry.error else first
        print(f"{entry.name:{width}}  {entry.origin:8} {text}".rstrip())
    if not entries:
        say("No preset matches; `gradlab presets list` shows them all.")


def _refuse_unknown(what: str, name: str | None, known: set[str]) -> None:
    """Raise PresetError if no preset has a group or a tag of that name."""
    from ...engine.preset.objects import listing, nearest

    if name is not None and name not in known:
        hint = nearest(name, known)
        raise PresetError(
            f'no preset has the {what} "{name}"{hint} Known: {listing(sorted(known))}'
        )


def _document(entry: PresetEntry) -> dict[str, Any]:
    document = asdict(entry) | {"path": str(entry.path)}
    if entry.error is None:
        del document["error"]
    return document


@app.command()
def show(preset: Reference, as_json: AsJson = False) -> None:
    """Print a preset's lab sheet: what it shows, its settings, what to expect."""
    from ...engine.preset.diff import DESCRIPTION
    from ...engine.preset.edit import edit
    from ...engine.preset.load import load_text, read, resolve

    path = resolve(preset)
    text = read(path)
    loaded = load_text(text, where=str(path))
    if as_json:
        print_json(
            {"name": path.stem, "path": str(path), "preset": loaded.model_dump(), "toml": text}
        )
        return
    settings = edit(text, dict.fromkeys(DESCRIPTION)).strip()
    from ..terminal.ascii import stdout_is_ascii
    from .charting import activation_text

    glyphs: Glyphs = "ascii" if stdout_is_ascii() else "braille"
    width = min(shutil.get_terminal_size().columns, 80)
    pictures = activation_text(loaded, width, CURVE_ROWS, glyphs)
    print("\n\n".join(_sheet(path, loaded, settings, pictures)))


def _sheet(path: Path, preset: Preset, settings: str, pictures: str) -> list[str]:
    """The parts of a lab sheet."""
    width = min(shutil.get_terminal_size().columns, 100)
    facts = {
        "file": str(path),
        "tags": ", ".join(preset.tags),
        "experiments": ", ".join(preset.experiments),
        "groups": ", ".join(preset.groups),
        "source": preset.source,
    }
    parts = [
        f"{preset.title or path.stem}\n{'=' * len(preset.title or path.stem)}",
        textwrap.fill(preset.about, width),
        preset.guide.strip(),
        "\n".join(f"{key + ':':13}{value}" for key, value in facts.items() if value),
        f"Settings\n--------\n{settings}",
        pictures and f"Activations\n-----------\n{pictures}",
        _expected(preset),
        f"Run it: gradlab run {path.stem if path.parent.name == 'presets' else path}",
    ]
    return [part for part in parts if part]


def _expected(preset: Preset) -> str:
    expect = preset.expect
    lines = []
    if expect.findings is not None:
        lines.append(("findings", ", ".join(expect.findings) or "none"))
    if expect.status != "finished":
        lines.append(("status", expect.status))
    for key, value in expect.intervals.items():
        origin = f" ({expect.origin[key]})" if key in expect.origin else ""
        lines.append((key, f"{value[0]:g} to {value[1]:g}{origin}"))
    for key, value in expect.share.items():
        lines.append((f"{key}, share", f"at least {value:.0%} of the seeds"))
    for key, value in expect.published.items():
        lines.append((f"{key}, published", str(value)))
    if expect.note:
        lines.append(("note", expect.note))
    if not lines:
        return ""
    width = max(24, *(len(key) + 2 for key, _ in lines))
    return "Expected\n--------\n" + "\n".join(f"{key:{width}}{value}" for key, value in lines)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the new preset.")],
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="PRESET",
            help="The preset to start from.",
            autocompletion=complete_preset,
        ),
    ] = "vanishing-sigmoid",
    sets: Sets = None,
    folder: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where to write it.")] = Path(
        "presets"
    ),
) -> None:
    """Write a preset of your own, starting from another one, comments included."""
    import tomllib

    from ...engine.preset.edit import edit, save
    from ...engine.preset.load import load_text, read, resolve
    from ...engine.preset.overrides import changes

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) or name.endswith(".toml"):
        raise PresetError(
            f'"{name}" cannot be a preset\'s name: letters, digits, dots, dashes and underscores, '
            "without .toml; --to says where it goes"
        )
    target = folder / f"{name}.toml"
    if target.exists():
        raise PresetError(f"{target} exists; take another name, or remove it first")
    origin = resolve(source)
    text = read(origin)
    load_text(text, where=str(origin), overrides=sets or [])
    # What is known of the original is not known of a copy with other settings.
    stale = ["experiments", "groups", *(["expect", "source"] if sets else [])]
    edits: dict[str, Any] = {"title": re.sub(r"[-_]+", " ", name).capitalize()}
    edits |= dict.fromkeys(stale)
    edits |= changes(tomllib.loads(text), sets or [])
    text = edit(text, edits)
    load_text(text, where=str(target))
    save(target, text)
    print(target)
    say(f"Started from {source}. Next: edit it, then gradlab run {target}")


@app.command()
def validate(
    presets: Annotated[
        list[str],
        typer.Argument(metavar="PRESET...", help="Names or paths.", autocompletion=complete_preset),
    ],
) -> None:
    """Check presets without running them; exit 2 if any cannot be run."""
    from ...engine.preset.load import load

    bad = 0
    for reference in presets:
        try:
            load(reference)
        except PresetError as error:
            bad += 1
            say(str(error))
        else:
            print(f"{reference}: valid")
    if bad:
        raise typer.Exit(Exit.USAGE)
