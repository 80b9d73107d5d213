"""Facts with their sources: confirmed, corrected, not mentioned; consents, own fields, identity numbers, gaps."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cti.audit.ledger import entries
from cti.customers import facts, fields, outbox, people, sealing
from cti.customers.card import load_card
from cti.customers.export import export_csv
from cti.customers.model import Card
from cti.customers.number_change import Changer
from cti.errors import Invalid, NotFound, Refused
from cti.store.engine import Store

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=400)
IN_CALL = Changer(actor="lin", agent="101", linkedid="1795.1")
BY = Changer(actor="boss")


@pytest.fixture
async def chang(store: Store) -> int:
    """張太太, whose address came with a file."""
    async with store.transaction() as session:
        row = await people.add(session, "張太太", ["0911-000-111"], address="新竹市", source="import", at=NOW)
    return row.id


async def card_of(store: Store, customer_id: int, at: datetime = NOW) -> Card:
    async with store.session() as session:
        card = await load_card(session, customer_id, at)
    assert card is not None
    return card


async def note(store: Store, customer_id: int, key: str, value: str, **more: object) -> int:
    async with store.transaction() as session:
        given = {"by": IN_CALL, "at": NOW} | more
        return (await facts.set_fact(session, customer_id, key, value, **given)).id  # type: ignore[arg-type]


async def test_a_fact_says_where_it_comes_from_and_is_confirmed_in_one_click(store: Store, chang: int) -> None:
    fact = await note(store, chang, "房間", "安靜")
    async with store.transaction() as session:
        await facts.confirm(session, chang, str(fact), by=BY, at=LATER)
    await note(store, chang, "房間", "安靜", by=BY, at=LATER)
    (kept,) = [one for one in (await card_of(store, chang)).facts if one.key == "房間"]
    assert (kept.id, kept.kind, kept.source, kept.linkedid, kept.by) == (fact, "preference", "call", "1795.1", "lin")
    assert (kept.created, kept.times_confirmed, kept.last_confirmed) == (NOW, 3, LATER)


async def test_a_correction_keeps_what_was_in_the_audit(store: Store, chang: int) -> None:
    fact = await note(store, chang, "房間", "安靜")
    assert await note(store, chang, "房間", "高樓層", by=BY, at=LATER) == fact
    (shown,) = (await card_of(store, chang)).preferences
    assert (shown.value, shown.source, shown.times_confirmed, shown.last_confirmed) == ("高樓層", "person", 1, LATER)
    async with store.transaction() as session:
        (kept,) = await entries(session, action="fact.corrected")
        assert (kept.entry.before, kept.entry.after) == ({"房間": "安靜"}, {"房間": "高樓層"})
        await facts.forget(session, chang, "房間", by=BY)
        with pytest.raises(NotFound):
            await facts.forget(session, chang, "房間", by=BY)
    assert not (await card_of(store, chang)).preferences


async def test_only_gaps_and_what_is_stale_are_asked(store: Store, chang: int) -> None:
    async def asked(at: datetime) -> list[tuple[str, str]]:
        return [(one.key, one.why) for one in (await card_of(store, chang, at)).to_ask]

    assert await asked(NOW) == [("email", "missing")]
    assert await asked(LATER) == [("email", "missing"), ("address", "stale")]
    await note(store, chang, "email", "chang@example.com", at=LATER)
    async with store.transaction() as session:
        await facts.confirm(session, chang, "address", by=IN_CALL, at=LATER)
    assert await asked(LATER) == []
    card = await card_of(store, chang, LATER)
    assert card.email == "chang@example.com"
    (address,) = [one for one in card.facts if one.key == "address"]
    assert (address.source, address.created, address.times_confirmed, address.linkedid) == ("import", NOW, 2, "1795.1")


async def test_what_must_not_be_mentioned_is_not_asked_nor_exported(store: Store, chang: int) -> None:
    fact = await note(store, chang, "離婚", "今年", kind="family", do_not_mention=True)
    await note(store, chang, "房間", "安靜")
    card = await card_of(store, chang, LATER)
    assert [(one.key, one.do_not_mention) for one in card.facts if one.kind == "family"] == [("離婚", True)]
    assert "離婚" not in {one.key for one in card.to_ask}
    async with store.transaction() as session:
        exported = "".join([piece async for piece in export_csv(session, "W")])
        assert "房間=安靜" in exported
        assert "離婚" not in exported
        await facts.set_mention(session, chang, str(fact), False, by=BY)
    assert "離婚" in {one.key for one in (await card_of(store, chang, LATER)).to_ask}


async def test_what_a_customer_does_not_want_is_not_queued(store: Store, chang: int) -> None:
    async with store.transaction() as session:
        await facts.set_consent(session, chang, "sms", False, by=IN_CALL, at=NOW)
        with pytest.raises(Refused, match="does not want sms"):
            await outbox.queue(session, chang, "sms", "0911000111", "x", key="1")
        await facts.set_consent(session, chang, "sms", True, by=IN_CALL, at=LATER)
        await outbox.queue(session, chang, "sms", "0911000111", "x", key="1")
        for bad in ("pigeon", ""):
            with pytest.raises(Invalid):
                await facts.set_consent(session, chang, bad, True, by=BY)
    (consent,) = [one for one in (await card_of(store, chang)).facts if one.kind == "consent"]
    assert (consent.key, consent.value, consent.last_confirmed, consent.linkedid) == (
        "consent.sms",
        "yes",
        LATER,
        "1795.1",
    )


async def test_a_file_that_brings_another_address_wins_over_an_old_fact(store: Store, chang: int) -> None:
    await note(store, chang, "address", "台北市")
    async with store.transaction() as session:
        (await people.get(session, chang)).address = "花蓮市"
    (address,) = [one for one in (await card_of(store, chang)).facts if one.key == "address"]
    assert (address.value, address.source) == ("花蓮市", "import")
    async with store.transaction() as session:
        await facts.confirm(session, chang, "address", by=BY, at=LATER)
    (address,) = [one for one in (await card_of(store, chang)).facts if one.key == "address"]
    assert (address.value, address.times_confirmed) == ("花蓮市", 2)


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("number", "1,234.50", "1234.50"),
        ("number", "１２", "12"),
        ("date", "2026/12/01", "2026-12-01"),
        ("yesno", "是", "yes"),
        ("yesno", "N", "no"),
        ("choice", "走道", "走道"),
        ("text", " 素食 ", "素食"),
    ],
)
async def test_own_fields_have_types(store: Store, chang: int, kind: str, given: str, kept: str) -> None:
    async with store.transaction() as session:
        choices = ("走道", "靠窗") if kind == "choice" else ()
        await fields.define(session, "seat", "座位", kind, choices=choices, ask=True, by=BY)
    (wanted,) = [one for one in (await card_of(store, chang)).to_ask if one.key == "seat"]
    assert (wanted.why, wanted.label, wanted.type, wanted.choices) == ("missing", "座位", kind, choices)
    await note(store, chang, "seat", given)
    card = await card_of(store, chang)
    assert [(one.kind, one.value) for one in card.facts if one.key == "seat"] == [("field", kept)]
    assert "seat" not in {one.key for one in card.to_ask}
    async with store.transaction() as session:
        if kind not in {"text"}:
            with pytest.raises(Invalid, match="seat"):
                await facts.set_fact(session, chang, "seat", "???", by=BY)
        with pytest.raises(Invalid, match="holds such values"):
            await fields.define(session, "seat", "座位", "text" if kind != "text" else "number", by=BY)
        await fields.retire(session, "seat", by=BY)
        assert not await fields.defined(session)
        with pytest.raises(NotFound):
            await fields.retire(session, "seat", by=BY)


async def test_a_field_changes_its_type_until_it_holds_a_value_and_stands_on_every_card(
    store: Store, chang: int
) -> None:
    async with store.transaction() as session:
        await fields.define(session, "seat", "座位", by=BY)
        await fields.define(session, "seat", "機上座位", "choice", choices=("走道", "靠窗"), by=BY)
        with pytest.raises(Refused, match="there is a field seat already"):
            await fields.define(session, "seat", "位子", new=True, by=BY)
    (own,) = (await card_of(store, chang)).fields
    assert (own.key, own.label, own.type, own.choices) == ("seat", "機上座位", "choice", ("走道", "靠窗"))
    async with store.transaction() as session:
        await fields.retire(session, "seat", by=BY)
        await fields.define(session, "seat", "座位", new=True, by=BY)
    assert [one.type for one in (await card_of(store, chang)).fields] == ["text"]
    async with store.session() as session:
        told = [one.entry for one in await entries(session, subject="field", subject_id="seat")]
    assert [one.action for one in told] == ["field.defined", "field.retired", "field.defined", "field.defined"]
    assert (told[2].before["kind"], told[2].after["kind"]) == ("text", "choice")


@pytest.mark.parametrize(
    ("key", "kind", "choices"),
    [
        ("Seat", "text", ()),
        ("email", "text", ()),
        ("seat", "colour", ()),
        ("seat", "choice", ()),
        ("seat", "text", ("a",)),
    ],
)
async def test_fields_that_cannot_be(store: Store, key: str, kind: str, choices: tuple[str, ...]) -> None:
    async with store.transaction() as session:
        with pytest.raises(Invalid):
            await fields.define(session, key, "座位", kind, choices=choices, by=BY)


@pytest.mark.parametrize(
    ("key", "value", "kind"), [("", "x", "preference"), ("a", " ", "preference"), ("a", "x", "gossip")]
)
async def test_facts_that_cannot_be(store: Store, chang: int, key: str, value: str, kind: str) -> None:
    with pytest.raises(Invalid):
        await note(store, chang, key, value, kind=kind)
    for bad in ("consent.sms", "a"):
        with pytest.raises(Invalid):
            await note(store, chang, bad, "yes", kind="preference" if "." in bad else "consent")


async def test_identity_numbers_are_sealed_masked_and_each_look_is_written_down(
    store: Store, chang: int, tmp_path: Path
) -> None:
    seal = sealing.Seal(tmp_path / "identity.key")
    async with store.transaction() as session:
        kept = await sealing.keep(session, chang, "national", "a123456789", seal=seal, by=IN_CALL, at=NOW)
        assert "A123456789" not in f"{kept.sealed} {kept.digest} {kept.shown}"
        other = await people.add(session, "別人")
        same = await sealing.keep(session, other.id, "national", "A123456789", seal=seal, by=BY)
        assert same.digest == kept.digest
        for kind, number in (("national", "123"), ("library", "A123456789"), ("company", "1234567")):
            with pytest.raises(Invalid):
                await sealing.keep(session, chang, kind, number, seal=seal, by=BY)
    assert stat.S_IMODE((tmp_path / "identity.key").stat().st_mode) == 0o600
    card = await card_of(store, chang)
    assert [(one.kind, one.shown) for one in card.identity] == [("national", "A1•••••789")]
    async with store.transaction() as session:
        assert await sealing.reveal(session, chang, "national", seal=seal, by=BY) == "A123456789"
        with pytest.raises(NotFound):
            await sealing.reveal(session, chang, "passport", seal=seal, by=BY)
    async with store.session() as session:
        looks = [(one.entry.action, one.entry.actor) for one in await entries(session, subject_id=str(chang))]
        assert looks == [("identity.revealed", "boss"), ("identity.kept", "lin")]
        with pytest.raises(Refused, match="another key"):
            await sealing.reveal(session, chang, "national", seal=sealing.Seal(tmp_path / "other.key"), by=BY)
