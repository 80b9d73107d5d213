"""`ringward serve` and `ringward doctor`: the daemon, and whether everything around it is well."""

from __future__ import annotations

import contextlib
import ctypes

import typer

from cti.cli.terminal import AsJson, terminal_of
from cti.doctor import FAIL, WARN, examine


def serve(context: typer.Context) -> None:
    """Run the daemon in the foreground until Ctrl-C or SIGTERM."""
    terminal = terminal_of(context)
    settings = terminal.settings
    give_memory_back()
    import uvloop

    from cti.app import serve as serve_daemon
    from cti.local.apply import apply_where_ours

    uvloop.run(serve_daemon(settings, apply_where_ours))


def give_memory_back() -> None:
    """Let glibc return freed memory at once and keep few arenas: a sixth less resident. No harm with another libc."""
    trim_threshold, arena_max = -1, -8  # M_TRIM_THRESHOLD and M_ARENA_MAX of malloc.h
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(trim_threshold, 65_536)
        mallopt(arena_max, 2)


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Look at everything that a call needs, and say what to do about what is wrong. Exit status 1 if anything fails."""
    terminal = terminal_of(context)
    findings = terminal.run(examine(terminal.settings))
    told = [
        {
            "check": finding.check,
            "state": finding.state,
            "what": terminal.text(finding.what, **finding.values),
            "advice": terminal.text(finding.advice, **finding.values) if finding.advice else "",
        }
        for finding in findings
    ]
    if as_json:
        terminal.json(told)
    else:
        for one, following in zip(told, [*told[1:], None], strict=True):
            # Eight phones that are off need one piece of advice, not eight.
            said_next = following is not None and following["advice"] == one["advice"]
            advice = f"\n      → {one['advice']}" if one["advice"] and not said_next else ""
            terminal.line(f"{terminal.text(one['state']):<5} {one['check']:<12} {one['what']}{advice}")
        counted = {state: sum(one["state"] == state for one in told) for state in (FAIL, WARN)}
        terminal.say("{fails} failed, {warnings} to look at.", fails=counted[FAIL], warnings=counted[WARN])
    if any(finding.state == FAIL for finding in findings):
        raise typer.Exit(1)
