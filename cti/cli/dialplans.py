"""`ringward dialplan`: Asterisk's configuration, rendered; and hooking into an Asterisk that a site already has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.errors import Refused
from cti.local.own_asterisk import HOOK, INCLUDES, SECRETS, Finding, check, own_files
from cti.local.site import site_of
from dialplan.prompts import make_prompts
from dialplan.render import render
from dialplan.site import Paths, Site, SiteUnfit

app = typer.Typer(help="Asterisk's configuration.", no_args_is_help=True)

Target = Annotated[Path, typer.Option("--target", help="The configuration folder of the site's own Asterisk.")]
Sounds = Annotated[
    Path | None, typer.Option("--sounds", help="Where the spoken prompts go; TARGET/ringward-sounds unless given.")
]


@app.command("render")
def render_files(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option(help="Write the files into this folder instead of printing them.")] = None,
) -> None:
    """Every file of an Asterisk that serves Ringward alone, as it is made from the settings and the database now."""
    terminal = terminal_of(context)
    try:
        texts = render(terminal.run(_site(terminal, None)))
    except SiteUnfit as error:
        raise Refused(f"Asterisk's configuration cannot be written: {error}") from error
    if to is None:
        for name, text in texts.items():
            typer.echo(f"; ======== {name}\n{text}")
        return
    for name in _write(to, texts, frozenset(texts)):
        terminal.say("wrote {file}", file=to / name)


@app.command("install")
def install(
    context: typer.Context,
    target: Target = Path("/etc/asterisk"),
    sounds: Sounds = None,
    only_check: Annotated[bool, typer.Option("--check", help="Change nothing; say what is missing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hook Ringward into an Asterisk that is there already: our own files beside the site's, which stay untouched."""
    terminal = terminal_of(context)
    if not target.is_dir():
        raise Refused(f"{target} is no folder; give the one where extensions.conf is with --target")
    paths = Paths(prompts=str((sounds or target / "ringward-sounds").absolute()))
    site = terminal.run(_site(terminal, paths))
    if not only_check:
        _install(terminal, target, site, quiet=as_json)
    try:
        findings = check(target, site)
    except OSError as error:
        raise Refused(f"{target} cannot be read: {error.strerror}") from error
    _print_findings(terminal, findings, as_json)
    if only_check and not all(finding.good for finding in findings):
        raise typer.Exit(1)


async def _site(terminal: Terminal, paths: Paths | None) -> Site:
    async with terminal.store() as store, store.session() as session:
        return await site_of(session, terminal.settings, paths)


def _install(terminal: Terminal, target: Path, site: Site, *, quiet: bool) -> None:
    try:
        written = _write(target, own_files(site), SECRETS)
        make_prompts(Path(site.paths.prompts))
    except SiteUnfit as error:
        raise Refused(f"Asterisk's configuration cannot be written: {error}") from error
    except OSError as error:
        raise Refused(f"{target} cannot be written: {error.strerror}") from error
    if quiet:
        return
    for name in written:
        terminal.say("wrote {file}", file=target / name)
    terminal.say("Your own files were not touched. Two lines hand your calls over:")
    terminal.line(f'  extensions.conf    #include "{INCLUDES["extensions.conf"]}"')
    terminal.line(f"                     same => n,{HOOK}")


def _write(target: Path, texts: dict[str, str], secret: frozenset[str]) -> list[str]:
    """Write what differs, each file whole or not at all; those with secrets for their owner and group only."""
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in texts.items():
        path = target / name
        if path.is_file() and path.read_text(encoding="utf-8", errors="replace") == text:
            continue
        draft = target / f".{name}.new"
        draft.unlink(missing_ok=True)
        mode = 0o640 if name in secret else 0o644
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(text)
        # Asterisk reads its files as its own user: ours get the folder's owner and group.
        folder = target.stat()
        if os.geteuid() == 0:
            os.chown(draft, folder.st_uid, folder.st_gid)
        draft.replace(path)
        written.append(name)
    return written


def _print_findings(terminal: Terminal, findings: list[Finding], as_json: bool) -> None:
    told = [
        {
            "good": finding.good,
            "what": terminal.text(finding.what, **finding.values),
            "advice": terminal.text(finding.advice, **finding.values) if finding.advice else "",
        }
        for finding in findings
    ]
    if as_json:
        terminal.json(told)
        return
    for one in told:
        mark = terminal.text("ok") if one["good"] else terminal.text("missing")
        terminal.line(f"{mark}  {one['what']}" + (f" — {one['advice']}" if one["advice"] else ""))
