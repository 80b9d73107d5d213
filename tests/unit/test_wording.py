"""Every code has words in both languages, and the catalogue is sound."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from string import Formatter

import pytest

from cti import wording
from cti.calls.model import CallState, LegReason
from routing.model import LegKind, Passed, Why, WhyCode

CHINESE = re.compile(r"[一-鿿]")
NAMES = {"101": "林小明", "102": "王美美", "company": "公司"}
NEED_NO_CHINESE = {"LINE"}
REFUSALS = {"NotFound", "Refused", "Invalid", "Forbidden", "SwitchUnavailable", "StoreUnavailable"}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", WhyCode)
@pytest.mark.parametrize("customer", [None, "陳太太"])
@pytest.mark.parametrize("on_leave", [False, True])
def test_every_why_has_words(code: WhyCode, customer: str | None, on_leave: bool) -> None:
    why = Why(code, "102", stands_for="101", group="company", on_leave=on_leave)
    chinese = wording.why_text(why, NAMES, "zh-Hant", customer)
    english = wording.why_text(why, {}, "en", None)
    assert CHINESE.search(chinese)
    assert "{" not in chinese
    assert english.isascii()
    assert "{" not in english


def test_a_deputy_is_named_with_whom_they_stand_for() -> None:
    why = Why(WhyCode.DEPUTY_DESK, "102", stands_for="101")
    assert wording.why_text(why, NAMES, "zh-Hant") == "王美美代理林小明\uff1a桌機"
    assert wording.why_text(why, NAMES, "en") == "王美美 stands in for 林小明: desk"


def test_an_owner_is_named_with_the_customer() -> None:
    why = Why(WhyCode.OWNER_DESK, "101")
    assert wording.why_text(why, NAMES, "zh-Hant", "陳太太") == "陳太太的負責人林小明的桌機"
    assert wording.why_text(why, {}, "en") == "owner 101's desk"


@pytest.mark.parametrize(
    ("family", "codes"),
    [("reason", LegReason), ("kind", LegKind), ("state", CallState), ("reason", Passed)],
)
def test_the_families_hold_every_code(family: str, codes: type) -> None:
    assert {code.value for code in codes} <= set(wording.TEXTS[family])  # type: ignore[attr-defined]


def test_every_code_has_words_in_both_languages() -> None:
    for family, texts in wording.TEXTS.items():
        for code, english in texts.items():
            assert wording.code_text(family, code, "en") == english
            chinese = wording.code_text(family, code, "zh-Hant")
            assert CHINESE.search(chinese) or english in NEED_NO_CHINESE, f"{family}.{code} is not translated"


def test_reasons_are_empty_while_a_leg_has_none() -> None:
    assert wording.reason_text(None, "zh-Hant") == ""
    assert wording.reason_text("offline", "zh-Hant") == "話機未上線"
    assert wording.passed_text(Passed.BUSY, "en") == "passed at once: busy"


@pytest.mark.parametrize("tag", ["zh-Hant", "zh_Hant_TW", "zh-TW", "ZH"])
def test_languages_are_known_by_any_usual_tag(tag: str) -> None:
    assert wording.known_language(tag) == "zh-Hant"
    assert wording.translate("busy", tag) == "忙線"


def test_what_has_no_translation_stays_english() -> None:
    assert wording.translate("no such sentence {x}", "zh-Hant", x="{y}") == "no such sentence {y}"
    assert wording.translate("busy", "ja") == "busy"


def test_the_catalogue_is_handed_to_pages() -> None:
    assert wording.catalogue("zh-Hant")["busy"] == "忙線"
    assert wording.catalogue("en")["busy"] == "busy"


def test_no_sentence_stands_twice_and_none_lost_a_field() -> None:
    text = (wording.TRANSLATIONS / "zh_Hant_TW.po").read_text("utf-8")
    twice = [msgid for msgid, times in Counter(re.findall(r'^msgid "(.+)"$', text, re.M)).items() if times > 1]
    assert not twice
    for english, chinese in wording.catalogue("zh-Hant").items():
        assert fields(chinese) <= fields(english), f"{english!r} has no such field as its translation"


def test_an_error_is_found_by_its_form() -> None:
    assert wording.error_text("nothing like it 7", "en") == "nothing like it 7"
    assert wording.error_text("nothing like it 7", "zh-Hant", "not_found") == "找不到\uff1anothing like it 7"
    assert wording.error_text("there is no customer 7", "zh-Hant") == "沒有編號 7 的客戶"


def test_a_reason_within_an_error_is_translated_too() -> None:
    told = wording.error_text("Invalid value for --lang: fr is not one of zh-Hant, en", "zh-Hant")
    assert told == "--lang 的值不對\uff1afr 不是 zh-Hant, en 其中之一"


def test_what_a_caller_put_into_an_error_stays_as_it_is() -> None:
    assert wording.error_text("there is no call {0.__class__}", "zh-Hant") == "沒有通話 {0.__class__}"


def test_chinese_has_chinese_punctuation() -> None:
    for chinese in wording.catalogue("zh-Hant").values():
        assert not re.search(r"[一-鿿][,:;?!]|[,:;?!][一-鿿]", chinese), chinese


def refusals() -> Iterator[tuple[str, str]]:
    """(where, an English sentence) of what is raised where people read it: 9001 stands for each value."""
    root = wording.TRANSLATIONS.parent
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).parts[0] in {"asterisk", "local", "mobile", "pocket", "settings.py"}:
            continue  # the switch's words and those of starting; they are read in a log
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            call = node.exc if isinstance(node, ast.Raise) else None
            if not isinstance(call, ast.Call) or ast.unparse(call.func) not in REFUSALS or not call.args:
                continue
            said = call.args[0]
            parts = said.values if isinstance(said, ast.JoinedStr) else [said]
            if all(isinstance(one, (ast.Constant, ast.FormattedValue)) for one in parts):
                words = [str(one.value) if isinstance(one, ast.Constant) else "9001" for one in parts]
                yield f"{path.relative_to(root)}:{node.lineno}", "".join(words)


def test_no_refusal_is_half_translated() -> None:
    """A form that ends in a place takes whatever follows: the rest of a longer sentence would stay English in it."""
    found = list(refusals())
    assert len(found) > 200
    for where, sentence in found:
        told = re.sub(r"`[^`]*`|--[a-z-]+", "", wording.error_text(sentence, "zh-Hant"))
        if not told.startswith(wording.code_text("error", "ringward", "zh-Hant")):
            assert not re.search(r"[a-z]+ (?!JSON)[a-z]+ [a-z]+", told), f"{where}: {told}"


@pytest.mark.parametrize(
    ("sentence", "chinese"),
    [
        ("there is no call 17.1 that you may listen to", "沒有您可以旁聽的通話 17.1"),
        ("owner: there is no agent 109", "owner\uff1a沒有代號 109 的人員"),
        ("name: Field required", "name\uff1a必填"),
        ("Asterisk did not answer Originate within 5 s", "Asterisk 在 5 秒內沒有回應 Originate"),
    ],
)
def test_the_most_particular_form_and_a_field_before_it(sentence: str, chinese: str) -> None:
    assert wording.error_text(sentence, "zh-Hant") == chinese
