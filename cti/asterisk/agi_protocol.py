"""AGI's own language: the headers that open a request, commands quoted, answers read.

Pure: bytes and text in, values out. Knows no socket, and nothing of what a request is for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from cti.errors import Invalid

FIRST_WINS = frozenset(
    {
        "agi_network",
        "agi_network_script",
        "agi_request",
        "agi_channel",
        "agi_language",
        "agi_type",
        "agi_uniqueid",
        "agi_version",
        "agi_callerid",
    }
)
"""Sent before the first text that a stranger wrote: a second one is an injection that came later."""

LAST_WINS = frozenset(
    {
        "agi_calleridname",
        "agi_callingpres",
        "agi_callingani2",
        "agi_callington",
        "agi_callingtns",
        "agi_dnid",
        "agi_rdnis",
        "agi_context",
        "agi_extension",
        "agi_priority",
        "agi_enhanced",
        "agi_accountcode",
        "agi_threadid",
    }
)
"""Sent after it (res_agi.c, `setup_env`): Asterisk's own comes behind whatever a caller's name smuggled in."""

_ARGUMENT = re.compile(r"agi_arg_[0-9]{1,3}\Z")
_ANSWER = re.compile(r"(?P<code>[0-9]{3})(?: result=(?P<result>\S*))?(?:[ ](?P<data>.*))?\Z", re.DOTALL)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}\Z")


@dataclass(frozen=True, slots=True)
class AgiResponse:
    """One answer. `code`: 200 done, 510 unknown, 511 the channel is dead, 520 usage. `data` without its brackets."""

    code: int
    result: str
    data: str

    @property
    def ok(self) -> bool:
        """The command was carried out; whether it found anything is in `result`."""
        return self.code == 200


class HeadersUnfit(ValueError):
    """The opening lines are no AGI request."""


def as_text(line: bytes) -> str:
    """Text that gives the very same bytes back: callers' names come in any encoding, or none."""
    return line.decode("utf-8", "surrogateescape")


def parse_headers(lines: list[str]) -> dict[str, str]:
    """Read `agi_NAME: VALUE` lines. Keys that Asterisk does not send are dropped; of doubles, its own is kept.

    Raises:
        HeadersUnfit: no line is an AGI header.
    """
    headers: dict[str, str] = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if not colon or (key in FIRST_WINS and key in headers):
            continue
        if key in FIRST_WINS or key in LAST_WINS or _ARGUMENT.match(key):
            headers[key] = value.strip(" \t\r")
    if not headers:
        raise HeadersUnfit("no agi_ header among the opening lines")
    return headers


def parse_script(headers: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Path and query of `agi://HOST:PORT/PATH?KEY=VALUE&…`, from `agi_network_script` or else `agi_request`.

    A `+` stands for itself: telephone numbers begin with it, and Asterisk's URIENCODE writes a space as `%20`.

    Raises:
        HeadersUnfit: neither header is there, or a key stands twice in the query and nobody can say which is meant.
    """
    script = headers.get("agi_network_script")
    if script is None:
        _, scheme, rest = headers.get("agi_request", "").partition("://")
        if not scheme:
            raise HeadersUnfit("neither agi_network_script nor a full agi_request")
        script = rest.partition("/")[2]
    path, _, text = script.partition("?")
    query: dict[str, str] = {}
    for pair in filter(None, text.split("&")):
        key, _, value = pair.partition("=")
        key = unquote(key, errors="surrogateescape")
        if key in query:
            raise HeadersUnfit(f"{key!r} stands twice in the query")
        query[key] = unquote(value, errors="surrogateescape")
    return "/" + path.lstrip("/"), query


def command_line(command: str, longest: int) -> bytes:
    """One command as it goes onto the wire, `longest` in bytes with its line end.

    Raises:
        Invalid: it holds a line end or NUL (it would be two commands), or it is longer than Asterisk reads.
    """
    if not command.strip() or any(character in command for character in "\r\n\0"):
        raise Invalid("an AGI command is one line of text: no line end or NUL may stand in it")
    line = command.encode("utf-8", "surrogateescape") + b"\n"
    if len(line) > longest:
        raise Invalid(f"the AGI command is {len(line)} bytes long; Asterisk reads at most {longest}")
    return line


def set_variable_command(name: str, value: str) -> str:
    """`SET VARIABLE`, quoted. The name is a plain variable's: no dial-plan function can be reached through it.

    Raises:
        Invalid: the name is not one.
    """
    if not _VARIABLE.match(name):
        raise Invalid(f"{name!r} is no channel variable's name: letters, digits and '_' only")
    return f"SET VARIABLE {name} {quoted(value)}"


def quoted(value: str) -> str:
    """One argument in quotes, as AGI's own splitter reads it back."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def parse_answer(line: str) -> AgiResponse | None:
    """Read `CODE result=RESULT (DATA)`; None for a line that is no answer."""
    match = _ANSWER.match(line)
    if match is None:
        return None
    text = match["data"] or ""
    if text.startswith("("):
        inner, bracket, _ = text[1:].rpartition(")")
        text = inner if bracket else text
    return AgiResponse(int(match["code"]), match["result"] or "", text)
