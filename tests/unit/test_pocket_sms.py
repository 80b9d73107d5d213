"""The request made for an SMS gateway: the templates of real ones, and texts that try to break out of them."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from cti.errors import Invalid
from cti.pocket.sms import Gateway, accepted, check, request_for

FORM = Gateway("https://sms.example/send", body="username=u&password=p%26w&dstaddr={national}&smbody={text}")
NUMBER = "+886900000101"


def test_a_form_has_its_fields_and_no_others_whatever_the_text_is() -> None:
    hostile = "陳&dstaddr=0204123456\r\nX: y {national} {text} %26 +"
    asked = request_for(FORM, NUMBER, hostile)
    assert asked.method == "POST"
    assert parse_qsl(asked.content.decode()) == [
        ("username", "u"),
        ("password", "p&w"),
        ("dstaddr", "0900000101"),
        ("smbody", hostile),
    ]


def test_a_query_keeps_what_the_address_has_already() -> None:
    gateway = replace(FORM, url="https://sms.example/send?CharsetInURL=UTF8", format="query", method="GET")
    asked = request_for(gateway, NUMBER, "來電")
    assert asked.content == b""
    assert parse_qs(urlsplit(asked.url).query)["CharsetInURL"] == ["UTF8"]
    assert parse_qs(urlsplit(asked.url).query)["smbody"] == ["來電"]


def test_json_is_filled_in_as_values_never_as_text() -> None:
    body = '{"to": ["{number}"], "message": {"content": "{text}", "flash": false}, "id": "{digits}"}'
    asked = request_for(Gateway("https://sms.example/", "json", body), NUMBER, '", "to": "+886204')
    content = {"to": [NUMBER], "message": {"content": '", "to": "+886204', "flash": False}, "id": "886900000101"}
    assert json.loads(asked.content) == content
    assert asked.headers["Content-Type"].startswith("application/json")


def test_an_older_gateways_character_set() -> None:
    asked = request_for(replace(FORM, encoding="big5"), NUMBER, "來電😀")
    assert parse_qsl(asked.content.decode(), encoding="big5")[-1] == ("smbody", "來電?")


@pytest.mark.parametrize(
    ("gateway", "said"),
    [
        (replace(FORM, url="ftp://x"), "http"),
        (replace(FORM, body="to={national}&text={txt}"), "unknown place"),
        (replace(FORM, body="text={text}"), "needs"),
        (replace(FORM, method="GET"), "query"),
        (replace(FORM, success="("), "regular expression"),
        (replace(FORM, encoding="klingon"), "encoding"),
        (Gateway("https://x/", "json", '{"{number}": {text}'), "cannot be read as json"),
    ],
)
def test_a_template_that_cannot_work_is_refused_with_its_setting(gateway: Gateway, said: str) -> None:
    check(FORM)
    with pytest.raises(Invalid, match=said):
        check(gateway)


def test_the_answers_text_has_the_last_word() -> None:
    mitake = replace(FORM, success=r"statuscode=[0-4]\b")
    assert accepted(mitake, 200, "[1]\r\nmsgid=1\r\nstatuscode=1\r\n")
    assert not accepted(mitake, 200, "[1]\r\nstatuscode=e\r\nError=wrong password\r\n")
    assert not accepted(FORM, 302, "")
    assert accepted(FORM, 204, "")
