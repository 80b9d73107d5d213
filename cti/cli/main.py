"""The `ringward` command: its nouns, its language, and what becomes of errors (exit status 0, 1 or 2).

Must not know what any noun does.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from typing import Annotated, Any

import structlog
import typer
from sqlalchemy.exc import DBAPIError
from typer.exceptions import TyperException

from cti import __version__
from cti.cli.terminal import Terminal, printable
from cti.errors import RingwardError
from cti.store.shape import StoreMisfits
from cti.wording import LANGUAGES, error_text, known_language

DONE, REFUSED, WRONG_USAGE = 0, 1, 2

COMMANDS = {
    "serve": "daemon.serve",
    "doctor": "daemon.doctor",
}
"""What has no noun, and NOUNS what has: name -> where it stands in `cti.cli`. Loaded when it is asked for: the whole
takes half as long again as most of its parts, and a person waits for it."""

NOUNS = {
    "db": "database.app",
    "agent": "agents.app",
    "phone": "phones.app",
    "trunk": "trunks.app",
    "login": "logins.app",
    "presence": "presence.app",
    "customer": "customers.app",
    "interaction": "intakes.app",
    "import": "imports.app",
    "webhook": "webhooks.app",
    "order": "orders.order_app",
    "payment": "orders.payment_app",
    "call": "call_control.app",
    "promise": "promises.app",
    "ticket": "tickets.app",
    "pocket": "pocket.app",
    "route": "routes.app",
    "calendar": "calendars.app",
    "report": "reports.app",
    "worth": "worths.app",
    "play": "plays.app",
    "audit": "audits.app",
    "retention": "privacy.app",
    "dialplan": "dialplans.app",
    "wall": "walls.app",
    "demo": "demo.app",
}


def command_line(only: str | None = None) -> typer.Typer:
    """The whole command line, or as much of it as one that begins with the noun or command `only` needs."""
    app = typer.Typer(
        name="ringward",
        help="Ringward: no call is missed, and whoever answers already knows the caller.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_top)
    for name, place in COMMANDS.items():
        if only in {None, name}:
            app.command(name)(_loaded(place))
    for name, place in NOUNS.items():
        if only in {None, name}:
            app.add_typer(_loaded(place), name=name)
    return app


def _loaded(place: str) -> Any:
    module, _, attribute = place.partition(".")
    return getattr(importlib.import_module(f"cti.cli.{module}"), attribute)


def _noun_of(arguments: list[str]) -> str | None:
    """The noun or command, when nothing stands before it that may be asked of the whole."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "--lang":
            next(rest, None)
        elif not argument.startswith("--lang="):
            return argument if argument in COMMANDS or argument in NOUNS else None
    return None


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ringward {__version__}")
        raise typer.Exit


def _top(
    context: typer.Context,
    lang: Annotated[str | None, typer.Option("--lang", help="Language of the output: zh-Hant or en.")] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    language = None if lang is None else known_language(lang)
    if lang is not None and language is None:
        raise typer.BadParameter(f"{lang} is not one of {', '.join(LANGUAGES)}", param_hint="--lang")
    context.obj = Terminal(language)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and end the process: 0 done, 1 refused or not found, 2 wrong usage."""
    raise SystemExit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status; every expected error becomes one sentence on stderr."""
    before = structlog.get_config()
    # What a part logs is no part of the answer: with --json it would make it unreadable.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    try:
        return _run(arguments)
    finally:
        structlog.configure(**before)


def _run(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a name the terminal cannot show must not end the command
    language = _language_of(arguments)
    try:
        status = command_line(_noun_of(arguments))(arguments, prog_name="ringward", standalone_mode=False)
    except TyperException as error:
        return _wrong_usage(error, language)
    except RingwardError as error:
        return _refuse(_sentence(error), language, error.code)
    except DBAPIError as error:
        # A table or column is missing: the database is older (or newer) than this version.
        reason = _first_line(error.orig)
        sentence = f"the database does not fit this version: {reason}; run `ringward db upgrade`"
        return _refuse(sentence, language, "refused")
    except BrokenPipeError:
        # `… | head` has seen enough; Python would complain once more while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (typer.Abort, KeyboardInterrupt, asyncio.CancelledError):
        return 130
    return status if isinstance(status, int) else DONE


def _wrong_usage(error: TyperException, language: str) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message())
        return WRONG_USAGE
    _print_error(error_text(_first_line(error.format_message()), language, "invalid"))
    return error.exit_code


def _refuse(sentence: str, language: str, code: str) -> int:
    _print_error(error_text(sentence, language, code))
    return REFUSED


def _print_error(sentence: str) -> None:
    sys.stderr.write(f"ringward: {printable(sentence)}\n")


def _sentence(error: RingwardError) -> str:
    """One sentence: a driver's error has its statement and a link behind it, which help nobody here."""
    cause = error.__cause__
    if isinstance(cause, DBAPIError) and not isinstance(error, StoreMisfits):
        head = str(error).partition(": ")[0]
        return f"{head}: {_first_line(cause.orig)}"
    return _first_line(error)


def _first_line(error: object) -> str:
    return str(error).strip().partition("\n")[0]


def _language_of(arguments: list[str]) -> str:
    """For errors: they may come before the settings are read, or because these cannot be."""
    given = ""
    for place, argument in enumerate(arguments):
        if argument == "--lang" and place + 1 < len(arguments):
            given = arguments[place + 1]
        elif argument.startswith("--lang="):
            given = argument.partition("=")[2]
    try:
        return known_language(given) or Terminal().language
    except RingwardError:
        return known_language(os.environ.get("RINGWARD_LANGUAGE", "")) or LANGUAGES[0]
