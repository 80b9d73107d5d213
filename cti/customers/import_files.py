"""One file into the database, whatever is in it: the function that command line and API share.

Must not know who may import.
"""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime, tzinfo

import msgspec

from cti.customers.csv_file import ImportPlan, LineFault, read_customers
from cti.customers.dealing_file import DealingPlan, read_dealings
from cti.customers.dealing_import import import_dealings
from cti.customers.importing import ImportFaulty, import_customers
from cti.customers.imports import KINDS, Origin
from cti.customers.sealing import Seal
from cti.customers.vcards import looks_like_vcard, read_vcards
from cti.errors import Invalid
from cti.store.engine import Store


class FileReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a file did, or with a dry run would do. With any fault nothing was written.

    `import_id` undoes it; None when nothing was changed. `ignored` are columns that nobody knows.
    """

    kind: str
    encoding: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    import_id: int | None = None
    ignored: tuple[str, ...] = ()
    faults: tuple[LineFault, ...] = ()


def read_file(kind: str, content: bytes, zone: tzinfo) -> ImportPlan | DealingPlan:
    """Read a file; never raises for what is in it. `zone` is the firm's, for times that bear none.

    Raises:
        Invalid: an unknown kind.
    """
    if kind not in KINDS:
        raise Invalid(f"kind: one of {', '.join(KINDS)}")
    if kind != "customers":
        return read_dealings(kind, content, zone)
    return read_vcards(content) if looks_like_vcard(content) else read_customers(content)


async def import_file(
    store: Store,
    kind: str,
    content: bytes,
    *,
    by: str,
    file: str,
    zone: tzinfo,
    now: datetime,
    dry_run: bool = False,
    seal: Seal | None = None,
) -> FileReport:
    """Import a file, or say what it would do. `by` is a log-in or `cli:root`, `seal` keeps its identity numbers.

    Raises:
        Invalid: an unknown kind. StoreUnavailable: the database is away.
    """
    # A large file takes seconds to read, and meanwhile calls go on.
    plan = await asyncio.to_thread(read_file, kind, content, zone)
    told = FileReport(kind=kind, encoding=plan.encoding, ignored=plan.ignored, faults=plan.faults)
    if plan.faults:
        return told
    origin = Origin(by, file, hashlib.sha256(content).hexdigest())
    try:
        if isinstance(plan, DealingPlan):
            report, import_id = await import_dealings(store, plan, origin, now, dry_run=dry_run)
        else:
            report, import_id = await import_customers(store, plan, origin, now, dry_run=dry_run, seal=seal)
    except ImportFaulty as error:
        return msgspec.structs.replace(told, faults=error.faults)
    return msgspec.structs.replace(
        told, added=report.added, changed=report.changed, unchanged=report.unchanged, import_id=import_id
    )
