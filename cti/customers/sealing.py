"""Identity numbers under the installation's key: compared by a digest, shown masked, opened only where that is allowed.

Functions take the caller's session and commit nothing. Must not know who may see one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.customers.finding import get
from cti.customers.identity_numbers import read_identity
from cti.customers.identity_tables import IdentityNumberRow
from cti.customers.number_change import Changer
from cti.errors import NotFound, Refused

MASK = "•••••"


class Seal:
    """The installation's key in `file`, made when it is first needed; readable by its owner alone."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def digest(self, kind: str, number: str) -> str:
        """The same for the same number, and nothing to whoever has not the key."""
        return hmac.new(self._key(), f"{kind}:{number}".encode(), hashlib.sha256).hexdigest()

    def close(self, text: str) -> str:
        """`text` as nobody can read it without the key."""
        return self._box().encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The reverse of `close`.

        Raises:
            Refused: it was sealed with another key.
        """
        try:
            return self._box().decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise Refused(f"this identity number was sealed with another key than {self._file}") from error

    def _box(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(hmac.new(self._key(), b"seal", hashlib.sha256).digest()))

    def _key(self) -> bytes:
        try:
            return self._file.read_bytes()
        except FileNotFoundError:
            pass
        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return self._file.read_bytes()
        with os.fdopen(handle, "wb") as file:
            file.write(key := secrets.token_bytes(32))
        return key


async def keep(
    session: AsyncSession,
    customer_id: int,
    kind: str,
    number: str,
    *,
    seal: Seal,
    by: Changer,
    at: datetime | None = None,
) -> IdentityNumberRow:
    """Keep a customer's identity number; only its mask can be read from now on.

    Raises:
        NotFound: no such customer. Invalid: an unknown kind, no such number, or one that was misread.
    """
    customer, now = await get(session, customer_id), at or datetime.now(UTC)
    plain = read_identity(kind, number)
    row = IdentityNumberRow
    kept = (await session.scalars(select(row).where(row.customer_id == customer.id, row.kind == kind))).one_or_none()
    if kept is None:
        kept = row(customer_id=customer.id, kind=kind)
        session.add(kept)
    kept.digest, kept.shown, kept.sealed = seal.digest(kind, plain), masked(plain), seal.close(plain)
    kept.at, kept.by, kept.linkedid = now, by.actor[:100], by.linkedid
    record(session, _entry("identity.kept", customer.id, kind, by), now)
    await session.flush()
    return kept


async def reveal(
    session: AsyncSession, customer_id: int, kind: str, *, seal: Seal, by: Changer, at: datetime | None = None
) -> str:
    """The whole number; that it was looked at stands in the audit.

    Raises:
        NotFound: no such customer, or no such number of theirs. Refused: sealed with another key.
    """
    customer, row = await get(session, customer_id), IdentityNumberRow
    kept = (await session.scalars(select(row).where(row.customer_id == customer.id, row.kind == kind))).one_or_none()
    if kept is None:
        raise NotFound(f"customer {customer_id} has no identity number of the kind {kind[:20]}")
    record(session, _entry("identity.revealed", customer.id, kind, by), at or datetime.now(UTC))
    return seal.open(kept.sealed)


def masked(number: str) -> str:
    """`A1•••••789`: enough to ask "ending in 789?", too little to use."""
    return f"{number[:2]}{MASK}{number[-3:]}"


def _entry(action: str, customer_id: int, kind: str, by: Changer) -> Entry:
    return Entry(
        action=action,
        actor=by.actor,
        agent=by.agent,
        department=by.department,
        subject="customer",
        subject_id=str(customer_id),
        after={"kind": kind},
        linkedid=by.linkedid,
    )
