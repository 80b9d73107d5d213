"""`ringward route rehearse` and `ringward report rehearsal`: would every chain ring if somebody called now."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
import typer

from cti.agents.directory import DirectoryCache
from cti.bus import LocalBus
from cti.cli.calls import names_of
from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.customers.index import CallerIndex
from cti.errors import NotFound
from cti.rehearse import connected, keep, look
from cti.reports.reading import read_last_rehearsal
from cti.reports.rehearsal import OK, SENTENCES, Chain, Finding, Rehearsal, rehearse
from cti.wording import code_text


def rehearse_chains(context: typer.Context, as_json: AsJson = False) -> None:
    """Try every chain without ringing anybody: phones, carrier, deputies, Asterisk's copy. Exit 1 if anything fails."""
    terminal = terminal_of(context)
    with _quiet():
        found, names = terminal.run(_rehearse(terminal))
    _show(terminal, found, names, as_json)
    if found.failures:
        raise typer.Exit(1)


def show_rehearsal(context: typer.Context, as_json: AsJson = False) -> None:
    """What the last rehearsal of the chains found, the daemon's daily one or one by hand."""
    terminal = terminal_of(context)
    found, names = terminal.run(_last(terminal))
    _show(terminal, found, names, as_json)


def told(finding: Finding, terminal: Terminal) -> dict[str, str]:
    """A finding in words."""
    what, advice = SENTENCES[finding.code]
    return {
        "check": finding.code,
        "state": finding.state,
        "subject": finding.subject,
        "what": terminal.text(what, **finding.values),
        "advice": terminal.text(advice, **finding.values) if advice else "",
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the daemon's own log off the terminal: what went wrong is among the findings."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


async def _rehearse(terminal: Terminal) -> tuple[Rehearsal, dict[str, str]]:
    async with terminal.store() as store, connected(terminal.settings) as ami:
        at, bus = datetime.now(UTC), LocalBus()
        directory, callers = DirectoryCache(store, bus), CallerIndex(store, bus, lambda: at)
        await directory.load()
        await callers.load()
        found = rehearse(await look(terminal.settings, store, directory, callers, ami, at))
        await keep(store, found, scheduled=False)
        async with store.session() as session:
            return found, await names_of(session)


async def _last(terminal: Terminal) -> tuple[Rehearsal, dict[str, str]]:
    async with terminal.store() as store:
        found = await read_last_rehearsal(store)
        if found is None:
            raise NotFound("no rehearsal yet; make one with `ringward route rehearse`")
        async with store.session() as session:
            return found, await names_of(session)


def _show(terminal: Terminal, found: Rehearsal, names: dict[str, str], as_json: bool) -> None:
    said = [told(finding, terminal) for finding in found.findings]
    if as_json:
        plain: dict[str, Any] = msgspec.to_builtins(found)
        terminal.json(plain | {"findings": said})
        return
    terminal.line(terminal.when(found.at))
    headings = ["Chain", "Who would ring", "Phones ready"]
    terminal.table(headings, [_chain_row(terminal, chain, names) for chain in found.chains])
    wrong = [one for one in said if one["state"] != OK]
    for one, following in zip(wrong, [*wrong[1:], None], strict=True):
        # Eight phones that are off need one piece of advice, not eight.
        said_next = following is not None and following["advice"] == one["advice"]
        advice = f"\n      → {one['advice']}" if one["advice"] and not said_next else ""
        terminal.line(f"{terminal.text(one['state']):<5} {one['what']}{advice}")
    fine = sum(one["state"] == OK for one in said)
    terminal.say(
        "{fine} as they should be, {fails} failed, {warnings} to look at.",
        fine=fine,
        fails=found.failures,
        warnings=found.warnings,
    )


def _chain_row(terminal: Terminal, chain: Chain, names: dict[str, str]) -> list[str]:
    steps = [
        f"{code_text('kind', step.kind, terminal.language)} {_people(step.agents, names)} {step.seconds} s"
        for step in chain.steps
    ]
    ready = ", ".join(f"{step.ready}/{step.phones}" for step in chain.steps)
    return [names.get(chain.subject, chain.subject), " → ".join(steps), ready]


def _people(agents: tuple[str, ...], names: dict[str, str]) -> str:
    return "+".join(names.get(agent, agent) for agent in agents)
