"""The request that an SMS gateway expects, made of the firm's template, and whether its answer means success. Pure.

Every gateway has its own names for number, text and password; nearly all take one HTTP request. The template is cut
into its fields first and filled in afterwards, each value once and escaped for where it stands: no text can add a
field, and no brace in a name is taken for a place.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from cti.agents.dialling import national
from cti.errors import Invalid

Format = Literal["query", "form", "json"]
_PLACE = re.compile(r"\{(\w+)\}")
PLACES = ("number", "national", "digits", "text", "key")


@dataclass(frozen=True, slots=True)
class Gateway:
    """How a gateway wants to be asked. `body` is `a=b&to={national}&msg={text}`, or JSON for `json`.

    `{number}` is E.164, `{digits}` the same without its plus, `{national}` as it is dialled at home, `{text}` message
    and link, `{key}` the same for every try of one message, for gateways that then send it once. `encoding` is that of
    `query` and `form`. `success` must be found in the answer's text; empty: any 2xx.
    """

    url: str
    format: Format = "form"
    body: str = "to={national}&text={text}"
    success: str = ""
    method: Literal["GET", "POST"] = "POST"
    encoding: str = "utf-8"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GatewayRequest:
    """What to send."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes


def check(gateway: Gateway) -> None:
    """Refuse a template that could never work.

    Raises:
        Invalid: with the setting's name and what is wrong.
    """
    if urlsplit(gateway.url).scheme not in {"http", "https"}:
        raise Invalid("pocket_sms_url must begin with http:// or https://")
    unknown = {name for name in _PLACE.findall(gateway.body) if name not in PLACES}
    if unknown:
        raise Invalid(f"pocket_sms_body has the unknown place {{{min(unknown)}}}; there are {', '.join(PLACES)}")
    if "{text}" not in gateway.body or not re.search(r"\{(number|national|digits)\}", gateway.body):
        raise Invalid("pocket_sms_body needs {text} and one of {number}, {national}, {digits}")
    if gateway.method == "GET" and gateway.format != "query":
        raise Invalid("pocket_sms_format must be query when pocket_sms_method is GET")
    try:
        re.compile(gateway.success)
        "".encode(gateway.encoding)
        _fields(gateway)
    except re.error as error:
        raise Invalid(f"pocket_sms_success is no regular expression: {error}") from error
    except LookupError as error:
        raise Invalid(f"pocket_sms_encoding is not known: {gateway.encoding}") from error
    except ValueError as error:
        raise Invalid(f"pocket_sms_body cannot be read as {gateway.format}: {error}") from error


def request_for(gateway: Gateway, number: str, text: str, key: str = "") -> GatewayRequest:
    """The request for one message. `number` is E.164."""
    values = {"number": number, "national": national(number), "digits": number.lstrip("+"), "text": text, "key": key}
    filled = _filled(_fields(gateway), values)
    if gateway.format == "json":
        content = json.dumps(filled, ensure_ascii=False).encode()
        kind = {"Content-Type": "application/json; charset=utf-8"}
        return GatewayRequest(gateway.method, gateway.url, {**kind, **gateway.headers}, content)
    # What the gateway's character set lacks becomes a question mark; a name is no reason to send nothing.
    encoded = urlencode(filled, encoding=gateway.encoding, errors="replace")
    if gateway.format == "query":
        parts = urlsplit(gateway.url)
        query = f"{parts.query}&{encoded}" if parts.query else encoded
        return GatewayRequest(gateway.method, urlunsplit(parts._replace(query=query)), dict(gateway.headers), b"")
    kind = {"Content-Type": f"application/x-www-form-urlencoded; charset={gateway.encoding}"}
    return GatewayRequest(gateway.method, gateway.url, {**kind, **gateway.headers}, encoded.encode("ascii"))


def accepted(gateway: Gateway, status: int, answer: str) -> bool:
    """Whether the gateway took the message. Many say 200 to a wrong password, so the text has the last word."""
    return 200 <= status < 300 and (not gateway.success or re.search(gateway.success, answer) is not None)


def _fields(gateway: Gateway) -> Any:
    if gateway.format == "json":
        return json.loads(gateway.body)
    return parse_qsl(gateway.body, keep_blank_values=True, strict_parsing=True)


def _filled(value: Any, values: dict[str, str]) -> Any:
    if isinstance(value, str):
        return _PLACE.sub(lambda place: values[place[1]], value)
    if isinstance(value, dict):
        return {key: _filled(one, values) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_filled(one, values) for one in value)
    return value
