"""Whatever text is given as a preset or an override, it is taken, or refused in one short sentence."""

from __future__ import annotations

import json
import time

from hypothesis import given
from hypothesis import strategies as st

from gradlab.engine.errors import LONGEST, PresetError
from gradlab.engine.models.size import parameter_count
from gradlab.engine.preset.diff import diff
from gradlab.engine.preset.draft import Draft
from gradlab.engine.preset.load import folders, load_text
from gradlab.engine.preset.schema import Preset
from gradlab.engine.strict_json import dumps

SECONDS = 2.0
TEXTS = [path.read_text() for path in sorted(folders()["bundled"].glob("*.toml"))]
LENGTHS = st.sampled_from((3, 40, 600, 20_000, 80_000))
VALUES = st.one_of(
    st.sampled_from(
        [
            "nan",
            "inf",
            "-1",
            "0",
            "1e308",
            "1e-320",
            "true",
            "[]",
            "{}",
            "[[]]",
            "[{}]",
            "{name=3}",
            "{name='relu'}",
            "2020-01-01",
            "{class_name='Dense',config=3}",
            "[true,1,'x']",
        ]
    ),
    st.integers().map(str),
    LENGTHS.map(lambda n: "1" + "0" * n),
    LENGTHS.map(lambda n: "0x" + "f" * n),
    LENGTHS.map(lambda n: "[" * n + "]" * n),
    LENGTHS.map(lambda n: "{a=" * n + "1" + "}" * n),
    st.text(max_size=20).map(json.dumps),
    LENGTHS.map(lambda n: json.dumps("x" * n)),
)
KEYS = st.one_of(
    st.sampled_from(
        [
            "seed",
            "data",
            "data.name",
            "data.path",
            "data.options.n_samples",
            "data.options.zzz",
            "0",
            "model",
            "model.family",
            "model.depth",
            "model.width",
            "model.activation",
            "model.layers.0",
            "optimizer.name",
            "optimizer.learning_rate",
            "optimizer.x",
            "train.loss",
            "train.metrics",
            "train.callbacks",
            "train.callbacks.0",
            "train.epochs",
            "probe.rows",
            "expect.findings",
        ]
    ),
    st.text(min_size=1, max_size=9),
    LENGTHS.map(lambda n: ".".join("a" * n)),
    LENGTHS.map(lambda n: f"model.layers.{'9' * n}"),
)


@st.composite
def documents(draw) -> str:
    """A bundled preset, hurt in one to three places."""
    lines = draw(st.sampled_from(TEXTS)).splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 5)):
            case 0:
                lines[at] = f"{lines[at].partition('=')[0]}= {draw(VALUES)}"
            case 1:
                lines.insert(at, f"{draw(KEYS)} = {draw(VALUES)}")
            case 2:
                lines[at] = lines[at][: draw(st.integers(0, 40))] + draw(st.text(max_size=9))
            case 3:
                lines.insert(at, f"[{draw(KEYS)}]")
            case 4:
                lines += [f"widht{i} = {i}" for i in range(draw(st.sampled_from((5, 300, 5000))))]
            case _:
                layers = ["{}", "{class_name='Dens'}"] * draw(st.sampled_from((2, 2500)))
                lines += [
                    "[model]",
                    "family = 'layers'",
                    "layers = [",
                    *(f"{x}," for x in layers),
                    "]",
                ]
    return "\n".join(lines)


def assert_usable(preset: Preset) -> None:
    """What was taken can be written down, compared and read back."""
    document = preset.model_dump(mode="json")
    json.loads(dumps(document))
    parameter_count(preset, (8, 8), 10)
    assert not diff(preset, preset)
    type(preset).model_validate(document)


def assert_taken_or_refused(text: str, overrides: tuple[str, ...] = ()) -> None:
    began = time.process_time()
    try:
        preset = load_text(text, where="x.toml", overrides=overrides)
    except PresetError as error:
        assert 0 < len(str(error)) <= LONGEST
    else:
        assert_usable(preset)
    assert time.process_time() - began < SECONDS


@given(documents())
def test_hurt_presets(text: str) -> None:
    assert_taken_or_refused(text)


@given(st.sampled_from(TEXTS), st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=4))
def test_overrides(text: str, pairs: list[tuple[str, str]]) -> None:
    assert_taken_or_refused(text, tuple(f"{key}={value}" for key, value in pairs))


@given(
    st.one_of(st.text(max_size=2000), st.binary(max_size=500).map(lambda b: b.decode("latin-1")))
)
def test_any_text_is_a_draft(text: str) -> None:
    draft = Draft(text)
    assert (draft.preset is None) == bool(draft.error)
    assert len(draft.error) <= LONGEST
