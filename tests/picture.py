"""Draws the README's picture of the lab from a real training: python tests/picture.py"""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

from gradlab.tui.app import GradlabApp

PICTURE = Path(__file__).parent / "pictures" / "lab.svg"
SIZE = (136, 42)


async def draw() -> None:
    """Train vanishing-sigmoid and save what the screen shows at its end."""
    with tempfile.TemporaryDirectory() as runs:
        app = GradlabApp(preset="vanishing-sigmoid", runs_dir=Path(runs))
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause(0.5)
            await pilot.press("r")
            while not (app.runs and app.runs[0].history.finished):
                await pilot.pause(0.1)
            # Panels are drawn one after the other, each when its turn comes.
            await pilot.pause(5)
            PICTURE.parent.mkdir(exist_ok=True)
            picture = without_fetched_fonts(app.export_screenshot(title="gradlab"))
            PICTURE.write_text(picture, encoding="utf-8")
            for run in app.runs:
                run.session.join()


def without_fetched_fonts(picture: str) -> str:
    """The picture in the reader's own monospaced font: it must not fetch anything."""
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    return re.sub(r"Fira Code,?\s*", "", picture)


if __name__ == "__main__":
    asyncio.run(draw())
    print(PICTURE)
