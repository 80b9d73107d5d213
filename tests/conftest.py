"""What all tests share: how many examples Hypothesis draws, a home of their own, and a migrated database to copy.

`./test --quick` asks for few examples, `./test` for many.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cti.store.migrate import upgrade

# How long an example takes says how busy the machine is, and nothing about what is tested.
settings.register_profile("full", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("full"), max_examples=20)
settings.load_profile("full")

# What `./run` wrote into this checkout's `var/ringward.toml` must not be what tests are told. Some read settings while
# they are being imported, so no fixture is early enough.
_home = tempfile.TemporaryDirectory(prefix="ringward-tests-")
os.environ["RINGWARD_HOME"] = _home.name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with nothing in its tables, to copy: migrating takes most of a second, copying none."""
    path = tmp_path_factory.mktemp("template") / "ringward.sqlite3"
    upgrade(f"sqlite+aiosqlite:///{path}")
    return path
