"""The user's own settings: one file, whose values give way to variables and to the command line."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

THEMES = ("dark", "light", "ansi", "ansi-light", "colour-blind")
"""What `theme` may be; `tui/themes.py` has their colours, which would load Textual."""


@dataclass(frozen=True)
class Settings:
    """What the file says.

    Attributes:
        defaults: values of options by parameter name: runs_dir, theme, refresh, ascii_only, notify.
        keys: keys by the id of what they do, as `gradlab --keys` lists them: `{"lab.run" = "f5"}`.
        problems: what is wrong with the file, a sentence each; those values are left out.
    """

    defaults: dict[str, Any] = field(default_factory=dict[str, Any])
    keys: dict[str, str] = field(default_factory=dict[str, str])
    problems: tuple[str, ...] = ()


KNOWN: dict[str, tuple[str, Callable[[Any], bool], str]] = {
    "runs_dir": ("runs_dir", lambda value: isinstance(value, str) and bool(value), "a folder"),
    "theme": ("theme", lambda value: value in THEMES, f"one of {', '.join(THEMES)}"),
    "refresh": (
        "refresh",
        lambda value: type(value) in (int, float) and 0.1 <= value <= 20,
        "a number of updates a second from 0.1 to 20",
    ),
    "ascii": ("ascii_only", lambda value: isinstance(value, bool), "true or false"),
    "notify": ("notify", lambda value: isinstance(value, str), "a command or a URL"),
}
"""Of each setting: the option it stands for, what may be written, and that in words."""


def settings_file() -> Path:
    """Where the settings are; the file need not exist."""
    return platformdirs.user_config_path("gradlab") / "config.toml"


def read_settings(file: Path) -> Settings:
    """The settings of a file; what is wrong in it is named and left out, never fatal."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Settings(problems=(f"{file}: {error}; nothing in it is used",))
    defaults: dict[str, Any] = {}
    problems: list[str] = []
    keys = document.pop("keys", {})
    if not isinstance(keys, dict):
        problems.append(f"{file}: keys is no table; write [keys] above lines such as lab.run = ...")
        keys = {}
    for name, value in document.items():
        if name not in KNOWN:
            near = difflib.get_close_matches(name, [*KNOWN, "keys"], 1)
            hint = (
                f'; did you mean "{near[0]}"?' if near else f"; known are {', '.join(KNOWN)}, keys"
            )
            problems.append(f"{file}: {name} is no setting{hint}")
            continue
        option, fits, wanted = KNOWN[name]
        if fits(value):
            defaults[option] = str(Path(value).expanduser()) if name == "runs_dir" else value
        else:
            problems.append(f"{file}: {name} = {value!r} must be {wanted}; it is left as it was")
    bindings = _flat(keys)
    wrong = {key: value for key, value in bindings.items() if not isinstance(value, str)}
    problems += [f"{file}: keys.{key} = {value!r} must be a text" for key, value in wrong.items()]
    kept = {key: value for key, value in bindings.items() if key not in wrong}
    return Settings(defaults, kept, tuple(problems))


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Keys of nested tables joined by dots: TOML reads `lab.run` as run in lab."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= (
            _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
        )
    return flat
