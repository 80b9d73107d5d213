"""Files for managers: customers, orders, payments and messages imported, listed, and whole imports taken back.

Must not know what a file may hold.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

import msgspec
from pydantic import Field

from cti.customers import imports
from cti.customers.import_files import import_file
from cti.customers.sealing import Seal
from cti.errors import Invalid
from cti.web.operations import Access, Answer, Asked, Body, Operations
from cti.web.refusals import reader_language
from cti.wording import error_text

operations = Operations()

LONGEST_UPLOAD = 8 * 1024 * 1024
"""Bytes of the body: a file of six million. Larger ones are for the command line."""


class Upload(Body):
    """A file: CSV, XLSX, or for customers vCard. `content` is it in Base64. With `dry_run` nothing is written."""

    kind: str = Field("customers", max_length=20)
    file: str = Field("", max_length=200)
    content: str = Field(min_length=1)
    dry_run: bool = False


class ImportAnswer(Answer):
    """What the file did, or would do. With any fault nothing was written; each says where (`line`, `column`) and, in
    the reader's language, `what` to do."""

    kind: str
    encoding: str
    added: int
    changed: int
    unchanged: int
    import_id: int | None
    ignored: list[str]
    faults: list[dict[str, Any]]


class MadeAnswer(Answer):
    """An import that changed something; `kept` is how much its undoing left, for somebody had changed it since."""

    id: int
    kind: str
    file: str
    at: datetime
    by: str
    added: int
    changed: int
    unchanged: int
    undone: datetime | None
    undone_by: str
    kept: int


class UndoneAnswer(Answer):
    """What was put back, and what was left (`changed` since, `used` by others, `gone`)."""

    import_id: int
    restored: int
    kept: int
    left: list[dict[str, Any]]


class Nothing(Body):
    """Nothing is to be said."""


@operations.route("POST", "/imports", body=Upload, answer=ImportAnswer, access=Access.MANAGER, longest=LONGEST_UPLOAD)
async def upload(asked: Asked) -> dict[str, Any]:
    """Import a file, all of it or nothing; the same again changes nothing."""
    body: Upload = asked.body
    try:
        content = base64.b64decode(body.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("content: the file in Base64") from error
    services = asked.services
    report = await import_file(
        services.store,
        body.kind,
        content,
        by=asked.who.login,
        file=body.file,
        zone=services.settings.zone,
        now=services.now(),
        dry_run=body.dry_run,
        seal=Seal(services.settings.identity_key_file),
    )
    language = reader_language(asked.request, services.settings)
    told: dict[str, Any] = msgspec.to_builtins(report)
    for fault in told["faults"]:
        fault["what"] = error_text(fault["what"], language, "invalid")
    return told


@operations.route("GET", "/imports", answer=list[MadeAnswer], access=Access.MANAGER)
async def list_imports(asked: Asked) -> list[dict[str, Any]]:
    """The imports that changed something, the newest first."""
    async with asked.services.store.session() as session:
        rows = await imports.listed(session)
    return [{name: getattr(row, name) for name in MadeAnswer.model_fields} for row in rows]


@operations.route("POST", "/imports/{import_id}/undo", body=Nothing, answer=UndoneAnswer, access=Access.MANAGER)
async def undo_import(asked: Asked) -> dict[str, Any]:
    """Take a whole import back; what somebody changed since is left and listed."""
    import_id = asked.number("import_id", "import")
    undone = await imports.undo(asked.services.store, import_id, by=asked.who.login, at=asked.services.now())
    told: dict[str, Any] = msgspec.to_builtins(undone)
    return told
