"""The configuration as text: secrets in their places, nothing left to fill in, hostile values refused, files whole."""

from __future__ import annotations

import re
import stat
import wave
from dataclasses import replace
from pathlib import Path

import pytest

from dialplan import prompts
from dialplan.render import SECRET_FILES, Member, Phone, Site, SiteUnfit, render, write
from dialplan.trunks import Trunk
from routing.model import TargetType
from routing.wire import decode

SITE = Site(
    ami_secret="ami-secret-1",
    ari_secret="ari-secret-1",
    phones=(Phone("102", "phone-secret-2", "王美美"), Phone("101", "phone-secret-1", "林小明")),
    members=(Member("101", "101", "0900000101"), Member("108", None, "0900000108")),
    company_number="0255501000",
    sip_port=15060,
    ami_port=15038,
    ari_port=18088,
    agi_port=14573,
    carrier_host="127.0.0.9",
    carrier_port=15061,
    rtp_start=30000,
    rtp_end=30400,
    ask_timeout=0.7,
)


def settings_of(text: str) -> dict[str, dict[str, str]]:
    """`key = value` by `[section]`; a later section of the same name adds to the earlier one."""
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for line in text.splitlines():
        line = line.split(";")[0].strip()
        if heading := re.match(r"\[([^]]+)\]", line):
            section = found.setdefault(heading[1], {})
        elif "=" in line:
            key, _, value = line.partition("=")
            section[key.strip()] = value.removeprefix(">").strip()
    return found


def dial_plan() -> str:
    """The dial plan without its comments, in which function names are only mentioned."""
    return "\n".join(line for line in render(SITE)["ringward.conf"].splitlines() if not line.startswith(";"))


def test_nothing_is_left_to_fill_in() -> None:
    for name, text in render(SITE).items():
        assert "{{" not in text, name
        assert "{%" not in text, name
        assert "None" not in text, name
        assert text.startswith(";"), f"{name} does not say what it is for"


def test_the_same_site_gives_the_same_texts() -> None:
    assert render(SITE) == render(replace(SITE, phones=tuple(reversed(SITE.phones))))


def test_ports_and_hosts_stand_where_asterisk_reads_them() -> None:
    texts = render(SITE)
    sip = settings_of(texts["pjsip.conf"])
    assert sip["udp"]["bind"] == "127.0.0.1:15060"
    assert sip["carrier"]["contact"] == "sip:127.0.0.9:15061"
    assert sip["carrier"]["match"] == "127.0.0.9"
    assert settings_of(texts["manager.conf"])["general"]["port"] == "15038"
    assert settings_of(texts["http.conf"])["general"]["bindport"] == "18088"
    assert settings_of(texts["rtp.conf"])["general"] == {
        "rtpstart": "30000",
        "rtpend": "30400",
        "strictrtp": "yes",
        "icesupport": "no",
    }
    assert "AGI(agi://127.0.0.1:14573/route?" in texts["ringward.conf"]
    assert "Dial(Local/s@ringward-ask/n,0.7)" in texts["ringward.conf"]


@pytest.mark.parametrize("name", ["manager.conf", "http.conf"])
def test_listeners_stay_on_loopback(name: str) -> None:
    assert settings_of(render(SITE)[name])["general"]["bindaddr"] == "127.0.0.1"


def test_secrets_stand_in_secret_files_only() -> None:
    texts = render(SITE)
    assert settings_of(texts["manager.conf"])["ringward"]["secret"] == "ami-secret-1"
    assert settings_of(texts["ari.conf"])["ringward"]["password"] == "ari-secret-1"
    assert settings_of(texts["pjsip.conf"])["101-auth"] == {"username": "101", "password": "phone-secret-1"}
    for name, text in texts.items():
        assert name in SECRET_FILES or "secret-" not in text, name
    assert "secret-" not in repr(SITE)


def test_the_ami_account_can_neither_originate_nor_run_commands() -> None:
    account = settings_of(render(SITE)["manager.conf"])["ringward"]
    assert account["read"] == account["write"] == "system,call"


def test_every_ari_event_names_its_call() -> None:
    assert settings_of(render(SITE)["ari.conf"])["general"]["channelvars"] == "CHANNEL(linkedid)"


def test_the_module_that_locks_up_ari_is_not_loaded() -> None:
    modules = re.findall(r"^load = (\S+)$", render(SITE)["modules.conf"], re.MULTILINE)
    assert "res_stasis_device_state.so" not in modules
    assert "res_ari_device_states.so" not in modules
    assert len(modules) == len(set(modules))


def test_a_frozen_reader_of_ari_does_not_stop_sip() -> None:
    assert settings_of(render(SITE)["pjsip.conf"])["global"]["taskprocessor_overload_trigger"] == "pjsip_only"


def test_extensions_conf_includes_what_a_site_would() -> None:
    texts = render(SITE)
    includes = re.findall(r'^#include "(.+)"$', texts["extensions.conf"], re.MULTILINE)
    assert includes == ["ringward.conf"]
    assert set(includes) <= set(texts)


def test_every_application_and_function_of_the_dial_plan_has_its_module() -> None:
    """An application that is missing hangs the caller up."""
    home = {
        "ExecIf": "app_exec", "Gosub": "app_stack", "Return": "app_stack", "Dial": "app_dial", "Read": "app_read",
        "UserEvent": "app_userevent", "CELGenUserEvent": "app_celgenuserevent", "AGI": "res_agi",
        "HangupCauseClear": "func_hangupcause", "CALLERID": "func_callerid", "CDR_PROP": "func_cdr",
        "CHANNEL": "func_channel", "CUT": "func_cut", "DB": "func_db", "DEVICE_STATE": "func_devstate",
        "SHARED": "func_global", "HANGUPCAUSE": "func_hangupcause", "HANGUPCAUSE_KEYS": "func_hangupcause",
        "IF": "func_logic", "SHA1": "func_sha1", "FILTER": "func_strings", "FIELDQTY": "func_strings",
        "LEN": "func_strings", "STRREPLACE": "func_strings", "URIENCODE": "func_uri",
        "PJSIP_DIAL_CONTACTS": "chan_pjsip",
        "CONNECTEDLINE": "func_callerid", "DB_DELETE": "func_db", "FIELDNUM": "func_strings",
        "PJSIP_HEADER": "res_pjsip_header_funcs", "STRFTIME": "func_strings", "STAT": "func_env",
        "TALK_DETECT": "func_talkdetect", "Playback": "app_playback",
        "SoftHangup": "app_softhangup", "ChanSpy": "app_chanspy",
        "GROUP_COUNT": "func_groupcount", "GROUP_MATCH_COUNT": "func_groupcount", "GROUP": "func_groupcount",
        "REDIRECTING": "func_callerid", "GLOBAL": "func_global",
    }  # fmt: skip
    built_in = {"Set", "MSet", "GotoIf", "Goto", "Hangup", "NoOp", "Wait"}
    text = dial_plan()
    functions = set(re.findall(r"\$\{([A-Z][A-Z0-9_]*)\(", text)) | set(re.findall(r"Set\(([A-Z][A-Z0-9_]*)\(", text))
    applications = set(re.findall(r"^(?:exten => [^,]+,1| same => n(?:\(\w+\))?),(\w+)", text, re.MULTILINE))
    modules = render(SITE)["modules.conf"]
    for name in functions | applications - built_in:
        assert f"load = {home[name]}.so" in modules, name


def test_every_jump_of_the_dial_plan_arrives() -> None:
    contexts: dict[str, set[str]] = {}
    jumps: list[tuple[str, str]] = []
    here = ""
    text = dial_plan()
    for line in text.splitlines():
        if heading := re.match(r"\[([\w-]+)\]", line):
            here = heading[1]
            contexts[here] = set()
        contexts.get(here, set()).update(re.findall(r"^ same => n\((\w+)\)", line))
        if jump := re.search(r"GotoIf\(.*\?(\w+)\)$|Goto\((\w+)\)$", line):
            jumps.append((here, jump[1] or jump[2]))
    assert jumps
    assert [(where, to) for where, to in jumps if to not in contexts[where]] == []
    assert set(re.findall(r"(?:Gosub\(|@|U\(|b\()(ringward-[a-z-]+[a-z])", text)) <= set(contexts)
    assert all(name.startswith("ringward-") for name in contexts)


def test_names_and_numbers_of_callers_never_stand_bare() -> None:
    """A caller's name may hold `)` and `:`, which ExecIf, GotoIf and an expression would read as their own."""
    bare = [
        line
        for line in dial_plan().splitlines()
        if "${CALLERID(name)}" in line or "${CALLERID(num)" in line or ("${EXTEN}" in line and "inbound" in line)
    ]
    assert bare
    # A plain Set() takes what stands behind the first = as it is.
    taken = re.compile(r" same => n,Set\(RW_\w+=\$\{CALLERID\(num\):0:\d+\}\)")
    for line in bare:
        if taken.fullmatch(line):
            continue
        for mention in re.finditer(r"\$\{CALLERID\(n(?:ame|um)\)", line):
            before = line[: mention.start()]
            assert before.endswith(("LEN(", ",")), line
            assert "FILTER(" in before or "LEN(" in before, line


def test_without_a_plan_the_group_rings() -> None:
    line = re.search(r"Set\(RW_PLAN=(RW1~.+)\)$", render(SITE)["ringward.conf"], re.MULTILINE)
    assert line is not None
    plan = decode(line[1])
    assert [(one.type, one.resource) for one in plan.steps[0].targets] == [
        (TargetType.DESK, "101"),
        (TargetType.MOBILE, "0900000108"),
    ]
    assert plan.steps[0].seconds == SITE.group_seconds


def test_an_empty_group_rings_every_phone() -> None:
    plan = decode(replace(SITE, members=()).static_plan)
    assert {one.resource for one in plan.steps[0].targets} == {"101", "102"}


def test_a_group_of_hundreds_rings_as_many_as_fit() -> None:
    crowd = tuple(Member(str(9000 + turn), None, f"09{turn:08}") for turn in range(300))
    plan = decode(replace(SITE, members=crowd).static_plan)
    assert [len(step.targets) for step in plan.steps] == [30, 30, 30]


def test_a_firm_that_nobody_could_answer_for_is_refused() -> None:
    with pytest.raises(SiteUnfit, match="company's group"):
        render(replace(SITE, members=(), phones=()))


@pytest.mark.parametrize(
    "name",
    ['x"\n[evil]', "a;b", "<sip:x>", "${SHELL(id)}", "line\nend", "tab\there", "back\\slash", "x" * 61],
)
def test_hostile_names_are_refused(name: str) -> None:
    with pytest.raises(SiteUnfit, match="name of phone 101"):
        replace(SITE, phones=(Phone("101", "secret", name),))


@pytest.mark.parametrize("secret", ["", "with space", "semi;colon", "line\nend", 'quote"'])
def test_unfit_secrets_are_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(SiteUnfit) as caught:
        replace(SITE, phones=(Phone("101", secret, "x"),))
    assert not secret or secret not in str(caught.value)
    with pytest.raises(SiteUnfit):
        replace(SITE, ami_secret=secret)


@pytest.mark.parametrize("extension", ["110", "119", "1", "10a", "101\n", "", "sip"])
def test_unfit_extensions_are_refused(extension: str) -> None:
    with pytest.raises(SiteUnfit):
        replace(SITE, phones=(Phone(extension, "secret", "x"),))


def test_two_phones_of_one_extension_are_refused() -> None:
    with pytest.raises(SiteUnfit, match="same extension"):
        replace(SITE, phones=(SITE.phones[0], SITE.phones[0]))


@pytest.mark.parametrize("member", [Member("a b", "101"), Member("101", "1&Local/x@y"), Member("101", None, "09,x")])
def test_members_that_could_be_dial_plan_are_refused(member: Member) -> None:
    with pytest.raises(SiteUnfit):
        render(replace(SITE, members=(member,)))


def test_files_with_secrets_are_closed_to_others(tmp_path: Path) -> None:
    assert set(write(SITE, tmp_path)) == set(render(SITE))
    for path in tmp_path.iterdir():
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o600 if path.name in SECRET_FILES else 0o644), path.name


def test_writing_again_touches_what_changed_only(tmp_path: Path) -> None:
    write(SITE, tmp_path)
    (tmp_path / "ari.conf").chmod(0o644)
    assert write(SITE, tmp_path) == []
    assert stat.S_IMODE((tmp_path / "ari.conf").stat().st_mode) == 0o600
    assert write(replace(SITE, agi_port=14574), tmp_path) == ["ringward.conf"]
    assert "agi://127.0.0.1:14574/" in (tmp_path / "ringward.conf").read_text()


def test_an_unfit_site_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(SiteUnfit):
        write(replace(SITE, members=(), phones=()), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_voice_the_prompt_is_a_tone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts.shutil, "which", lambda _: None)
    made = prompts.make_prompts(tmp_path)
    assert set(made.values()) == {"tone"}
    assert prompts.PROMPTS.keys() < made.keys()
    with wave.open(str(tmp_path / "ringward-accept-key1.wav")) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        assert any(sound.readframes(sound.getnframes()))
    assert prompts.make_prompts(tmp_path) == dict.fromkeys(made, "kept")


def test_variables_are_not_told_to_anybody() -> None:
    """Every Set() would be text for AMI and JSON for ARI, before the phone rings, and nobody reads it."""
    assert settings_of(render(SITE)["stasis.conf"])["declined_message_types"]["decline"] == "ast_channel_varset_type"


def test_each_trunk_has_its_forms_of_caller_id() -> None:
    own = replace(SITE, caller_ids=(("second", ("company",)),))
    text = render(own)["ringward.conf"]
    assert "exten => second,1,Return(company)" in text
    assert "exten => _[!-~]!,1,Return(customer:asserted:company)" in text


@pytest.mark.parametrize("forms", [(), ("customer", "customer"), ("customer)\nexten => x",)])
def test_unfit_forms_of_caller_id_are_refused(forms: tuple[str, ...]) -> None:
    with pytest.raises(SiteUnfit, match="carrier"):
        replace(SITE, caller_ids=(("carrier", forms),))


BACKUP = Trunk("backup", "127.0.0.8", 15062, ("002", "+81"))


def test_one_trunk_is_asked_nothing_and_needs_no_choice() -> None:
    assert "ringward-trunks" not in dial_plan()
    assert "qualify_frequency = 0" in render(SITE)["pjsip.conf"]


def test_several_trunks_are_each_an_endpoint_and_tried_in_order() -> None:
    files = render(replace(SITE, more_trunks=(BACKUP, Trunk("third", "10.0.0.9"))))
    for name, address in (("carrier", "127.0.0.9:15061"), ("backup", "127.0.0.8:15062"), ("third", "10.0.0.9:5060")):
        assert f"[{name}]\ntype = endpoint" in files["pjsip.conf"]
        assert f"contact = sip:{address}" in files["pjsip.conf"]
    assert "qualify_frequency = 0" not in files["pjsip.conf"].partition("Desk phones")[0]
    assert "exten => _002!,1,Return(backup&carrier&third)" in files["ringward.conf"]
    assert "exten => _[!-~]!,1,Return(carrier&backup&third)" in files["ringward.conf"]


@pytest.mark.parametrize(
    "trunk",
    [
        Trunk("carrier", "10.0.0.9"),
        Trunk("101", "10.0.0.9"),
        Trunk("b,c", "10.0.0.9"),
        Trunk("backup", "10.0.0.9\nexten"),
        Trunk("backup", "10.0.0.9", 0),
        Trunk("backup", "127.0.0.9", 15061),
        Trunk("backup", "10.0.0.9", 5060, ("002X",)),
        Trunk("backup", "10.0.0.9", 5060, ("",)),
    ],
)
def test_a_trunk_that_cannot_be_is_refused(trunk: Trunk) -> None:
    with pytest.raises(SiteUnfit):
        replace(SITE, more_trunks=(trunk,))
