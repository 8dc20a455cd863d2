"""Every text can be read on its ground: WCAG 2.1 asks for a contrast of 4.5:1 (success criterion 1.4.3)."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorded_runs import record
from shown_lab import PRESET, shown
from textual.screen import ModalScreen
from waiting import until

from gradlab.tui.app import GradlabApp

LEAST = 4.5
KEYS = ("d", "e", "enter", "escape", "slash", "escape", "f3", "down", "d", "n", "f4", "f2",
        "question_mark", "escape", "enter", "escape", "o", "escape", "ctrl+p")  # fmt: skip


def luminance(colour: tuple[int, int, int]) -> float:
    parts = [value / 255 for value in colour]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def faint(app: GradlabApp) -> list[tuple[float, str]]:
    """Texts of the screen with too little contrast; what lies dimmed under a question does not count."""
    screen = app.screen
    region = screen.children[0].region if isinstance(screen, ModalScreen) else screen.region
    found: list[tuple[float, str]] = []
    for y, strip in enumerate(screen._compositor.render_strips()):
        if not region.y <= y < region.bottom:
            continue
        for segment in strip.crop(region.x, region.right):
            style = segment.style
            if style is None or style.color is None or style.bgcolor is None:
                continue
            if any(character.isalnum() for character in segment.text):
                colours = style.color.get_truecolor(), style.bgcolor.get_truecolor()
                if (ratio := contrast(*colours)) < LEAST:
                    found.append((round(ratio, 2), segment.text.strip()))
    return found


def test_the_contrast_is_the_published_one():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("theme", "size"),
    [
        pytest.param("dark", (80, 24), marks=pytest.mark.slow),
        ("dark", (120, 40)),
        ("light", (120, 40)),
        ("colour-blind", (120, 40)),
    ],
)
async def test_every_text_can_be_read(theme, size, tmp_path: Path):
    for name in ("circles", "vanishing"):
        record(tmp_path / "runs", name)
    app = GradlabApp(preset=str(PRESET), runs_dir=tmp_path / "runs", theme=theme)
    async with app.run_test(size=size) as pilot:
        app.lab_screen.show_runs([shown()])
        await until(pilot, lambda: app.lab_screen.runs)
        found: dict[str, list[tuple[float, str]]] = {}
        for key in KEYS:
            await pilot.press(key)
            await pilot.pause(0.1)
            if too_faint := faint(app):
                found[f"{key} on {type(app.screen).__name__}"] = too_faint
        assert not found
