"""Signs are written in Unicode, and put into ASCII on their way out where nothing else can be shown."""

from __future__ import annotations

import codecs
import sys

from rich.cells import cell_len

SIGNS = (
    ("●◆○△□◇■▲▼◐✖✓×", "o+*sdv#^v%x+x"),
    ("▸▾◀▶→…·≤≥÷±²–—’“”", '>v<>>~.<>/~2--\'""'),
    ("─━┄╌┈═│┃┊║≡", "-=-~-=||:|_"),
    ("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝", "+++++++++++++++++"),
    ("░▒▓█", "+*%#"),
    ("▁▂▃▄▅▆▇▔▀", '_.-=+*%-"'),
    ("▏▎▍▌▋▊▉▐", "...#####"),
)
"""Signs, and what stands for each: as many characters of ASCII."""

_TABLE = {
    ord(sign): plain for signs, plains in SIGNS for sign, plain in zip(signs, plains, strict=True)
}


def in_ascii(text: str) -> str:
    """The text in ASCII, cell for cell; question marks stand for what has no sign there."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() else "?" * cell_len(c) for c in text.translate(_TABLE))


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end


ERRORS = "gradlab-ascii"
"""Name of the error handler of streams that write in ASCII what their encoding does not have."""

codecs.register_error(ERRORS, _replaced)


def stdout_is_ascii() -> bool:
    """Whether stdout cannot show the dots that lines are drawn with."""
    return not (sys.stdout.encoding or "").lower().startswith("utf")
