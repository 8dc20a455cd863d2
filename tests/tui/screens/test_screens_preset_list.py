import pytest
from textual.app import App
from textual.widgets import Input, OptionList
from waiting import text

from gradlab.engine.preset.load import available
from gradlab.tui.screens.preset_list import PresetList, matches


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


class Bench(App):
    def __init__(self, current=""):
        super().__init__()
        self.current = current
        self.chosen = "nothing yet"

    def on_mount(self) -> None:
        self.push_screen(PresetList(self.current), self.take)

    def take(self, name) -> None:
        self.chosen = name

    def shown(self) -> str:
        return text(self)


async def loaded(app, pilot) -> OptionList:
    await app.workers.wait_for_complete()
    await pilot.pause()
    return app.screen.query_one(OptionList)


async def test_every_preset_with_title_tags_origin_and_purpose():
    app = Bench("vanishing-sigmoid")
    async with app.run_test(size=(100, 40)) as pilot:
        listing = await loaded(app, pilot)
        presets = [option for option in listing.options if not option.disabled]
        assert len(presets) == len(available())
        assert [option.id for option in presets[:2]] == ["vanishing-sigmoid", "vanishing-cured"]
        assert "Start here" in app.shown()
        assert listing.highlighted_option.id == "vanishing-sigmoid"
        text = app.shown()
        assert "vanishing-sigmoid  Eleven sigmoid layers" in text
        assert "bundled  vanishing sigmoid" in text and "shrink the gradient" in text


async def test_typing_filters_and_enter_opens():
    app = Bench()
    async with app.run_test(size=(80, 24)) as pilot:
        listing = await loaded(app, pilot)
        await pilot.press(*"sigmoid eleven")
        await pilot.pause()
        ids = [option.id for option in listing.options if option.id]
        assert "vanishing-sigmoid" in ids and len(ids) < len(available())
        while listing.highlighted_option.id != "vanishing-sigmoid":
            await pilot.press("down")
        await pilot.press("enter")
        await pilot.pause()
        assert app.chosen == "vanishing-sigmoid"


async def test_slash_starts_a_new_filter_and_escape_clears_then_leaves():
    app = Bench()
    async with app.run_test(size=(80, 24)) as pilot:
        await loaded(app, pilot)
        field = app.screen.query_one(Input)
        await pilot.press(*"abc", "slash", *"relu")
        assert field.value == "relu"
        await pilot.press("escape")
        assert field.value == "" and isinstance(app.screen, PresetList)
        await pilot.press("escape")
        await pilot.pause()
        assert app.chosen is None


async def test_choosing_by_mouse():
    app = Bench()
    async with app.run_test(size=(100, 40)) as pilot:
        listing = await loaded(app, pilot)
        await pilot.click(listing, offset=(4, 1))
        await pilot.pause()
        assert app.chosen == "vanishing-sigmoid"


async def test_nothing_that_matches():
    app = Bench()
    async with app.run_test(size=(80, 24)) as pilot:
        listing = await loaded(app, pilot)
        await pilot.press(*"zzz", "enter")
        await pilot.pause()
        assert listing.option_count == 0 and isinstance(app.screen, PresetList)
        assert "0 of" in app.shown() and "No preset has" in app.shown()


async def test_a_broken_preset_is_listed_with_what_is_wrong(tmp_path):
    folder = tmp_path / "presets"
    folder.mkdir()
    (folder / "aaa-[broken].toml").write_text("[data]\nname = 3\n")
    app = Bench()
    async with app.run_test(size=(100, 30)) as pilot:
        await loaded(app, pilot)
        assert "aaa-[broken]  ! broken" in app.shown()


def test_every_word_has_to_be_somewhere():
    entry = next(entry for entry in available() if entry.name == "vanishing-sigmoid")
    assert matches(entry, "") and matches(entry, "ELEVEN d1") and matches(entry, "bundled sigm")
    assert not matches(entry, "sigmoid relu-only")
