"""What every command says and how: language, tables, JSON, the settings and the database it works on.

Must not know any noun.
"""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import sys
import unicodedata
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfoNotFoundError

import typer
from pydantic import ValidationError
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.engine import make_url

from cti.customers.telling import tell_to
from cti.errors import Refused
from cti.settings import Settings, home_from_environment
from cti.store.engine import Store
from cti.wording import LANGUAGES, known_language, translate

Result = TypeVar("Result")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

WIDTH_WITHOUT_TERMINAL = 200
"""Columns when the output goes into a file or a pipe: enough that no name is cut for a screen that is not there."""


class Terminal:
    """One run of the command line. `language` as given with `--lang`, else the installation's."""

    def __init__(self, language: str | None = None) -> None:
        self._language = language
        self._console = Console(width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL, soft_wrap=True)

    @cached_property
    def settings(self) -> Settings:
        """This installation's settings.

        Raises:
            Refused: one of them is not usable; the sentence names it.
        """
        return read_settings()

    @cached_property
    def language(self) -> str:
        """`zh-Hant` or `en`."""
        return self._language or known_language(self.settings.language) or LANGUAGES[0]

    def text(self, sentence: str, **values: object) -> str:
        """`sentence` in the reader's language."""
        return translate(sentence, self.language, **values)

    def say(self, sentence: str, **values: object) -> None:
        """Print a sentence, in the reader's language."""
        self._console.print(Text(printable(self.text(sentence, **values))))

    def complain(self, sentence: str, **values: object) -> None:
        """Say a sentence where errors go."""
        sys.stderr.write(printable(self.text(sentence, **values)) + "\n")

    def line(self, text: str) -> None:
        """Print a line as it is, but for characters that would steer the terminal."""
        self._console.print(Text(printable(text)))

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table; headings are sentences to translate, cells are not."""
        table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
        for heading in headings:
            table.add_column(Text(self.text(heading)), overflow="fold")
        for row in rows:
            table.add_row(*(Text(printable("" if cell is None else str(cell))) for cell in row))
        self._console.print(table)

    def json(self, value: object) -> None:
        """Print JSON: two spaces, Chinese as it is."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")

    def when(self, at: datetime | None) -> str:
        """An instant in the firm's time zone, to the second; empty for none."""
        return at.astimezone(self.settings.zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do `work` on an event loop of its own."""
        return asyncio.run(work)

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """This installation's database.

        Raises:
            Refused: there is none yet. A reading command must not make an empty one.
        """
        store = self._existing_store()
        try:
            yield store
        finally:
            await store.close()

    def _existing_store(self) -> Store:
        url = self.settings.database
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database and not Path(parsed.database).exists():
            raise Refused(f"there is no database at {parsed.database} yet; run `ringward db upgrade`, or ./run")
        store = Store(url)
        tell_to(store, self.settings.customer_webhook_url)
        return store


def terminal_of(context: typer.Context) -> Terminal:
    """The terminal that the top command made."""
    terminal = context.obj
    assert isinstance(terminal, Terminal), "the top command makes it before any other runs"
    return terminal


def actor() -> str:
    """Who works on this command line, as it stands in logs: `cli:root`."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):  # a container's user may have no name
        return f"cli:{os.getuid()}"


def read_settings() -> Settings:
    """Read the settings.

    Raises:
        Refused: one of them, or the file, is not usable.
    """
    file = home_from_environment() / "ringward.toml"
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise Refused(f"setting {name} is not usable: {reason}; look at RINGWARD_{name.upper()} and {file}") from error
    except ZoneInfoNotFoundError as error:
        raise Refused(f"setting time_zone is not usable: {error}; look at RINGWARD_TIME_ZONE and {file}") from error
    except (ValueError, OSError) as error:  # a file that is no TOML, or that may not be read
        raise Refused(f"{file} cannot be read: {error}") from error


def parse_instant(text: str, zone_of: Settings) -> datetime:
    """`2026-11-23 21:10` (in the firm's zone) or any ISO 8601 form; a zone given in it wins.

    Raises:
        typer.BadParameter: it is neither.
    """
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; write it like 2026-11-23 21:10") from None
    return at.replace(tzinfo=zone_of.zone) if at.tzinfo is None else at


def printable(text: str) -> str:
    """`text` without what could steer a terminal or reorder its line: callers choose their own names."""
    return "".join("�" if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    if character in "\n\t":
        return False
    category = unicodedata.category(character)
    return category in {"Cc", "Cs"} or character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def _plain(value: object) -> object:
    if isinstance(value, date):  # an instant is one, too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
