"""Every text of the page has its Chinese: an agent's screen never falls back to English by oversight."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cti.wording import catalogue

STATIC = Path(__file__).resolve().parents[2] / "cti" / "web" / "static"
MODULES = sorted((STATIC / "js").rglob("*.js"))
_CALL = re.compile(r"""(?<![\w.$])t\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(.))""", re.DOTALL)


def texts_of(source: str) -> list[str]:
    """The literals given to `t()`. Raises AssertionError where it is given anything but a literal."""
    found = []
    for double, single, other in _CALL.findall(source):
        assert not other, f"t() takes a literal, so that its translation can be found: t({other}…"
        found.append(re.sub(r"\\(.)", r"\1", double or single))
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_text_has_its_chinese_and_the_same_places(module: Path) -> None:
    if module.name == "texts.js":
        return  # defines t()
    chinese = catalogue("zh-Hant")
    for text in texts_of(module.read_text(encoding="utf-8")):
        assert chinese.get(text), f"{module.name}: no Chinese for {text!r}"
        places = re.findall(r"\{(\w+)\}", text)
        assert sorted(re.findall(r"\{(\w+)\}", chinese[text])) == sorted(places), text


def test_the_texts_are_found_at_all() -> None:
    found = {text for module in MODULES if module.name != "texts.js" for text in texts_of(module.read_text("utf-8"))}
    assert {
        "Which of them is calling?",
        "picked up, not accepted",
        "The caller's card comes up here before your phone rings.",
    } <= found


def test_the_page_asks_nothing_of_another_host_and_has_nothing_inline() -> None:
    for page in STATIC.glob("*.html"):
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page.read_text("utf-8")), page.name
    for module in MODULES:
        source = module.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!www\.w3\.org)", source), module.name
        assert not re.search(r"\sstyle=|\sonclick=|innerHTML|unsafeHTML|\beval\(", source), module.name
