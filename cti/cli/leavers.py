"""`ringward agent leave CODE --to CODE`: somebody leaves the firm, and who follows gets everything they held."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from typer.core import TyperGroup

from cti import succession
from cti.agents import people
from cti.cli.phones import bring_to_pbx
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.errors import Invalid
from cti.promises.configured import ledger_of
from cti.succession import Succession

FOR_GOOD = "for-good"


class LeaveGroup(TyperGroup):
    """`agent leave add|list|remove` are absences; `agent leave 101 --to 102` is for good."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the verb in where an agent's code stands in its place."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = [FOR_GOOD, *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


def leave_for_good(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="The code of the agent who leaves, like 101.")],
    to: Annotated[str, typer.Option("--to", help="Who follows, like 102.")],
    deputy: Annotated[
        list[str] | None, typer.Option("--deputy", help="Who stands in for whom from now on, like 104=103.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would pass on; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Somebody leaves the firm: customers, matters, promises, duties, numbers and log-ins pass on, all or nothing."""
    terminal = terminal_of(context)
    done = terminal.run(_leave(terminal, code, to, _deputies(deputy or ()), dry_run=dry_run))
    if as_json:
        terminal.json(msgspec.to_builtins(done))
    else:
        _show(terminal, done)
    if not dry_run:
        bring_to_pbx(terminal, quiet=True)


async def _leave(
    terminal: Terminal, leaver: str, successor: str, deputies: dict[str, str], *, dry_run: bool
) -> Succession:
    settings, now = terminal.settings, datetime.now(UTC)
    async with terminal.store() as store:
        if dry_run:
            async with store.session() as session:
                return await succession.foresee(session, leaver, successor, deputies, now)
        async with store.transaction() as session:
            people.act_as(session, actor(), settings.mobile_countries)
            return await succession.succeed(
                session,
                leaver,
                successor,
                by=actor(),
                at=now,
                ledger=ledger_of(settings),
                deputies=deputies,
                mail=settings.notice_mail_to,
            )


def _deputies(given: list[str] | tuple[()]) -> dict[str, str]:
    found = {}
    for one in given:
        code, separator, deputy = one.partition("=")
        if not (code and separator and deputy):
            raise Invalid(f"deputy: {one} is none; write it like 104=103")
        found[code] = deputy
    return found


def _show(terminal: Terminal, done: Succession) -> None:
    sentence = "What {leaver} holds would pass to {successor}:"
    if done.version is not None:
        sentence = "{leaver} has left; {successor} follows:"
    terminal.say(sentence, leaver=done.leaver, successor=done.successor)
    rows: list[tuple[str, object]] = [
        ("Customers", done.customers),
        ("Open matters", done.matters),
        ("Promises to call back", len(done.promises)),
        ("Customers who want them as deputy", done.stands_in),
        ("Deputy from now on", ", ".join(f"{code} → {deputy}" for code, deputy in done.deputies.items())),
        ("Absences covered", done.leaves),
        ("Turns of the rota", done.turns),
        ("Groups", ", ".join(done.groups)),
        ("Direct numbers", ", ".join(done.numbers)),
        ("Queued notices", done.notices),
        ("Log-ins closed", ", ".join(done.logins)),
        ("Sessions ended", done.sessions),
        ("Mentors' times ended", done.mentors),
        ("Ways to their mobile forgotten", done.ways),
    ]
    terminal.table(["What", "How many"], [(terminal.text(name), value) for name, value in rows])
