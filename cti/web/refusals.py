"""Every refusal of the web in one shape: RingwardError's codes to statuses, sentences in the reader's language.

Nothing of our inside (traces, paths, SQL) leaves the house. Must not know any single route.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from cti.agents.logins import Identity
from cti.agents.throttle import TooManyAttempts
from cti.audit.expecting import Stale
from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.errors import Invalid, RingwardError, StoreUnavailable
from cti.settings import Settings
from cti.store.shape import StoreMisfits
from cti.web.services import SERVICES
from cti.wording import error_text, known_language

log = structlog.get_logger(__name__)

STATUS = {
    "not_found": 404,
    "refused": 409,
    "stale": 409,
    "card_taken": 409,
    "invalid": 400,
    "not_logged_in": 401,
    "too_many_attempts": 429,
    "forbidden": 403,
    "too_large": 413,
    "wrong_media_type": 415,
    "method_not_allowed": 405,
    "switch_unavailable": 503,
    "store_unavailable": 503,
}
CODE_OF_STATUS = {
    status: code for code, status in STATUS.items() if code not in {"switch_unavailable", "stale", "card_taken"}
}
SENTENCES = {
    404: "there is nothing at this address",
    405: "this address cannot be used in that way",
    413: "that is too long; 64 kB are the most",
}
"""For what aiohttp refuses before any route is asked."""

ASKER = web.RequestKey("asker", Identity)
"""Who asked, as soon as it is known."""

_FIELD = re.compile(r"([a-z_]{2,40})(?:\.[0-9a-z_.]+)?: ")


class Forbidden(RingwardError):
    """Known, and not allowed to do this."""

    code = "forbidden"


class WrongMediaType(Invalid):
    """A write whose body does not call itself JSON: a form on another site could have sent it."""

    code = "wrong_media_type"


class TooLarge(Invalid):
    """A body of more bytes than its route takes; the sentence says how many kB those are."""

    code = "too_large"


def reader_language(request: web.Request, settings: Settings) -> str:
    """The first language of `Accept-Language` that we have, else the firm's."""
    for part in request.headers.get("Accept-Language", "")[:200].split(","):
        found = known_language(part.partition(";")[0])
        if found:
            return found
    return settings.language


def refusal(
    request: web.Request, status: int, code: str, sentence: str, wait: float = 5, more: Mapping[str, Any] | None = None
) -> web.Response:
    """One refusal as JSON. `sentence` is English; it is put into the reader's language here.

    A sentence that begins with a field's name (`mobile: …`) belongs beside that field: `field` says which.
    """
    language = reader_language(request, request.config_dict[SERVICES].settings)
    error = {"code": code, "message": error_text(sentence, language, code), **(more or {})}
    if field := _FIELD.match(sentence):
        error["field"] = field[1]
    body = {"error": error}
    headers = {"Retry-After": f"{wait:.0f}"} if status in {429, 503} else None
    return web.json_response(body, status=status, headers=headers)


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn everything raised below into an answer that says what to do next and nothing about our inside."""
    try:
        return await handler(request)
    except RingwardError as error:
        if isinstance(error, Forbidden | TooManyAttempts) and ASKER in request:
            await _write_down(request, error)
        status = STATUS.get(error.code, 400)
        if status >= 500:
            log.warning("web.unavailable", path=_route(request), code=error.code, reason=str(error))
        wait = error.seconds if isinstance(error, TooManyAttempts) else 5
        return refusal(request, status, error.code, _sentence(error), wait, _what_changed(error))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code = CODE_OF_STATUS.get(error.status, "refused")
        return refusal(request, error.status, code, SENTENCES.get(error.status, error.reason))
    except Exception:
        log.exception("web.failed", method=request.method, path=_route(request))
        return refusal(request, 500, "internal", "something went wrong here; it has been written down")


def _route(request: web.Request) -> str:
    """The address as it is declared: a pocket card's has its secret in it, which belongs into no log."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""


async def _write_down(request: web.Request, error: RingwardError) -> None:
    """What was refused to somebody known stands in the audit; a database that is away refuses all the same."""
    asker, services = request[ASKER], request.config_dict[SERVICES]
    row = services.directory.agent(asker.agent) if asker.agent else None
    entry = Entry(
        action="access.refused",
        actor=asker.login,
        agent=asker.agent,
        department=row.department if row is not None else "",
        subject="route",
        subject_id=f"{request.method} {request.path}",
        text=str(error),
    )
    try:
        async with services.store.transaction() as session:
            record(session, entry, services.now())
    except StoreUnavailable as away:
        log.warning("audit.not_written", action=entry.action, actor=entry.actor, reason=str(away))


def _what_changed(error: RingwardError) -> dict[str, Any] | None:
    """For whoever was overtaken by somebody else: by whom, when (UTC), and which fields were and are."""
    if not isinstance(error, Stale):
        return None
    fields = [{"field": name, "before": old, "after": new} for name, old, new in error.changes.fields()]
    return {"by": error.by, "at": error.at.isoformat() if error.at else None, "changes": fields}


def _sentence(error: RingwardError) -> str:
    """A database's own words name files and tables: they belong into the log, not onto a page."""
    if error.code == "store_unavailable" and not isinstance(error, StoreMisfits):
        return "the database cannot be used now; try again in a moment"
    return str(error)
