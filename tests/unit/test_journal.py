"""The journal read from files that Asterisk wrote, that it is writing, and that were rotated, cut or spoilt."""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.asterisk.events import AnySwitchEvent, CallArrived, CallEnded, ChannelHungUp, Connected, LegUp, PlanChosen
from cti.asterisk.journal import COLUMNS, parse_cel, read_journal
from cti.calls.attempts import attempts
from cti.calls.machine import apply
from cti.calls.model import Call, CallState
from tests.unit.call_tables import expected

CAPTURES = Path(__file__).parents[1] / "captures"

ROWS = '''
"CHAN_START","1795381918.666487","1795381918.19","1795381918.19","PJSIP/carrier-0000000d","0933000222","陳太太","0255501000","ringward-inbound","","",""
"RINGWARD","1795381918.668453","1795381918.19","1795381918.19","PJSIP/carrier-0000000d","0933000222","陳太太","s","ringward-note","CELGenUserEvent","RINGWARD","{""extra"":""arrived!0255501000""}"
"ANSWER","1795381937.976839","1795381937.26","1795381918.19","PJSIP/102-00000012","102","王美美","s","ringward-phones","AppDial","",""
"BRIDGE_ENTER","1795381937.977937","1795381937.26","1795381918.19","PJSIP/102-00000012","102","王美美","","ringward-phones","AppDial","","{""bridge_id"":""80f5f613"",""bridge_technology"":""simple_bridge""}"
"HANGUP","1795381938.481137","1795381937.26","1795381918.19","PJSIP/102-00000012","102","王美美","","ringward-phones","AppDial","","{""hangupcause"":16,""hangupsource"":""PJSIP/carrier-0000000d"",""dialstatus"":""""}"
"CHAN_END","1795381938.481137","1795381937.26","1795381918.19","PJSIP/102-00000012","102","王美美","","ringward-phones","AppDial","",""
"LINKEDID_END","1795381938.482221","1795381918.19","1795381918.19","PJSIP/carrier-0000000d","0933000222","","s","ringward-step","","",""
'''.lstrip()

PHONE = {"linkedid": "1795381918.19", "channel": "1795381937.26"}
CALLER = {"linkedid": "1795381918.19", "channel": "1795381918.19"}


def second(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-22T21:{text}").replace(tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "ringward.csv"


def plan_row(plan: str, *, name: str = "") -> str:
    """A whole row that gives one fact which is easily told from others."""
    fields = ["RINGWARD", "1795381918.5", "1.1", "1.1", "PJSIP/x", "0933000222", name, "s", "c", "a", "RINGWARD"]
    text = f'{{"extra":"plan!kept!{plan}"}}'
    return ",".join('"' + field.replace('"', '""') + '"' for field in [*fields, text]) + "\n"


def plans(events: tuple[AnySwitchEvent, ...]) -> list[str]:
    return [event.plan_id for event in events if isinstance(event, PlanChosen)]


def test_every_row_that_says_something_becomes_a_fact(journal: Path) -> None:
    journal.write_text(ROWS)

    read = read_journal(journal, 0, 0)

    assert read.events == (
        CallArrived(
            **CALLER,
            at=second("11:58.668453"),
            channel_name="PJSIP/carrier-0000000d",
            caller_raw="0933000222",
            caller_name="陳太太",
            dialled="0255501000",
        ),
        LegUp(**PHONE, at=second("12:17.976839")),
        Connected(**PHONE, at=second("12:17.977937"), bridge="80f5f613"),
        ChannelHungUp(**PHONE, at=second("12:18.481137"), cause=16),
        ChannelHungUp(**PHONE, at=second("12:18.481137"), cause=0),
        CallEnded(**CALLER, at=second("12:18.482221")),
    )
    assert (read.offset, read.inode, read.ahead) == (len(ROWS.encode()), journal.stat().st_ino, False)
    rows = ROWS.encode().splitlines(keepends=True)
    assert read.positions[0] == len(rows[0])
    assert read.positions[-1] == sum(map(len, rows[:-1]))


@given(cut=st.integers(0, len(ROWS.encode())))
def test_a_file_that_is_being_written_is_read_in_two_goes(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    journal = tmp_path_factory.mktemp("journal") / "ringward.csv"
    whole = ROWS.encode()
    journal.write_bytes(whole)
    at_once = read_journal(journal, 0, 0).events
    journal.write_bytes(whole[:cut])
    first = read_journal(journal, 0, 0)
    with journal.open("ab") as file:
        file.write(whole[cut:])
    second_go = read_journal(journal, first.offset, first.inode)

    assert first.events + second_go.events == at_once
    assert not second_go.ahead


def test_a_long_file_comes_in_pieces(journal: Path) -> None:
    journal.write_text("".join(plan_row(f"p{i}") for i in range(100)))
    seen: list[str] = []
    offset, inode, ahead = 0, 0, True
    goes = 0
    while ahead:
        read = read_journal(journal, offset, inode, chunk=1000)
        seen += plans(read.events)
        offset, inode, ahead = read.offset, read.inode, read.ahead
        goes += 1

    assert seen == [f"p{i}" for i in range(100)]
    assert goes > 10


def test_the_rest_of_a_rotated_file_is_read_before_the_new_one(journal: Path) -> None:
    journal.write_text(plan_row("p1"))
    first = read_journal(journal, 0, 0)
    with journal.open("a") as file:
        file.write(plan_row("p2"))
    journal.rename(journal.with_name("ringward.csv.1"))
    journal.write_text(plan_row("p3"))

    rest = read_journal(journal, first.offset, first.inode)
    turn = read_journal(journal, rest.offset, rest.inode)
    new = read_journal(journal, turn.offset, turn.inode)

    assert [plans(read.events) for read in (first, rest, turn, new)] == [["p1"], ["p2"], [], ["p3"]]
    assert [read.ahead for read in (first, rest, turn, new)] == [False, True, True, False]
    assert new.inode == journal.stat().st_ino


def rotated(journal: Path, name: str, age: int) -> None:
    """What logrotate does; `age` in days."""
    old = journal.rename(journal.with_name(name))
    written = old.stat().st_mtime - age * 86_400
    os.utime(old, (written, written))


def read_on(journal: Path, offset: int, inode: int) -> list[str]:
    """Everything from there on, as whoever catches up reads it."""
    seen: list[str] = []
    while True:
        read = read_journal(journal, offset, inode)
        seen += plans(read.events)
        if not read.ahead or (read.offset, read.inode) == (offset, inode):
            return seen
        offset, inode = read.offset, read.inode


@pytest.mark.parametrize("names", [("ringward.csv.2", "ringward.csv.1"), ("ringward.csv-1120", "ringward.csv-1121")])
def test_files_that_were_rotated_one_after_another_are_all_read(journal: Path, names: tuple[str, str]) -> None:
    """The daemon was down for days, and rotation went on."""
    journal.write_text(plan_row("p1"))
    first = read_journal(journal, 0, 0)
    with journal.open("a") as file:
        file.write(plan_row("p2"))
    rotated(journal, names[0], 2)
    journal.write_text(plan_row("p3"))
    rotated(journal, names[1], 1)
    assert read_on(journal, first.offset, first.inode) == ["p2", "p3"]

    journal.write_text(plan_row("p4"))
    assert read_on(journal, first.offset, first.inode) == ["p2", "p3", "p4"]

    # The oldest is compressed: what stands behind it is still read, and nothing of what cannot be.
    journal.with_name(names[0]).rename(journal.with_name("ringward.csv.3.gz"))
    assert read_on(journal, first.offset, 1) == ["p3", "p4"]


def test_another_file_with_the_number_of_one_that_is_gone_is_read_from_the_start(journal: Path) -> None:
    journal.write_text(plan_row("p1"))
    first = read_journal(journal, 0, 0)
    journal.write_text(plan_row("a longer one") + plan_row("p3"))  # the same inode, as after `rm`

    assert plans(read_journal(journal, first.offset, first.inode).events) == ["a longer one", "p3"]


def test_a_file_that_cannot_be_read_has_no_rows(journal: Path) -> None:
    journal.mkdir()

    read = read_journal(journal, 7, 7)

    assert (read.events, read.offset, read.ahead) == ((), 0, False)


def test_a_new_file_is_read_from_the_start_when_the_old_one_is_gone(journal: Path, tmp_path: Path) -> None:
    journal.write_text(plan_row("p1") * 3)
    first = read_journal(journal, 0, 0)
    new = tmp_path / "other"
    new.write_text(plan_row("p2"))  # made while the old one stands, so that it cannot get the same inode
    os.replace(new, journal)

    assert plans(read_journal(journal, first.offset, first.inode).events) == ["p2"]


def test_a_file_cut_to_nothing_is_read_from_the_start(journal: Path) -> None:
    journal.write_text(plan_row("p1") * 3)
    first = read_journal(journal, 0, 0)
    os.truncate(journal, 0)
    with journal.open("a") as file:
        file.write(plan_row("p2"))

    assert plans(read_journal(journal, first.offset, first.inode).events) == ["p2"]


def test_no_file_no_facts(journal: Path) -> None:
    read = read_journal(journal, 0, 0)

    assert (read.events, read.ahead) == ((), False)
    assert read_journal(journal.parent / "no" / "such.csv", 7, 7).events == ()


@pytest.mark.parametrize(
    "name",
    [
        "王小明".encode("big5"),
        b"\xff\xfe\x00\x01",
        "<script>alert(1)</script>,,,\t${SHELL(id)}&🙂".encode(),
        b'He said ""hello"", and went',
        b"two\nlines",
        b"a" * 4096,
    ],
)
def test_a_hostile_name_spoils_no_row(journal: Path, name: bytes) -> None:
    row = plan_row("p1", name="NAME").encode().replace(b"NAME", name)
    journal.write_bytes(row + plan_row("p2").encode())

    assert plans(read_journal(journal, 0, 0).events) == ["p1", "p2"]


@pytest.mark.parametrize(
    "broken",
    [
        "\n",
        "x\n",
        '"HANGUP","yesterday","1.1","1.1","","","","","","","",""\n',
        '"HANGUP","1.5","1.1"\n',
        '"HANGUP","1.5","1.1","1.1","a"quote"that never ends\n',
        plan_row("p0").replace("plan!kept!p0", "plan!nonsense"),
        plan_row("p0").replace('""extra""', "extra"),
    ],
)
def test_a_broken_row_costs_only_itself(journal: Path, broken: str) -> None:
    more = "".join(plan_row(f"p{i}") for i in range(2, 12))
    journal.write_text(plan_row("p1") + broken + more)

    assert plans(read_journal(journal, 0, 0).events) == [f"p{i}" for i in range(1, 12)]


def test_hang_ups_without_a_readable_cause_have_none() -> None:
    for extra in ("", "{}", "[]", "16", '{"hangupcause":"x"}', "{"):
        row = ["HANGUP", "1.5", "1.1", "1.1", *[""] * 7, extra]
        (fact,) = parse_cel(row)
        assert isinstance(fact, ChannelHungUp)
        assert fact.cause == 0


@given(st.lists(st.text(), max_size=14))
def test_no_row_whatever_stops_the_reading(row: list[str]) -> None:
    assert isinstance(parse_cel(row), tuple)


@given(st.sampled_from(["RINGWARD", "USER_DEFINED", "HANGUP", "BRIDGE_ENTER"]), st.text(), st.text())
def test_no_field_whatever_stops_the_reading(kind: str, userdefined: str, extra: str) -> None:
    assert isinstance(parse_cel([kind, "1.5", "1.1", "1.1", *[""] * 6, userdefined, extra]), tuple)


RECORDS = {
    "desk_answered": "1 desk 101 PJSIP/101 answered",
    "desk_answered_callee_hangs_up": "1 desk 101 PJSIP/101 answered",
    "mobile_accepted": """
        1 desk   101 PJSIP/101                no_answer
        2 mobile 101 PJSIP/0900000101@carrier answered
    """,
    "mobile_voicemail_then_deputy": """
        1 desk   101 PJSIP/101                no_answer
        2 mobile 101 PJSIP/0900000101@carrier not_accepted
        3 deputy 102 PJSIP/102                answered
    """,
    "mobile_wrong_key_then_deputy": """
        1 desk   101 PJSIP/101                no_answer
        2 mobile 101 PJSIP/0900000101@carrier not_accepted
        3 deputy 102 PJSIP/102                answered
    """,
    "mobile_hangs_up_in_prompt_then_deputy": """
        1 desk   101 PJSIP/101                no_answer
        2 mobile 101 PJSIP/0900000101@carrier not_accepted
        3 deputy 102 PJSIP/102                answered
    """,
    "desk_declined_deputy_answers": """
        1 desk   101 PJSIP/101                declined
        2 mobile 101 PJSIP/0900000101@carrier declined
        3 deputy 102 PJSIP/102                answered
    """,
    "desk_offline_mobile_busy_deputy_answers": """
        1 desk   101 PJSIP/101                offline
        2 mobile 101 PJSIP/0900000101@carrier busy
        3 deputy 102 PJSIP/102                answered
    """,
    "nobody_answers": """
        1 desk   101 PJSIP/101                no_answer
        2 mobile 101 PJSIP/0900000101@carrier no_answer
        3 deputy 102 PJSIP/102                no_answer
    """,
    "caller_hangs_up_on_desk": "1 desk 101 PJSIP/101 caller_hung_up",
    "caller_hangs_up_on_mobile": """
        1 desk   101 PJSIP/101                no_answer
        2 mobile 101 PJSIP/0900000101@carrier caller_hung_up
    """,
    "caller_hangs_up_in_prompt": """
        1 desk   101 PJSIP/101                no_answer
        2 mobile 101 PJSIP/0900000101@carrier caller_hung_up
    """,
    "group_desk_answers": """
        1 group 101 PJSIP/101                answered_elsewhere
        1 group 102 PJSIP/102                answered
        1 group 108 PJSIP/0900000108@carrier answered_elsewhere
    """,
    "group_mobile_accepted": """
        1 group 101 PJSIP/101                answered_elsewhere
        1 group 102 PJSIP/102                answered_elsewhere
        1 group 108 PJSIP/0900000108@carrier answered
    """,
}


@pytest.mark.parametrize("name", RECORDS)
def test_what_a_real_asterisk_wrote_gives_the_record(name: str) -> None:
    call: Call | None = None
    for fact in read_journal(CAPTURES / f"{name}.cel.csv", 0, 0).events:
        call = apply(call, fact)

    assert call is not None
    shown = [f"{leg.index} {leg.kind} {leg.agent} {leg.endpoint} {leg.reason}" for leg in attempts(call)]
    assert shown == expected(RECORDS[name])
    assert call.state is CallState.ENDED
    assert call.plan_source == "daemon"


def test_the_columns_are_those_of_the_page() -> None:
    """docs/architecture.md fixes the journal's line; the dial plan's templates are written after the same page."""
    page = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text()

    assert ",".join(COLUMNS) in page
    assert all(len(row) == len(COLUMNS) for row in csv.reader(ROWS.splitlines()))
