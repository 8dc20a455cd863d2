"""Every source that a text cites is on the page of references, where it can be found."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from gradlab.engine.preset.load import available, load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "references.md").read_text("utf-8")
ENTRIES = dict(re.findall(r"^- \*\*(.+?)\.\*\* (.+)$", PAGE, re.MULTILINE))
"""What is cited -> the rest of its line."""

FILES = sorted(
    path
    for room in ("engine", "tui", "presets")
    for path in (ROOT / room).rglob("*")
    if path.suffix in (".py", ".toml")
)
CITATION = re.compile(
    r"((?:Analytics )?[A-Z][\w'-]+(?:(?:, [A-Z][\w'-]+)* and [A-Z][\w'-]+| et al\.)?),? "
    r"\(?((?:18|19|20)\d\d)\b"
)
"""Names and the year behind them: "He et al. 2015", "Okabe and Ito (2008)", "Efron 1979"."""

NOT_SHIPPED = re.compile(r"\b(?:DESIGN|EXPERIMENTS|LAYOUT|DOCUMENTS)\b|\bfacts[:/]|slides?, V\d")


def running_text(path: Path) -> str:
    """A file without the line breaks, quotes and comment signs that part a citation."""
    return re.sub(r"\"?\s*\n\s*(?:#\s*)?\"?", " ", path.read_text("utf-8"))


TEXTS = {str(path.relative_to(ROOT)): running_text(path) for path in FILES}


def remedy_sources() -> list[str]:
    """The last argument of every remedy."""
    return [
        ast.literal_eval(call.args[3])
        for path in FILES
        if path.suffix == ".py"
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and len(call.args) == 4 and _name(call.func) == "Remedy"
    ]


def _name(function: ast.expr) -> str:
    return getattr(function, "id", "")


def test_every_citation_is_on_the_page() -> None:
    cited = {f"{m[1]} {m[2]}" for text in TEXTS.values() for m in CITATION.finditer(text)}
    assert len(cited) > 30
    assert not {key for key in cited if key not in ENTRIES}


def test_every_entry_says_where_to_find_it_and_is_cited() -> None:
    everything = "\n".join(TEXTS.values()).replace("(", "").replace(")", "")
    for key, entry in ENTRIES.items():
        assert re.search(
            r"doi:10\.\d{4,}/\S+$|arXiv:\d{4}\.\d{4,5}$|ISBN [\d-]{13,}$|Published by .+$", entry
        ), key
        assert key in everything, f"nothing cites {key}"


def test_a_preset_names_a_source_of_the_page() -> None:
    for entry in available():
        if entry.origin == "bundled":
            source = load(entry.path).source
            assert any(key in source for key in ENTRIES), (entry.name, source)


def test_a_remedy_names_sources_of_the_page() -> None:
    sources = remedy_sources()
    assert len(sources) > 25
    for source in sources:
        assert any(key in source for key in ENTRIES), source
        titles = re.findall(r"J\. Brownlee, [^:;]+", source)
        assert all(title in ENTRIES for title in titles), source


def test_no_text_cites_what_is_not_in_the_repository() -> None:
    for path in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", *TEXTS):
        found = NOT_SHIPPED.search((ROOT / path).read_text("utf-8"))
        assert found is None, (path, found)
