"""Whether a database has the shape that this version expects: which revision it is at, and which there are.

Without Alembic, which the daemon never loads. Must not know any table but the one Alembic keeps.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from cti.errors import StoreUnavailable

REVISION = "SELECT version_num FROM alembic_version"


class StoreMisfits(StoreUnavailable):
    """The database is of another version than the program; the sentence says which of the two is to be brought up.

    For whoever waits for the database this is one that cannot be used yet: calls ring without it.
    """


@cache
def expected_revision() -> str:
    """The newest revision that this version knows: its steps are numbered."""
    return max(one.name[:4] for one in (files("cti.store") / "migrations" / "versions").iterdir() if one.name[0] == "0")


def check_revision(found: str) -> None:
    """Pass over a database at the revision that this version expects.

    Raises:
        StoreMisfits: it is at another.
    """
    newest = expected_revision()
    if found < newest:
        raise older(found)
    if found > newest:
        raise StoreMisfits(
            f"the database is of a newer version ({found}; this program knows {newest}): start the newer program"
        )


def older(found: str) -> StoreMisfits:
    """What to say of a database that is behind, at revision `found`."""
    expected = expected_revision()
    return StoreMisfits(
        f"the database is of an older version ({found}, expected is {expected}): run `ringward db upgrade`"
    )


def is_misfit(error: BaseException | None) -> bool:
    """Whether a driver's `error` says that a table or column is not there."""
    state = getattr(error, "sqlstate", None)
    return state in {"42P01", "42703"} or str(error).startswith(("no such table", "no such column"))
