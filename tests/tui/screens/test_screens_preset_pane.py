import os
import pty
import select
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from textual import events
from textual.app import ComposeResult
from textual.widgets import Input, OptionList, TextArea
from waiting import text, until

from gradlab.engine.preset.load import load
from gradlab.tui.screens.ask_name import AskName
from gradlab.tui.screens.preset_pane import PresetPane
from gradlab.tui.terminal.thrift import ThriftyApp
from gradlab.tui.widgets.choice import Choice, ChoiceList
from gradlab.tui.widgets.field import FieldRow, Toggle


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


class Bench(ThriftyApp):
    def __init__(self, reference="vanishing-sigmoid", **arguments):
        super().__init__(**arguments)
        self.pane = PresetPane(reference)
        self.told = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_preset_pane_changed(self, message: PresetPane.Changed) -> None:
        self.told.append((message.preset, message.error))

    def on_edited_preset_saved(self, message: PresetPane.Saved) -> None:
        self.told.append(message.path)

    def on_preset_pane_wanted(self) -> None:
        self.told.append("wanted")

    def row(self, key: str) -> FieldRow:
        return next(row for row in self.query(FieldRow) if row.field.key == key)

    def focused_key(self) -> str:
        rows = (node for node in self.focused.ancestors if isinstance(node, FieldRow))
        return next((row.field.key for row in rows), "")

    def shown(self) -> str:
        return text(self)


async def type_into(app, pilot, key: str, text: str) -> None:
    """Replace what a field holds, by keys."""
    app.row(key).query_one(Input).focus()
    await pilot.pause()
    await pilot.press("end", "ctrl+u", *text)
    await pilot.pause()


@pytest.mark.parametrize("size", [(30, 35), (80, 20), (40, 22)])
async def test_the_form_fits_and_shows_the_preset(size):
    app = Bench()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        text = app.shown()
        assert "vanishing-sigmoid" in text and "11x256 sigmoid" in text and "digits" in text
        assert app.pane.preset == load("vanishing-sigmoid") and not app.pane.dirty


async def test_typing_a_number_edits_document_summary_and_preset():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        await type_into(app, pilot, "model.depth", "3")
        assert app.pane.preset.model.depth == 3
        assert "depth = 3\n" in app.pane.text and '# try "before"' in app.pane.text
        text = app.shown()
        assert "3x256 sigmoid" in text and "vanishing-sigmoid *" in text and "* depth" in text
        assert app.told[-1] == (app.pane.preset, "")


async def test_a_wrong_value_is_explained_beside_its_field_and_put_right():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        await type_into(app, pilot, "optimizer.learning_rate", "-1")
        assert app.pane.preset is None
        assert "! rate" in app.shown() and "must be greater than 0" in app.shown()
        assert app.told[-1][0] is None and "learning_rate" in app.told[-1][1]
        await type_into(app, pilot, "optimizer.learning_rate", "1e-2")
        assert app.pane.preset.optimizer.learning_rate == 0.01
        assert "must be" not in app.shown()


async def test_an_empty_field_leaves_the_key_out():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        await type_into(app, pilot, "optimizer.learning_rate", "")
        assert "learning_rate" not in app.pane.text
        assert app.pane.preset.optimizer.learning_rate is None and "Keras' own" in app.shown()


async def test_choosing_by_keyboard():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        app.row("model.activation").query_one(Choice).focus()
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press(*"tanh", "enter")
        await pilot.pause()
        assert app.pane.preset.model.activation.startswith("tanh")
        assert app.row("model.activation").has_class("-changed")


async def test_choosing_and_switching_by_mouse():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        choice = app.row("data.scale").query_one(Choice)
        await pilot.click(choice)
        await pilot.pause()
        assert isinstance(app.screen, ChoiceList)
        listing = app.screen.query_one(OptionList)
        index = list(app.row("data.scale").field.choices).index("standard")
        await pilot.click(listing, offset=(2, index))
        await pilot.pause()
        assert app.pane.preset.data.scale == "standard"
        await pilot.click(app.row("model.residual").query_one(Toggle))
        await pilot.pause()
        assert app.pane.preset.model.residual is True and "[x] on" in app.shown()


async def test_up_and_down_move_between_fields_and_help_follows():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        app.row("data.name").query_one(Choice).focus()
        await pilot.press("down")
        assert app.focused_key() == "data.scale"
        await pilot.press("down", "down", "down", "down", "down", "down")
        assert app.focused_key() == "model.depth" and "model.depth: Hidden layers" in app.shown()
        await pilot.press("enter")
        assert app.focused_key() == "model.width"
        await pilot.press("up", "up", "up")
        assert app.focused_key() == "" and "model." not in app.shown()  # the help has gone, too
        await pilot.press("up", "shift+tab")
        assert app.focused_key() == "data.split"


async def test_another_family_shows_its_own_fields():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        choice = app.row("model.family").query_one(Choice)
        choice.focus()
        choice.value = "rnn"
        await pilot.pause()
        await pilot.pause()
        keys = [row.field.key for row in app.query(FieldRow)]
        assert "model.cell" in keys and "model.residual" not in keys
        assert app.pane.preset.model.family == "rnn" and app.focused_key() == "model.family"
        assert "SimpleRNN 11x256" in app.shown()


async def test_another_generator_shows_its_options():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        app.row("data.name").query_one(Choice).value = "moons"
        await pilot.pause()
        await pilot.pause()
        assert app.row("data.options.noise").query_one(Input).value == ""
        await type_into(app, pilot, "data.options.noise", "0.2")
        assert app.pane.preset.data.options == {"noise": 0.2}


async def test_rare_fields_open_and_close():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        before = len(app.query(FieldRow))
        app.query("Fold").last().focus()
        await pilot.press("enter")
        await pilot.pause()
        assert len(app.query(FieldRow)) > before
        await type_into(app, pilot, "train.early_stopping", '{patience = 2, monitor = "loss"}')
        assert app.pane.preset.train.early_stopping.patience == 2
        assert app.row("train.early_stopping").has_class("-changed")


async def test_keys_that_come_in_one_packet_all_move():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        app.row("data.name").query_one(Choice).focus()
        await pilot.pause()
        for _ in range(7):
            app.post_message(events.Key("down", None))
        await until(pilot, lambda: app.focused_key() == "model.depth", 10)


async def test_the_mouse_runs_the_preset():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        await pilot.click("#run")
        await until(pilot, lambda: "wanted" in app.told, 10)


async def test_groups_fold_and_keep_what_is_in_them():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        await type_into(app, pilot, "model.width", "9")
        app.query("Fold")[2].focus()
        await pilot.press("enter")
        await until(pilot, lambda: "▸ Model" in app.shown())
        assert "width" not in app.shown() and "▾ Data" in app.shown()
        assert app.pane.preset.model.width == 9
        await pilot.click("Fold:focus")
        await until(pilot, lambda: "width" in app.shown())


async def test_arguments_of_a_keras_object_as_inline_toml():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        choice = app.row("model.initializer").query_one(Choice)
        choice.focus()
        choice.value = choice.options[-1][1]
        await pilot.pause()
        await pilot.pause()
        line = app.row("model.initializer").query_one(Input)
        assert line.value == '{name = "glorot_uniform"}'
        line.value = '{name = "random_normal", stddev = '
        await pilot.pause()
        assert app.pane.preset is None and "not valid TOML" in app.pane.error
        line.value = '{name = "random_normal", stddev = 0.5}'
        await pilot.pause()
        assert app.pane.preset.model.initializer == {"name": "random_normal", "stddev": 0.5}
        assert app.pane.error == ""


async def test_the_text_is_the_same_document_and_changes_the_form():
    app = Bench()
    async with app.run_test(size=(60, 30)) as pilot:
        await type_into(app, pilot, "model.width", "64")
        await pilot.press("f8")
        await pilot.pause()
        area = app.query_one(TextArea)
        assert area.text == app.pane.text and "width = 64" in area.text
        area.text = area.text.replace("depth = 11", "depth = 5")
        await pilot.pause()
        assert app.pane.preset.model.depth == 5
        await pilot.press("f8")
        await pilot.pause()
        await pilot.pause()
        assert app.row("model.depth").query_one(Input).value == "5"
        assert "5x64 sigmoid" in app.shown()


async def test_the_text_has_the_keys_of_the_pane_and_hands_them_to_the_form():
    app = Bench()
    async with app.run_test(size=(60, 30)) as pilot:
        await type_into(app, pilot, "model.depth", "2")
        await pilot.press("f8", "f7")
        await pilot.pause()
        assert isinstance(app.screen, AskName)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.focused, TextArea)
        await pilot.press("f6")
        await pilot.pause()
        assert not app.pane.dirty and "depth = 11" in app.query_one(TextArea).text
        await pilot.press("f8")
        await pilot.pause()
        assert app.focused_key() == "data.name"


async def test_the_keys_go_to_the_view_that_is_shown():
    app = Bench()
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.press("f8")
        app.set_focus(None)
        app.pane.take_keys()
        await pilot.pause()
        assert isinstance(app.focused, TextArea)


async def test_wrong_syntax_and_unknown_keys_are_explained_with_their_line():
    app = Bench()
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.press("f8")
        area = app.query_one(TextArea)
        good = area.text
        area.text = good.replace("depth = 11", "depht = 11")
        await pilot.pause()
        assert app.pane.preset is None
        line = area.text.splitlines().index("depht = 11") + 1
        assert f"line {line}: model.depht: unknown key" in app.shown()
        area.text = good
        await pilot.pause()
        area.text = good + "\n[oops"
        await pilot.pause()
        assert "not valid TOML" in app.shown()
        await pilot.press("f8")
        await pilot.pause()
        assert app.row("model.depth").query_one(Input).value == "11"
        area.text = good
        app.pane.revert()
        await pilot.pause()
        assert app.pane.preset is not None and not app.pane.dirty


async def test_saving_a_bundled_preset_asks_for_a_name(tmp_path):
    app = Bench()
    async with app.run_test(size=(60, 30)) as pilot:
        await type_into(app, pilot, "model.depth", "2")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(app.screen, AskName)
        await pilot.press("end", *"-2", "enter")
        await pilot.pause()
        path = tmp_path / "presets" / "my-vanishing-sigmoid-2.toml"
        assert path.is_file() and not app.pane.dirty
        assert app.pane.preset_name == "my-vanishing-sigmoid-2"
        assert Path("presets", path.name) in app.told
        await type_into(app, pilot, "model.depth", "7")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "depth = 7" in path.read_text() and '# try "before"' in path.read_text()


async def test_a_name_that_exists_needs_enter_twice(tmp_path):
    app = Bench()
    async with app.run_test(size=(80, 30)) as pilot:
        app.pane.save_as("mine")
        await type_into(app, pilot, "model.depth", "2")
        await pilot.press("f7")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, AskName) and "Enter again" in app.shown()
        await pilot.press("enter")
        await pilot.pause()
        assert "depth = 2" in (tmp_path / "presets" / "mine.toml").read_text()


async def test_an_invalid_preset_is_not_saved(tmp_path):
    app = Bench()
    async with app.run_test(size=(60, 30)) as pilot:
        await type_into(app, pilot, "model.depth", "0")
        app.pane.save_as("mine")
        await pilot.pause()
        assert not (tmp_path / "presets" / "mine.toml").exists() and app.pane.dirty


async def test_revert_and_open():
    app = Bench()
    async with app.run_test(size=(60, 30)) as pilot:
        await type_into(app, pilot, "model.depth", "2")
        await pilot.press("f6")
        await pilot.pause()
        await pilot.pause()
        assert not app.pane.dirty and app.row("model.depth").query_one(Input).value == "11"
        app.pane.open("circles-tanh-5")
        await pilot.pause()
        await pilot.pause()
        assert app.row("data.name").query_one(Choice).value == "circles"
        assert app.pane.preset == load("circles-tanh-5") and "5x5 tanh" in app.shown()


async def test_every_preset_opens_with_all_its_fields():
    app = Bench()
    async with app.run_test(size=(34, 40)) as pilot:
        for more in range(4):
            app.query("Fold.-more")[more].focus()
            await pilot.press("enter")
        for name in ("exploding-clipped", "fashion-bn-he-digits", "vanishing-cured"):
            app.pane.open(name)
            await pilot.pause()
            await pilot.pause()
            assert len(app.query(FieldRow)) > 50
            assert app.pane.preset == load(name) and not app.pane.dirty


async def test_a_fork_applies_a_remedy():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        app.pane.apply({"model.activation": "relu", "model.initializer": "he_normal"})
        await pilot.pause()
        await pilot.pause()
        assert app.row("model.activation").query_one(Choice).value == "relu"
        assert app.row("model.initializer").has_class("-changed")
        assert "11x256 relu" in app.shown()


async def test_a_broken_preset_opens_and_can_be_repaired(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text('[data]\nname = "digitz"\n[model]\nfamily = "mlp"\nactivation = "reluu"\n')
    app = Bench(str(path))
    async with app.run_test(size=(40, 36)) as pilot:
        await pilot.pause()
        assert app.pane.preset is None and "digitz" in app.shown()
        app.row("data.name").query_one(Choice).value = "digits"
        await pilot.pause()
        await pilot.pause()
        app.row("model.activation").query_one(Choice).value = "relu"
        await pilot.pause()
        assert app.pane.preset is not None


async def test_an_editor_that_cannot_be_reached_is_a_message(monkeypatch, tmp_path):
    script = tmp_path / "editor"
    script.write_text("#!/bin/sh\nexit 0\n")
    os.chmod(script, script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VISUAL", str(script))
    app = Bench()
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.press("f9")
        await pilot.pause()
        # A headless app has no terminal to hand over.
        assert any("cannot be handed over" in note.message for note in app._notifications)


async def test_an_editor_that_is_not_installed_is_named_before_the_screen_is_left(monkeypatch):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "no-such-editor --wait")
    app = Bench()
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.press("f9")
        await pilot.pause()
        notes = [note.message for note in app._notifications]
        assert any("there is no command no-such-editor" in note and "f8" in note for note in notes)


async def test_edits_come_back_with_their_preset_until_they_are_dropped():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        await type_into(app, pilot, "model.depth", "5")
        app.pane.open("vanishing-cured")
        await pilot.pause()
        assert not app.pane.dirty
    again = Bench()
    async with again.run_test(size=(34, 36)) as pilot:
        await pilot.pause()
        assert again.pane.dirty and again.pane.preset.model.depth == 5
        assert any("is back" in note.message for note in again._notifications)
        await pilot.press("f6")
        await pilot.pause()
        assert not again.pane.dirty
    last = Bench()
    async with last.run_test(size=(34, 36)):
        assert not last.pane.dirty


async def test_a_copy_takes_the_kept_edits_along(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        await type_into(app, pilot, "model.depth", "5")
        app.pane.open("vanishing-cured")
        app.pane.open("vanishing-sigmoid")
        app.pane.save_as("mine")
        app.pane.open("vanishing-sigmoid")
        assert not app.pane.dirty
        app.pane.open("mine")
        assert app.pane.preset.model.depth == 5 and not app.pane.dirty


async def test_edits_are_undone_and_made_again():
    app = Bench()
    async with app.run_test(size=(34, 36)) as pilot:
        await type_into(app, pilot, "model.depth", "17")
        app.row("model.activation").query_one(Choice).value = "relu"
        await pilot.pause()
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert app.pane.preset.model.activation == "sigmoid"
        assert app.pane.preset.model.depth == 17
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert app.pane.preset.model.depth == 11 and not app.pane.dirty
        await pilot.press("ctrl+y", "ctrl+y")
        await pilot.pause()
        assert app.pane.preset.model.activation == "relu"
        await pilot.press("f6", "ctrl+z")
        await pilot.pause()
        assert app.pane.preset.model.activation == "relu"


@pytest.mark.parametrize("size", [(34, 36), (80, 22), (80, 12)])
async def test_ascii_draws_no_lines(size):
    app = Bench(ascii_only=True)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert app.shown().isascii()
        for _ in range(12):
            await pilot.press("down")
        await pilot.pause()
        assert app.shown().isascii()
        await pilot.press("f8", "ctrl+end")
        await pilot.pause()
        assert app.shown().isascii()


PROGRAM = """
from textual.app import App
from gradlab.tui.screens.preset_pane import PresetPane

class Pane(App):
    def compose(self):
        yield PresetPane("vanishing-sigmoid")

    def on_preset_pane_changed(self, message):
        with open("told", "a") as file:
            print(message.preset and message.preset.model.depth, file=file)

Pane().run()
"""


def test_the_editor_gets_the_document_and_the_terminal(tmp_path):
    script = tmp_path / "editor"
    script.write_text("#!/bin/sh\nsed -i.bak 's/^depth = 11/depth = 4/' \"$1\"\n")
    script.chmod(0o755)
    main, terminal = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "VISUAL": str(script)}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=terminal, stdout=terminal, stderr=terminal, cwd=tmp_path, env=environment,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert told(main, tmp_path, "11")
        os.write(main, b"\x1b[20~")  # F9
        assert told(main, tmp_path, "4")
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
        os.close(main)


def told(terminal: int, folder: Path, depth: str, seconds: float = 60) -> bool:
    """Whether the pane tells of a preset of that depth, its terminal being read meanwhile."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            os.read(terminal, 65536)
        file = folder / "told"
        if file.exists() and depth in file.read_text().split():
            return True
    return False
