"""What a stranger sends is text: the call rings all the same, and nothing of it is executed."""

from __future__ import annotations

import asyncio
import itertools
import unicodedata
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from cti.local.sip_phone import SipPhone
from tests.pbx.floor import PATIENCE, Floor, direct, outline
from tests.pbx.installation import Installation

pytestmark = pytest.mark.pbx

_numbers = itertools.count(1)

DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

TRACE = "/ringward/executed"
"""As Asterisk sees it: a folder of the installation's own."""

NAMES = {
    "markup": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "shell function": f"${{SHELL(touch {TRACE})}}",
    "system": f"$[${{EVAL(${{SHELL(touch {TRACE})}})}}]",
    "system application": f"x,System(touch {TRACE})",
    "another phone": "&PJSIP/666",
    "dial options": "x,60,gM(macro)",
    "quotes": 'a"b\\"c\'d`e',
    "semicolons": "a;tag=1;b",
    "separators": "a!b~c+d:e|f^g",
    "emoji": "陳太太 \U0001f600\U0001f468\u200d\U0001f469",
    "wrong way round": "\u202eevil\u202c",
    "four thousand bytes": "陳" * 1366,
    "big5": "陳太太".encode("big5"),
    "broken utf-8": b"abc\xff\xfe\x80def",
    "control characters": b"abc\x07\x1b[31mdef",
    "percent": "%0d%0aX: y %s%n",
    "query": "a&dialled=999&linkedid=1",
    "expression": '" = "" | 1 = 1 ? x : y',
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
async def test_a_hostile_name(floor: Floor, name: str | bytes) -> None:
    await floor.register("101")
    desktop = await floor.desktop("101")
    number = f"09110001{next(_numbers):02}"
    caller = await floor.call(number, to=direct("101"), name=name)
    phone = await floor.rung("101")
    pop = await desktop.expect("pop")
    shown = pop["caller"]["name"]
    assert len(shown) <= 200
    assert not any(unicodedata.category(one) == "Cc" or one in DIRECTIONS for one in shown)
    # Asterisk keeps the backslashes with which SIP writes quotes; it is text all the same.
    if isinstance(name, str) and len(name) < 80 and name.isprintable() and '"' not in name:
        assert shown == name
    assert pop["caller"]["e164"] == f"+886{number[1:]}"
    assert len(floor.desks["101"].calls) == 1
    assert phone.presented == number
    assert not executed(floor.pbx)
    await phone.answer()
    await caller.until_answered()
    caller.hang_up()
    await phone.until_over()
    record = await floor.record(f"+886{number[1:]}")
    assert outline(record) == ["desk 101 answered"]
    assert record["caller"]["name"] == shown


async def test_a_header_in_the_name_stays_out_of_the_phones_invite(floor: Floor) -> None:
    await floor.register("101")
    desktop = await floor.desktop("101")
    # A line end that is one makes no SIP message at all, and need not ring.
    broken = await floor.carrier.place(direct("101"), sender='"evil\r\nX-Evil: 1" <sip:0911000200@127.0.0.2>')
    caller = await floor.call("0911000201", to=direct("101"), name="evil%0d%0aX-Evil: 1")
    phone = await floor.rung("101")
    pop = await desktop.expect("pop")
    assert pop["caller"]["name"] == "evil%0d%0aX-Evil: 1"
    invite = next(one.message for one in floor.desks["101"].trace if one.message.name == "INVITE")
    assert not invite.all_headers("x-evil")
    assert phone.presented == "0911000201"
    caller.hang_up()
    broken.hang_up()
    await phone.until_over()


SENDERS = {
    "shell": f"sip:%24%7BSHELL(touch%20{TRACE})%7D@127.0.0.2",
    "line end": "sip:0911%0d%0aX-Evil%3a1@127.0.0.2",
    "long": f"sip:{'9' * 900}@127.0.0.2",
    "words": "sip:alert(1)@127.0.0.2",
    "another phone": "sip:1&PJSIP%2F666@127.0.0.2",
    "path": "sip:..%2f..%2fetc%2fpasswd@127.0.0.2",
    "sql": "sip:0'%20OR%201=1--@127.0.0.2",
    "separators": "sip:1!2~3+4:5@127.0.0.2",
    "nobody": "sip:127.0.0.2",
    "telephone": "tel:+886911000300",
}


@pytest.mark.parametrize("uri", SENDERS.values(), ids=SENDERS.keys())
async def test_a_hostile_number(floor: Floor, uri: str) -> None:
    await floor.register("101")
    desktop = await floor.desktop("101")
    caller = await floor.carrier.place(direct("101"), sender=f"<{uri}>")
    phone = await floor.rung("101")
    pop = await desktop.expect("pop")
    assert pop["card"] is None
    assert len(pop["caller"]["raw"]) <= 60
    assert not executed(floor.pbx)
    await phone.answer()
    await caller.until_answered()
    caller.hang_up()
    await desktop.expect("call.ended", call_id=pop["call_id"], reason="completed")


DIALLED = {
    "shell": f"%24%7BSHELL(touch%20{TRACE})%7D",
    "second application": f"0255501000,1,System(touch%20{TRACE})",
    "another phone": "0255501000&PJSIP%2F666",
    "nothing dialled": "s",
    "long": "0" * 300,
}


@pytest.mark.parametrize("dialled", DIALLED.values(), ids=DIALLED.keys())
async def test_a_hostile_dialled_number_rings_somebody_or_is_refused(floor: Floor, dialled: str) -> None:
    await floor.register("101")
    number = f"09110004{next(_numbers):02}"
    caller = await floor.call(number, to=dialled)
    ringing = asyncio.create_task(floor.rung("101"))
    over = asyncio.create_task(caller.until_over())
    await asyncio.wait((ringing, over), return_when=asyncio.FIRST_COMPLETED)
    if over.done():
        ringing.cancel()
        assert caller.status in {400, 404, 414, 416, 484}
    else:
        over.cancel()
        caller.hang_up()
        await caller.until_over()
    await asyncio.gather(ringing, over, return_exceptions=True)
    assert not executed(floor.pbx)


AGI = {
    "nothing": b"",
    "no end": b"agi_network: yes\n",
    "rubbish": b"\x00\xff\xfe" * 400 + b"\n\n",
    "not ours": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "unknown script": b"agi_network: yes\nagi_network_script: ../../etc/passwd\nagi_request: agi://x/..\n\n",
    "line without end": b"agi_request: " + b"x" * 200_000,
    "many headers": b"".join(b"agi_x%d: y\n" % i for i in range(5000)) + b"\n",
    "hostile query": (
        b"agi_network: yes\nagi_network_script: route?dialled=$%7BSHELL(id)%7D&linkedid=%0a%0dSET VARIABLE X Y\n"
        b'agi_request: agi://x/route\nagi_callerid: \x1b[31m"\nagi_calleridname: \xff\xfe<script>\n\n'
    ),
}


async def test_what_stands_behind_a_number_is_none_of_its_digits(floor: Floor) -> None:
    """As IMS networks write numbers: who is called is whose number it is, and the caller is known by theirs."""
    await floor.register("101")
    desktop = await floor.desktop("101")
    sender = "<sip:+886933000222;cpc=ordinary;phone-context=ims.example@127.0.0.2;user=phone>"
    caller = await floor.carrier.place(f"{direct('101')};npdi;rn=886912", sender=sender)
    phone = await floor.rung("101")
    pop = await desktop.expect("pop")
    assert (pop["caller"]["e164"], pop["dialled"]) == ("+886933000222", direct("101"))
    assert pop["card"]["name"] == "陳太太"
    assert phone.presented == "+886933000222"
    caller.hang_up()
    await phone.until_over()


async def test_digits_of_full_width_are_digits(floor: Floor) -> None:
    """An input method's digits: the same caller, on the card and on the phone that rings, not a withheld one."""
    await floor.register("101")
    desktop = await floor.desktop("101")
    caller = await floor.carrier.place(
        direct("101"), sender=f"<sip:{quote('＋８８６９３３０００２２２＃１２')}@127.0.0.2>"
    )
    phone = await floor.rung("101")
    pop = await desktop.expect("pop")
    assert (pop["caller"]["e164"], pop["caller"]["withheld"]) == ("+886933000222", False)
    assert pop["card"]["name"] == "陳太太"
    assert unquote(phone.presented) == "+886933000222#12"
    caller.hang_up()
    await phone.until_over()


CONTACTS = {
    "comma": "sip:{user},9,gM(macro)@{host}",
    "open bracket": "sip:{user}(@{host}",
    "ampersand": "sip:{user}@{host};odd=1&x",
    "another phone": "sip:{user}@{host};odd=1&PJSIP/102",
}


class OddPhone(SipPhone):
    """A phone that says where it is in a way of its own."""

    odd = ""

    @property
    def contact(self) -> str:
        host, port = self.wire.address
        return self.odd.format(user=self.username, host=f"{host}:{port}")


@pytest.mark.parametrize("contact", CONTACTS.values(), ids=CONTACTS.keys())
async def test_what_a_phone_says_of_itself_is_no_dial_string(floor: Floor, contact: str) -> None:
    number = f"09110005{next(_numbers):02}"
    async with OddPhone("101", floor.pbx.secrets.phones["101"], server=floor.pbx.sip) as phone:
        phone.odd = contact
        await phone.register()
        await floor.everybody("available", ("101",))
        caller = await floor.call(number, to=direct("101"))
        called = await phone.incoming(PATIENCE)
        called.ring()
        await called.until_over()  # its ring time counts
        mobile = await floor.mobile_rung("101")
        caller.hang_up()
        await mobile.until_over()
        record = await floor.record(f"+886{number[1:]}")
        assert outline(record) == ["desk 101 no_answer", "mobile 101 caller_hung_up"]


async def test_a_hostile_question_harms_nobody(floor: Floor) -> None:
    await floor.register("101")
    desktop = await floor.desktop("101")

    async def ask(question: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", floor.pbx.settings.agi_port)
        try:
            writer.write(question)
            writer.write_eof()
            return await asyncio.wait_for(reader.read(65536), 20)
        except OSError:  # it hung up on us
            return b""
        finally:
            writer.close()

    for answer in await asyncio.gather(*(ask(question) for question in AGI.values())):
        # One command a line, and nothing of what was sent in it but a plan.
        for line in answer.splitlines():
            assert line.startswith((b'SET VARIABLE "RW_PLAN" ', b'SET VARIABLE RW_PLAN "')), line
    assert not desktop.heard("pop")
    caller = await floor.call("0911000500", to=direct("101"))
    phone = await floor.rung("101")
    await desktop.expect("pop", dialled="0255501101")
    caller.hang_up()
    await phone.until_over()
    record = await floor.record("+886911000500")
    assert outline(record) == ["desk 101 caller_hung_up"]
    assert record["plan_source"] == "daemon"


def executed(pbx: Installation) -> bool:
    """Whether anything that was sent has been run."""
    return (pbx.home / "asterisk" / Path(TRACE).name).exists()
