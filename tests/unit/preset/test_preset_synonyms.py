"""Words of other tools point to settings that exist."""

from __future__ import annotations

import re

from gradlab.engine.preset import synonyms
from gradlab.engine.preset.fields import FAMILIES, keys


def test_what_a_key_is_called_here_exists() -> None:
    document = {"data": {"name": "moons"}, "optimizer": {"name": "adam"}}
    for place in synonyms.KEYS.values():
        for key in place.split(" and "):
            *table, name = key.split(".")
            assert name in keys(tuple(table), document), key


def test_the_family_of_another_word_exists() -> None:
    for words in synonyms.FAMILIES.values():
        named = re.match(r'"(\w+)"', words)
        assert named and named.group(1) in FAMILIES
