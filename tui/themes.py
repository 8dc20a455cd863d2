"""The themes: dark, light, the terminal's own colours, and colours that everybody can tell apart."""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

THEMES = {
    "dark": Theme(
        name="dark",
        primary="#7aa2f7",
        secondary="#56b4e9",
        accent="#e0af68",
        foreground="#d5dae6",
        background="#12151c",
        surface="#171b24",
        panel="#1f2430",
        success="#5fc98f",
        warning="#e6b450",
        error="#ff5f5f",
        dark=True,
        variables={"footer-key-foreground": "#e0af68", "footer-background": "#171b24"},
    ),
    "light": Theme(
        name="light",
        primary="#2457a8",
        secondary="#0072b2",
        accent="#8a5a00",
        foreground="#1d232e",
        background="#fbfaf7",
        surface="#f3f1ec",
        panel="#e8e5dd",
        success="#1f7a45",
        warning="#8f5b00",
        error="#b3261e",
        dark=False,
        variables={"footer-key-foreground": "#8a5a00", "footer-background": "#f3f1ec"},
    ),
    # Okabe and Ito (2008): states differ in lightness as well as in hue, and red never meets green.
    "colour-blind": Theme(
        name="colour-blind",
        primary="#56b4e9",
        secondary="#0072b2",
        accent="#f0e442",
        foreground="#e6e6e6",
        background="#101010",
        surface="#181818",
        panel="#222222",
        success="#56b4e9",
        warning="#e69f00",
        error="#ff8c42",
        dark=True,
        variables={"footer-key-foreground": "#f0e442", "footer-background": "#181818"},
    ),
    "ansi": BUILTIN_THEMES["ansi-dark"],
    "ansi-light": BUILTIN_THEMES["ansi-light"],
}
"""Themes by the name that `--theme` takes; the ansi ones follow the terminal's palette."""
