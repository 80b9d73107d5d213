"""`ringward demo`: a call through the real PBX for those who have no SIP phone."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from cti.agents.dialling import dialled_key, national
from cti.asterisk.ari import AriClient
from cti.calls import records
from cti.calls.model import Call, CallState
from cti.cli.calls import names_of
from cti.cli.routes import Called, plan_of
from cti.cli.terminal import Terminal, terminal_of
from cti.customers.numbers import normalise
from cti.doctor import phone_state
from cti.errors import Refused, SwitchUnavailable
from cti.local.demo_call import WHO_ANSWERS, Outcome, Stage, Tell, Wish, answering, desks_of, play
from cti.pocket import ledger
from cti.wording import reason_text

app = typer.Typer(help="Try it without a phone.", no_args_is_help=True)

RECORD_SECONDS = 5.0
"""How long the record may take to be written after the call; it takes milliseconds while the daemon runs."""

LOOK_SECONDS = 0.3
"""Between two looks for pocket cards: soon enough for a mobile that rings ten seconds."""


@app.callback()
def _noun() -> None:
    """Try it without a phone."""


@app.command("call")
def demo_call(
    context: typer.Context,
    sender: Annotated[str, typer.Option("--from", help="Who calls; '' withholds the number.")] = "0933000222",
    to: Annotated[str, typer.Option("--to", help="The number that is dialled.")] = "0255501000",
    answer: Annotated[str, typer.Option(help="Who picks up: desk, mobile, deputy or nobody.")] = "desk",
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0, help="How long it rings before it is answered (10); with nobody: when the caller gives up."
        ),
    ] = None,
    talk: Annotated[float, typer.Option(min=0, help="How long they talk.")] = 3.0,
    name: Annotated[str, typer.Option(help="Caller's name as the carrier shows it.")] = "",
) -> None:
    """Place a call through the running PBX, with simulated carrier and desk phones; tells step by step what rings."""
    terminal = terminal_of(context)
    if answer not in WHO_ANSWERS:
        raise typer.BadParameter(f"{answer} is not one of {', '.join(WHO_ANSWERS)}", param_hint="--answer")
    e164 = normalise(sender).e164
    caller = national(e164) if e164 else re.sub(r"[^0-9A-Za-z+*#._-]", "", sender) or "anonymous"
    wish = Wish(caller, name, national(dialled_key(to)), answer, seconds, talk)
    outcome = terminal.run(_demonstrate(terminal, wish, sender))
    if outcome.answered != (answer != "nobody"):
        raise typer.Exit(1)


async def _demonstrate(terminal: Terminal, wish: Wish, sender: str) -> Outcome:
    described = _described(terminal)
    started = datetime.now(UTC)
    plan = await plan_of(terminal, Called(wish.dialled), sender, started)
    answering(plan["steps"], wish.answer)  # say so before anything rings
    stage = await _stage(terminal, described, plan["steps"])
    _introduce(terminal, described, plan)

    def tell(sentence: str, **values: object) -> None:
        clock = datetime.now(terminal.settings.zone).strftime("%H:%M:%S")
        terminal.line(f"{clock}  {terminal.text(sentence, **values).rstrip()}")

    telling = asyncio.create_task(_tell_cards(terminal, started, stage.names, tell))
    try:
        outcome = await play(stage, wish, plan["steps"], tell)
    except TimeoutError:
        raise SwitchUnavailable("Asterisk does not answer on its SIP port; `ringward doctor` says more") from None
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    await _tell_record(terminal, wish, started)
    return outcome


def _described(terminal: Terminal) -> dict[str, Any]:
    file = terminal.settings.home / "demo.json"
    try:
        described: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{file} cannot be read: start the demo company with ./run first") from error
    return described


async def _stage(terminal: Terminal, described: dict[str, Any], steps: list[dict[str, Any]]) -> Stage:
    settings, sip = terminal.settings, described["sip"]
    host, _, port = sip["carrier"].rpartition(":")
    client = AriClient(
        f"http://{settings.bind_host}:{settings.ari_port}", settings.ari_user, settings.ari_secret, settings.ari_app
    )
    try:
        async with asyncio.timeout(5):
            states = {one: await phone_state(client, one) for one in desks_of(steps)}
    except (SwitchUnavailable, TimeoutError):
        raise SwitchUnavailable("Asterisk is not running here; start it with ./run") from None
    finally:
        await client.close()
    async with terminal.store() as store, store.session() as session:
        names = await names_of(session)
    return Stage(
        server=(sip["host"], int(sip["port"])),
        carrier=(host, int(port)),
        passwords={phone["extension"]: phone["password"] for phone in sip["phones"]},
        occupied=frozenset(one for one, state in states.items() if state == "online"),
        names=names,
    )


def _introduce(terminal: Terminal, described: dict[str, Any], plan: dict[str, Any]) -> None:
    known = plan["customer"]
    who = known["name"] if known else terminal.text("unknown caller")
    first = plan["steps"][0] if plan["steps"] else None
    terminal.say("Calling: {who} ({number})", who=who, number=plan["caller"] or terminal.text("withheld"))
    for number, step in enumerate(plan["steps"], 1):
        terminal.line(f"  {number}. {step['why']} ({step['seconds']} s)")
    agent = first["agent"] if first else None
    user = next((one for one in described["web"]["users"] if agent and one.get("agent") == agent), None)
    if user:
        terminal.say(
            "To see the card come up, log in at {url}/ as {login} with password {password}.",
            url=described["web"]["url"],
            login=user["login"],
            password=user["password"],
        )


async def _tell_cards(terminal: Terminal, started: datetime, names: Mapping[str, str], tell: Tell) -> None:
    """Tell the links of pocket cards as they are sent, where they may be seen."""
    told: set[str] = set()
    async with terminal.store() as store:
        while terminal.settings.pocket_log:
            async with store.session() as session:
                cards = await ledger.between(session, started, started + timedelta(days=1))
            for card in cards:
                if card.shown_link and card.id not in told:
                    told.add(card.id)
                    tell("Pocket card of {who}: {link}", who=names.get(card.agent, card.agent), link=card.shown_link)
            await asyncio.sleep(LOOK_SECONDS)


async def _tell_record(terminal: Terminal, wish: Wish, started: datetime) -> None:
    call = await _find_record(terminal, wish, started)
    if call is None:
        terminal.say("No record yet: the daemon is not running, and will write it when it is back.")
        return
    for leg in call.legs:
        how = reason_text(leg.reason, terminal.language) or "-"
        terminal.line(f"  {leg.index}. {leg.endpoint}: {how}")
    terminal.say("The record: ringward call show {linkedid}", linkedid=call.linkedid)


async def _find_record(terminal: Terminal, wish: Wish, started: datetime) -> Call | None:
    since = started - timedelta(seconds=1)
    loop = asyncio.get_running_loop()
    ends = loop.time() + RECORD_SECONDS
    async with terminal.store() as store:
        while True:
            async with store.session() as session:
                for call in await records.recent(session, limit=20):
                    ours = call.started is not None and call.started >= since and call.caller_raw == wish.caller
                    if ours and call.state is CallState.ENDED:
                        return call
            if loop.time() > ends:
                return None
            await asyncio.sleep(0.1)
