"""A pocket card's link: the page behind it, and the one browser that may open it.

Fetching the page shows nothing and claims nothing, for messengers and mail filters look at links before people do; the
page itself asks to open the card. Must not know how cards are made or sent.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from aiohttp import web
from pydantic import Field

from cti.agents.logins import Identity
from cti.agents.throttle import Throttle
from cti.calls import records
from cti.errors import NotFound, NotLoggedIn, Refused
from cti.pocket.model import PocketCard
from cti.web.call_routes import tie
from cti.web.operations import Access, Answer, Asked, Body, Operations
from cti.web.pages import STATIC
from cti.web.protection import sender_of
from cti.web.services import SERVICES
from cti.web.wrapup_routes import OutcomeAnswer, WrapUpAnswer, WrapUpBody, file_for, list_outcomes
from cti.wrapup.filing import find
from cti.wrapup.model import had_a_part

operations = Operations()
"""Under `/p`, not under `/api/v1`: they are the page's own."""

GUESSES = web.AppKey("pocket_guesses", Throttle)


class OpenedAnswer(Answer):
    """A card that this browser may show, or one that is gone and says why. Instants are UTC."""

    card: str
    state: str
    reason: str
    by_name: str
    agent: str
    name: str
    ended: datetime | None
    expires: datetime
    language: str


async def pocket_page(request: web.Request) -> web.StreamResponse:
    """The page behind a link; 404 for whatever is no link of ours, or not any more."""
    try:
        card_of(request)
    except NotFound:
        # People tap old links: they get the page, which says so, under the status that machines understand.
        return web.Response(text=_shell(), status=404, content_type="text/html")
    return web.Response(text=_shell(), content_type="text/html")


class ChosenCustomer(Body):
    """One of those the number may belong to."""

    customer_id: int = Field(ge=1)


@operations.route("POST", "/{token}/customer", body=ChosenCustomer, answer=dict[str, int], access=Access.PUBLIC)
async def choose_customer(asked: Asked) -> dict[str, int]:
    """Say which of the number's people is calling; the card changes on the desktop too."""
    card = held_card(asked)
    pop = asked.services.pocket.snapshot(card).pop
    if pop is None or asked.body.customer_id not in {match.customer_id for match in pop.matches}:
        raise Refused("choose one of the people this number may belong to")
    await tie(asked, card.linkedid, asked.body.customer_id)
    return {"customer_id": asked.body.customer_id}


class OutcomesAnswer(Answer):
    """What may have come of the call, in both languages, and whether that was filed already."""

    outcomes: list[OutcomeAnswer]
    filed: bool


@operations.route("GET", "/{token}/wrap-up", answer=OutcomesAnswer, access=Access.PUBLIC)
async def read_outcomes(asked: Asked) -> OutcomesAnswer:
    """The outcomes to choose from after the call."""
    card = held_card(asked)
    async with asked.services.store.session() as session:
        found = await find(session, card.linkedid)
    return OutcomesAnswer(outcomes=await list_outcomes(asked), filed=bool(found and found.disposition))


@operations.route("POST", "/{token}/wrap-up", body=WrapUpBody, answer=WrapUpAnswer, access=Access.PUBLIC)
async def file_outcome(asked: Asked) -> dict[str, Any]:
    """File what came of the call, as the card's agent."""
    card = held_card(asked)
    services = asked.services
    call = services.tracker.get(card.linkedid)
    if call is None:
        async with services.store.session() as session:
            call = await records.load(session, card.linkedid)
    if call is None or not had_a_part(call, card.agent):
        raise Refused("only who had this call files it, or who leads")
    me = Identity(login=f"pocket:{card.agent}", role="agent", agent=card.agent)
    return await file_for(replace(asked, identity=me), call)


def held_card(asked: Asked) -> PocketCard:
    """The card of the link, in the browser that holds it.

    Raises:
        NotFound: there is no such link, or it is over; NotLoggedIn: another browser holds it.
    """
    card = card_of(asked.request)
    if not asked.services.pocket.holds(card, session_of(asked.request, card.id)):
        raise NotLoggedIn("this card is not open in this browser; open its link, or log in")
    if not card.live:
        raise NotFound("this card is over")
    return card


@operations.route("POST", "/{token}/open", answer=OpenedAnswer, access=Access.PUBLIC)
async def open_card(asked: Asked) -> web.Response:
    """Open the card in this browser, the first that asks; it gets a cookie that no other has."""
    request, pocket = asked.request, asked.services.pocket
    card = card_of(request)
    card, session = pocket.open(request.match_info["token"], session_of(request, card.id))
    standing = pocket.snapshot(card).standing
    answer = OpenedAnswer(
        card=card.id,
        state=standing.state,
        reason=standing.reason,
        by_name=standing.by_name,
        agent=standing.agent,
        name=standing.name,
        ended=standing.ended,
        expires=standing.expires,
        language=asked.services.settings.language,
    )
    response = web.Response(text=answer.model_dump_json(), content_type="application/json")
    if session is not None:
        response.set_cookie(
            cookie_of(card.id),
            session,
            max_age=int((card.expires - asked.services.now()).total_seconds()) + 3600,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=request.secure or request.headers.get("Origin", "").startswith("https://"),
        )
    return response


@cache
def _shell() -> str:
    return (STATIC / "pocket.html").read_text("utf-8")


def card_of(request: web.Request) -> PocketCard:
    """The card of the link that is asked for.

    A link that is right is always served: 256 random bits are not guessed, and an agent may share an address with
    whoever tries. Wrong ones are answered slower and slower.

    Raises:
        NotFound: there is none; TooManyAttempts: this address has asked for too many that there are not.
    """
    services = request.config_dict[SERVICES]
    try:
        return services.pocket.find(request.match_info["token"])
    except NotFound:
        throttle, key, now = (
            request.config_dict[GUESSES],
            sender_of(request, services.settings.proxies),
            time.monotonic(),
        )
        throttle.check(key, now)
        throttle.failed(key, now)
        raise


def cookie_of(card_id: str) -> str:
    """A cookie for each card: two calls may ring one phone."""
    return f"rw_pocket_{card_id}"


def session_of(request: web.Request, card_id: str) -> str | None:
    """What this browser holds for the card."""
    return request.cookies.get(cookie_of(card_id))
