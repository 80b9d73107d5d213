"""ARI over HTTP: one operation, one request, one answer or one typed error. Must not know what an operation is for."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from cti.asterisk.ari.errors import error_of
from cti.asterisk.ari.operations import Operation
from cti.errors import SwitchUnavailable


class AriRest:
    """The account and address of one ARI. `seconds` bounds each request."""

    def __init__(self, base_url: str, user: str, password: str, *, seconds: float) -> None:
        self._base = f"{base_url.rstrip('/').removesuffix('/ari')}/ari"
        self._headers = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._session: aiohttp.ClientSession | None = None

    def url(self, path: str, query: Mapping[str, str]) -> URL:
        """Address of a path below `/ari`; the path is already quoted, the query not."""
        return URL(self._base + path, encoded=True).with_query(query)

    def session(self) -> aiohttp.ClientSession:
        """The one session; opened when first needed, within the loop that uses it."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(headers=self._headers, timeout=self._timeout)
        return self._session

    async def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        if self._session is not None:
            await self._session.close()

    async def request(self, operation: Operation, parameters: Mapping[str, Any]) -> Any:
        """Carry out an operation; returns what its JSON says, bytes for a file, None for no content.

        Raises:
            TypeError: a parameter is missing, or is none of the operation's.
            ChannelNotFound, AriNotFound, AriConflict, AriRefused: as Asterisk answers.
            SwitchUnavailable: it does not answer, or not in time, or with a failure of its own.
        """
        path, query, body = arguments(operation, parameters)
        try:
            async with self.session().request(operation.method, self.url(path, query), json=body) as response:
                content = await response.read()
                if response.status >= 400:
                    raise error_of(response.status, _message(content), operation.path)
                if operation.returns == "binary":
                    return content
                return msgspec.json.decode(content) if content else None
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError) as error:
            raise SwitchUnavailable(f"Asterisk's ARI does not answer: {error!r}") from error


def arguments(operation: Operation, parameters: Mapping[str, Any]) -> tuple[str, dict[str, str], Any]:
    """Quoted path, query and JSON body for an operation.

    Raises:
        TypeError: a parameter is missing, or is none of the operation's.
    """
    left = dict(parameters)
    names = [name for _, name, _, _ in string.Formatter().parse(operation.path) if name]
    if missing := [name for name in names if not left.get(name)]:
        raise TypeError(f"{operation.path} needs {', '.join(missing)}")
    path = operation.path.format_map({name: quote(str(left.pop(name)), safe="") for name in names})
    body = left.pop(operation.body, None) if operation.body else None
    query = {name: _text(value) for name in operation.query if (value := left.pop(name, None)) is not None}
    if left:
        raise TypeError(f"{operation.path} has no parameter {', '.join(left)}")
    if body is not None and operation.body != "filter" and not (isinstance(body, dict) and operation.body in body):
        body = {operation.body: body}
    return path, query, body


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value)


def _message(content: bytes) -> str:
    try:
        answer = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return ""
    return str(answer.get("message", ""))[:300] if isinstance(answer, dict) else ""
