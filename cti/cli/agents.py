"""`ringward agent`: the people whose phones ring."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cti.agents import people, setup
from cti.agents.tables import AgentRow
from cti.cli import leaves, mentors, phones
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.wording import code_text

app = typer.Typer(help="The people whose phones ring.", no_args_is_help=True)
app.add_typer(leaves.app, name="leave")
app.command("mentor")(mentors.mentor)

Code = Annotated[str, typer.Argument(help="The agent's code, like 101.")]
Extension = Annotated[str | None, typer.Option(help="Desk extension; '' for none.")]
Mobile = Annotated[str | None, typer.Option(help="Mobile number in any form; '' for none.")]
Deputy = Annotated[str | None, typer.Option(help="Code of the agent who stands in; '' for none.")]
Nickname = Annotated[str | None, typer.Option(help="What colleagues say.")]
Department = Annotated[str | None, typer.Option(help="Department.")]
DeskSeconds = Annotated[int | None, typer.Option(help="How long the desk rings.")]
MobileSeconds = Annotated[int | None, typer.Option(help="How long the mobile rings.")]
Direct = Annotated[str | None, typer.Option(help="Direct number in any form; '' for none.")]
Groups = Annotated[str | None, typer.Option(help="All groups to ring in, like company,night; '' for none.")]
Language = Annotated[str | None, typer.Option(help="What their mobile is told in: zh-Hant or en; '' for the firm's.")]
DeputySeconds = Annotated[int | None, typer.Option(help="How long this desk rings when standing in for another.")]


@app.command("list")
def list_agents(
    context: typer.Context,
    everyone: Annotated[bool, typer.Option("--all", help="Those who have left, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Everybody, with desk, mobile and deputy."""
    terminal = terminal_of(context)
    rows = terminal.run(_all(terminal, active_only=not everyone))
    if as_json:
        terminal.json([to_json(row) for row in rows])
    elif not rows:
        terminal.say("There is no agent yet; add one with `ringward agent add`.")
    else:
        headings = ["Code", "Name", "Nickname", "Department", "Desk", "Mobile", "Deputy", "Rings (s)", "Presence"]
        terminal.table(headings, [_row(terminal, row) for row in rows])


@app.command("show")
def show_agent(context: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """One agent."""
    terminal = terminal_of(context)
    _show(terminal, terminal.run(_one(terminal, code)), as_json)


@app.command("add")
def add_agent(
    context: typer.Context,
    code: Code,
    name: Annotated[str, typer.Option(help="Full name.")],
    nickname: Nickname = None,
    department: Department = None,
    extension: Extension = None,
    mobile: Mobile = None,
    deputy: Deputy = None,
    desk_seconds: DeskSeconds = None,
    mobile_seconds: MobileSeconds = None,
    deputy_seconds: DeputySeconds = None,
    language: Language = None,
    direct: Direct = None,
    groups: Groups = None,
    as_json: AsJson = False,
) -> None:
    """Add an agent. A desk phone gets a password (`ringward phone show`), and Asterisk learns of it at once."""
    terminal = terminal_of(context)
    fields = _given(
        nickname=nickname,
        department=department,
        extension=extension,
        mobile=mobile,
        deputy=deputy,
        desk_seconds=desk_seconds,
        mobile_seconds=mobile_seconds,
        deputy_seconds=deputy_seconds,
        language=language,
    )
    made = terminal.run(_set_up(terminal, code, {"name": name, **fields}, direct, groups, new=True))
    _show(terminal, made, as_json)
    phones.bring_to_pbx(terminal, quiet=True)


@app.command("set")
def set_agent(
    context: typer.Context,
    code: Code,
    name: Annotated[str | None, typer.Option(help="Full name.")] = None,
    nickname: Nickname = None,
    department: Department = None,
    extension: Extension = None,
    mobile: Mobile = None,
    deputy: Deputy = None,
    desk_seconds: DeskSeconds = None,
    mobile_seconds: MobileSeconds = None,
    deputy_seconds: DeputySeconds = None,
    language: Language = None,
    presence: Annotated[str | None, typer.Option(help="available, away or dnd.")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Whether they take calls at all.")] = None,
    direct: Direct = None,
    groups: Groups = None,
    as_json: AsJson = False,
) -> None:
    """Change what is named; the rest stays. Live routing follows within a second."""
    terminal = terminal_of(context)
    changes = _given(
        name=name,
        nickname=nickname,
        department=department,
        extension=extension,
        mobile=mobile,
        deputy=deputy,
        desk_seconds=desk_seconds,
        mobile_seconds=mobile_seconds,
        deputy_seconds=deputy_seconds,
        language=language,
        presence=presence,
        active=active,
    )
    if not changes and direct is None and groups is None:
        raise typer.BadParameter("say what to change, like --deputy 102")
    _show(terminal, terminal.run(_set_up(terminal, code, changes, direct, groups, new=False)), as_json)
    if changes.keys() & {"name", "extension", "mobile", "active"}:
        phones.bring_to_pbx(terminal, quiet=True)


@app.command("profile")
def set_profile(
    context: typer.Context,
    code: Code,
    profile: Annotated[str, typer.Argument(help="desk-and-mobile or mobile-only.")],
    as_json: AsJson = False,
) -> None:
    """With a desk phone, or with a mobile only. Nothing is lost: the numbers are kept and come back."""
    terminal = terminal_of(context)
    _show(terminal, terminal.run(_set(terminal, code, {"profile": profile})), as_json)


@app.command("steps")
def set_steps(
    context: typer.Context,
    code: Code,
    steps: Annotated[list[str] | None, typer.Argument(help="Like desk:8 both:20; none for desk, then mobile.")] = None,
    as_json: AsJson = False,
) -> None:
    """The agent's own chain: which phones ring, one step after another, for how many seconds."""
    terminal = terminal_of(context)
    _show(terminal, terminal.run(_set(terminal, code, {"steps": " ".join(steps or [])})), as_json)


@app.command("shows")
def set_shown(
    context: typer.Context,
    code: Code,
    number: Annotated[str, typer.Argument(help="company, direct, or a number of the firm.")],
    as_json: AsJson = False,
) -> None:
    """Which number those see whom the agent calls: the company's, the agent's own, or a branch's."""
    terminal = terminal_of(context)
    _show(terminal, terminal.run(_set(terminal, code, {"shows": number})), as_json)
    phones.bring_to_pbx(terminal, quiet=True)


def to_json(row: AgentRow) -> dict[str, Any]:
    """An agent as the command line gives it to programs; the phone's password is not among it."""
    return {
        "code": row.code,
        "name": row.name,
        "nickname": row.nickname,
        "department": row.department,
        "extension": row.extension,
        "mobile": row.mobile,
        "deputy": row.deputy,
        "desk_seconds": row.desk_seconds,
        "mobile_seconds": row.mobile_seconds,
        "deputy_seconds": row.deputy_seconds,
        "presence": row.presence,
        "active": row.active,
        "profile": row.profile,
        "steps": row.steps,
        "language": row.language,
        "shows": row.shows,
    }


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


async def _all(terminal: Terminal, *, active_only: bool) -> list[AgentRow]:
    async with terminal.store() as store, store.session() as session:
        return await people.list_agents(session, active_only=active_only)


async def _one(terminal: Terminal, code: str) -> AgentRow:
    async with terminal.store() as store, store.session() as session:
        return await people.get_agent(session, code)


async def _set_up(
    terminal: Terminal, code: str, fields: dict[str, Any], direct: str | None, groups: str | None, *, new: bool
) -> AgentRow:
    wanted = None if groups is None else [one.strip() for one in groups.split(",") if one.strip()]
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor(), terminal.settings.mobile_countries)
        return await setup.set_up(session, code, fields, new=new, direct=direct, groups=wanted)


async def _set(terminal: Terminal, code: str, changes: dict[str, Any]) -> AgentRow:
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor(), terminal.settings.mobile_countries)
        return await people.set_agent(session, code, **changes)


def _show(terminal: Terminal, row: AgentRow, as_json: bool) -> None:
    if as_json:
        terminal.json(to_json(row))
        return
    told = [
        ("Code", row.code),
        ("Name", row.name),
        ("Nickname", row.nickname),
        ("Department", row.department),
        ("Desk", row.extension),
        ("Mobile", row.mobile),
        ("Deputy", row.deputy),
        ("Rings (s)", _rings(row)),
        ("Profile", code_text("profile", row.profile, terminal.language)),
        ("Presence", _presence(terminal, row)),
        ("Language", row.language),
    ]
    terminal.table(["Field", "Value"], [(terminal.text(name), value) for name, value in told])


def _row(terminal: Terminal, row: AgentRow) -> list[str | None]:
    who = [row.code, row.name, row.nickname, row.department]
    return [*who, row.extension, row.mobile, row.deputy, _rings(row), _presence(terminal, row)]


def _rings(row: AgentRow) -> str:
    """Desk, mobile, and the desk when standing in; or the agent's own steps."""
    return row.steps or f"{row.desk_seconds} / {row.mobile_seconds} / {row.deputy_seconds}"


def _presence(terminal: Terminal, row: AgentRow) -> str:
    return code_text("presence", row.presence, terminal.language) if row.active else terminal.text("has left")
