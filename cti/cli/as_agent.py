"""Asks the running daemon in an agent's name: with the rights of their log-in, by the very routes that their page uses.

Whoever works on this machine could read a session out of the database anyway; that one was lent stands in the audit.
Must not know what is asked.
"""

from __future__ import annotations

from typing import Any

import aiohttp
from sqlalchemy import select

from cti.agents.logins import create_session, end_session
from cti.agents.tables import LoginRow
from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.cli.terminal import Terminal, actor
from cti.errors import Invalid, NotFound, Refused, RingwardError
from cti.store.engine import Store

ANSWER_SECONDS = 10.0
"""The longest answer is a phone's that is told to hold (2 s), behind a busy Asterisk."""

SESSION_HOURS = 1 / 60
"""For one question; it is ended behind it."""

RANKS = ("agent", "lead", "manager", "admin")
"""Of several log-ins of one agent the one that may do most. An auditor's does nothing to calls."""


async def ask_as(
    terminal: Terminal, agent: str, method: str, path: str, body: dict[str, Any] | None = None, *, linkedid: str
) -> Any:
    """What the daemon answers to this agent's page; None when it answers nothing.

    Raises:
        NotFound, Invalid, Refused: as the route does. Refused also: the agent has no log-in, the daemon is not there.
    """
    async with terminal.store() as store:
        token = await _lend(store, agent, f"{method} {path}", linkedid)
        try:
            return await _ask(terminal, token, method, path, body)
        finally:
            async with store.transaction() as session:
                await end_session(session, token)


async def _lend(store: Store, agent: str, what: str, linkedid: str) -> str:
    async with store.transaction() as session:
        rows = await session.scalars(select(LoginRow).where(LoginRow.agent_code == agent, LoginRow.active))
        logins = sorted((row for row in rows if row.role in RANKS), key=lambda row: RANKS.index(row.role))
        if not logins:
            raise Refused(f"agent {agent[:40]} has no log-in, whose rights these are; `ringward login add` makes one")
        login = logins[-1].login
        record(
            session,
            Entry(
                action="session.lent",
                actor=actor(),
                agent=agent,
                subject="login",
                subject_id=login,
                text=what,
                linkedid=linkedid,
            ),
        )
        return await create_session(session, login, SESSION_HOURS)


async def _ask(terminal: Terminal, token: str, method: str, path: str, body: dict[str, Any] | None) -> Any:
    settings = terminal.settings
    base = f"http://{settings.bind_host}:{settings.web_port}"
    # In English: the command line puts errors into the reader's language itself.
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS)) as web,
            web.request(method, f"{base}/api/v1{path}", json=body, headers=headers) as answer,
        ):
            said = await answer.json() if answer.content_type == "application/json" else None
            if answer.status >= 400:
                raise _refusal(said)
            return said
    except (aiohttp.ClientError, TimeoutError, ValueError):
        raise Refused(f"the daemon at {base} does not answer; start it, and try again") from None


def _refusal(said: Any) -> RingwardError:
    error = said.get("error", {}) if isinstance(said, dict) else {}
    sentence = str(error.get("message", "the daemon refused this"))
    return {"not_found": NotFound, "invalid": Invalid}.get(str(error.get("code")), Refused)(sentence)
