"""Which numbers are called from the firm's telephones: the rule, and the dial plan's patterns, which must agree."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cti.settings import Settings
from dialplan.render import render
from routing.numbering import EMERGENCY_NUMBERS, Barred, barred
from tests.unit.test_dialplan_render import SITE

COUNTRIES = ("852", "1212", "44")

ALLOWED = ["1999", "165", "104", "25551234", "2555123", "0255501000", "0912345678", "0800123456", "0826123456"]
ALLOWED += ["+886912345678", "886912345678", "00886912345678", "002886912345678", "019886223456789"]
ALLOWED += ["+85291234567", "0085291234567", "00285291234567", "01985291234567", "+12125551234", "+447911123456"]
ALLOWED += ["0021212555123", *sorted(EMERGENCY_NUMBERS)]

REFUSED = {
    "0204123456": Barred.PREMIUM,
    "+886204123456": Barred.PREMIUM,
    "886204123456": Barred.PREMIUM,
    "002886204123456": Barred.PREMIUM,
    "+819012345678": Barred.FOREIGN,
    "00819012345678": Barred.FOREIGN,
    "002819012345678": Barred.FOREIGN,
    "019819012345678": Barred.FOREIGN,
    "+18765551234": Barred.FOREIGN,
    "+852": Barred.FOREIGN,
    "+": Barred.FOREIGN,
    "00": Barred.FOREIGN,
    "9": Barred.UNKNOWN,
    "12": Barred.UNKNOWN,
    "12345": Barred.UNKNOWN,
    "0101234567": Barred.UNKNOWN,
    "912345678": Barred.UNKNOWN,
    "": Barred.UNKNOWN,
}


@pytest.mark.parametrize("number", ALLOWED)
def test_numbers_that_are_called(number: str) -> None:
    assert barred(number, COUNTRIES) is None


@pytest.mark.parametrize("number", REFUSED)
def test_numbers_that_are_not_called(number: str) -> None:
    assert barred(number, COUNTRIES) is REFUSED[number]


def test_abroad_is_barred_unless_it_is_named() -> None:
    assert barred("+85291234567") is Barred.FOREIGN


@given(st.from_regex(r"\+?[0-9]{1,16}", fullmatch=True, alphabet=st.characters(codec="ascii")))
def test_the_dial_plan_has_the_same_rule(number: str) -> None:
    assert dial_plan_says(number) == (barred(number, COUNTRIES) or "yes")


@given(st.sampled_from([*ALLOWED, *filter(None, REFUSED)]), st.text("0123456789", max_size=3))
def test_the_dial_plan_has_the_same_rule_near_the_edges(number: str, more: str) -> None:
    for one in (number, number + more, number[: -len(more)] if more else number):
        if one:
            assert dial_plan_says(one) == (barred(one, COUNTRIES) or "yes"), one


@pytest.mark.parametrize("code", ["+852", "00852", "886", "0", "abc", "12345678"])
def test_a_calling_code_is_digits_and_not_our_own(code: str) -> None:
    with pytest.raises(ValidationError, match="calling code"):
        Settings(outgoing_countries=(code,))


def dial_plan_says(number: str) -> str:
    """What `ringward-allowed` returns: Asterisk's pattern matching, as far as these patterns use it."""
    for _ in range(3):
        action = min((found for found in PATTERNS if found[1].fullmatch(number)), key=lambda found: found[0])[2]
        if not action.startswith("Goto"):
            return action.removeprefix("Return(").removesuffix(")")
        cut = re.fullmatch(r"Goto\(0\$\{EXTEN:(\d)\},1\)", action)
        assert cut, action
        number = f"0{number[int(cut[1]) :]}"
    raise AssertionError("the patterns go round")


def _read() -> list[tuple[tuple[int, ...], re.Pattern[str], str]]:
    text = render(replace(SITE, countries=COUNTRIES))["ringward.conf"]
    context = text.partition("[ringward-allowed]")[2].partition("\n[")[0]
    lines = re.findall(r"^exten => _(\S+?),1,(.*)$", context, re.MULTILINE)
    return [(*_pattern(pattern), action) for pattern, action in lines]


def _pattern(pattern: str) -> tuple[tuple[int, ...], re.Pattern[str]]:
    """How particular it is, character by character (Asterisk takes the most particular), and the same as `re`."""
    rank, expression = [], ""
    for token in re.findall(r"\[[^]]*\]|.", pattern):
        match token:
            case "X":
                rank.append(10)
                expression += "[0-9]"
            case ".":
                rank.append(1000)
                expression += ".+"
            case "!":
                rank.append(1001)
                expression += ".*"
            case _ if token.startswith("["):
                rank.append(len(re.findall(rf"{token}", "".join(map(chr, range(33, 127))))))
                expression += token
            case _:
                rank.append(1)
                expression += re.escape(token)
    return tuple(rank), re.compile(expression)


PATTERNS = _read()
