"""What the dial plan wrote of a carrier is read, counted while it is fresh, and forgotten when asked to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from cti.errors import NotFound
from cti.settings import Settings
from cti.trunks import DEFAULT_FORMS, forget, forms_of, read_forwards, read_learnt
from dialplan.site import CALLER_ID_FORMS, Site

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
HOUR_AGO = int((AT - timedelta(hours=1)).timestamp())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_what_is_fresh_counts(settings: Settings) -> None:
    entries = {
        "carrier": f"company!customer!403!{HOUR_AGO}",
        "carrier/withheld": f"asserted!customer!433!{HOUR_AGO}",
    }
    known, withheld = read_learnt(settings, entries, AT)
    assert (known.form, known.refused, known.status, known.withheld) == ("company", "customer", 403, False)
    assert known.until - known.at == timedelta(hours=24)
    assert (withheld.form, withheld.withheld) == ("asserted", True)


@pytest.mark.parametrize(
    "value",
    [
        f"company!customer!403!{HOUR_AGO - 24 * 3600}",
        "company!customer!403!999999999999",
        f"diversion!customer!403!{HOUR_AGO}",
        "company!customer!403!",
        "company!customer!4O3!1",
        "",
        "$(reboot)!a!403!1",
    ],
)
def test_what_is_old_or_unreadable_does_not(settings: Settings, value: str) -> None:
    assert read_learnt(settings, {"carrier": value}, AT) == []
    assert read_learnt(settings, {"another": f"company!customer!403!{HOUR_AGO}"}, AT) == []


class Store:
    def __init__(self, entries: dict[str, str]) -> None:
        self.entries = entries

    async def db_tree(self, family: str) -> dict[str, str]:
        assert family == "ringward-trunk"
        return dict(self.entries)

    async def db_del(self, family: str, key: str) -> None:
        del self.entries[key]


async def test_one_trunk_is_forgotten(settings: Settings) -> None:
    store = Store({"carrier": "a", "carrier/withheld": "b", "carrier2": "c"})
    assert await forget(store, settings, "carrier") == 2
    assert store.entries == {"carrier2": "c"}
    with pytest.raises(NotFound):
        await forget(store, settings, "nobody")


def test_settings_and_dial_plan_mean_the_same_forms(settings: Settings) -> None:
    assert forms_of(settings, "carrier") == DEFAULT_FORMS == Site.__dataclass_fields__["caller_id_forms"].default
    own = Settings(home=settings.home, caller_id={"carrier": CALLER_ID_FORMS})
    assert forms_of(own, "carrier") == CALLER_ID_FORMS


@pytest.mark.parametrize("forms", [[], ["customer", "customer"], ["anything"]])
def test_forms_that_are_none_are_refused(settings: Settings, forms: list[str]) -> None:
    with pytest.raises(ValidationError):
        Settings(home=settings.home, caller_id={"carrier": forms})


def test_a_firm_with_two(tmp_path: Path) -> None:
    two = Settings(home=tmp_path, trunks={"backup": {"host": "10.0.0.9"}}, caller_id={"backup": ("company",)})
    assert list(two.all_trunks) == ["carrier", "backup"]
    assert (forms_of(two, "carrier"), forms_of(two, "backup")) == (DEFAULT_FORMS, ("company",))
    entries = {"backup": f"company!customer!403!{HOUR_AGO}", "gone": f"company!customer!403!{HOUR_AGO}"}
    assert [one.trunk for one in read_learnt(two, entries, AT)] == ["backup"]


@pytest.mark.parametrize(
    "trunks",
    [
        {"carrier": {"host": "10.0.0.9"}},
        {"1st": {"host": "10.0.0.9"}},
        {"backup": {}},
        {"backup": {"host": "a", "x": 1}},
    ],
)
def test_trunks_that_cannot_be_are_refused_when_settings_are_read(tmp_path: Path, trunks: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings(home=tmp_path, trunks=trunks)


def test_mobiles_that_sent_calls_back_count_for_a_week() -> None:
    now = int(AT.timestamp())
    entries = {
        "900000101": f"{now - 60}!0255501000",
        "900000102": f"{now - 8 * 86400}!0255501000",
        "900000103": "nonsense",
        "x": f"{now}!s",
    }
    assert list(read_forwards(entries, AT)) == ["900000101"]
