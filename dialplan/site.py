"""What one Asterisk is to be told: addresses, secrets, phones and the last net, checked before anything is written.

Every value stands in a configuration file, where a quote, a semicolon or a line end would be configuration: so each
has a narrow alphabet, and what does not fit is refused with its name. Knows no template and no file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dialplan.trunks import Trunk
from routing.model import LegKind, RoutePlan, Step, Target, TargetType, Why, WhyCode
from routing.numbering import EMERGENCY_NUMBERS
from routing.route import MOST_TARGETS_IN_A_STEP, fitting
from routing.wire import PlanUnfit, encode

_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}\Z")
_EXTENSION = re.compile(r"[0-9]{2,10}\Z")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}\Z")
_NUMBER = re.compile(r"\+?[0-9]{2,20}\Z")
_TRUNK = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}\Z")
_BEGINNING = re.compile(r"\+?[0-9]{1,12}\Z")
_COUNTRY = re.compile(r"[1-9][0-9]{0,6}\Z")
_PATH = re.compile(r"/[^\x00-\x1f;\"'$\\,()&|]{0,200}\Z")
_NAME = re.compile(r"[^\x00-\x1f\x7f\";<>\\$\[\]{}]{1,60}\Z")


CALLER_ID_FORMS = ("customer", "diversion", "asserted", "company")
"""Whose number a mobile is shown, and what the carrier is told beside it; docs/mobile.md."""


class SiteUnfit(ValueError):
    """A value cannot stand in Asterisk's configuration; the sentence names it."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A desk phone. `extension` is its endpoint, its account and what colleagues dial; `secret` its digest password.

    `agent` is whose it is, the extension unless given; `shows` the number its calls outside show, the company's unless
    given.
    """

    extension: str
    secret: str = field(repr=False)
    name: str = ""
    agent: str = ""
    shows: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the company's group: `desk` an extension, `mobile` a number; the mobile counts without a desk."""

    agent: str
    desk: str | None = None
    mobile: str | None = None


@dataclass(frozen=True, slots=True)
class Paths:
    """Folders as Asterisk sees them. `modules` and `share` are None where the package's own are right."""

    config: str = "/ringward/etc"
    state: str = "/ringward/lib"
    spool: str = "/ringward/spool"
    run: str = "/ringward/run"
    log: str = "/ringward/log"
    prompts: str = "/ringward/sounds"
    modules: str | None = None
    share: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One Asterisk's particulars. Times in seconds; hosts are loopback addresses unless the site knows better."""

    ami_secret: str = field(repr=False)
    ari_secret: str = field(repr=False)
    phones: tuple[Phone, ...]
    members: tuple[Member, ...]
    company_number: str
    paths: Paths = Paths()
    bind_host: str = "127.0.0.1"
    sip_port: int = 5060
    rtp_start: int = 20000
    rtp_end: int = 21998
    ami_port: int = 5038
    ari_port: int = 8088
    agi_host: str = "127.0.0.1"
    agi_port: int = 4573
    ami_user: str = "ringward"
    ari_user: str = "ringward"
    trunk: str = "carrier"
    carrier_host: str = "127.0.0.2"
    carrier_port: int = 5060
    more_trunks: tuple[Trunk, ...] = ()
    countries: tuple[str, ...] = ()
    transfer_outside: bool = False
    ask_timeout: float = 0.8
    group_seconds: int = 30
    accept_attempts: int = 1
    accept_seconds: int = 4
    caller_id_forms: tuple[str, ...] = ("customer", "asserted", "company")
    caller_ids: tuple[tuple[str, tuple[str, ...]], ...] = ()
    caller_id_hours: int = 24
    listens: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot stand in a configuration file.

        Raises:
            SiteUnfit: names the value and says what would be right.
        """
        for name in ("ami_user", "ari_user", "ami_secret", "ari_secret", "trunk"):
            _fits(name, getattr(self, name), _WORD, "1 to 64 letters, digits, '.', '_' or '-'")
        for name in ("bind_host", "agi_host", "carrier_host"):
            _fits(name, getattr(self, name), _HOST, "an address or a host name")
        for name in ("sip_port", "ami_port", "ari_port", "agi_port", "carrier_port", "rtp_start", "rtp_end"):
            if not 1 <= getattr(self, name) <= 65535:
                raise SiteUnfit(f"{name} is {getattr(self, name)}: a port is between 1 and 65535")
        if self.rtp_end - self.rtp_start < 4:
            raise SiteUnfit("rtp_end must lie above rtp_start: each call needs four ports")
        if not 0.1 <= self.ask_timeout <= 5:
            raise SiteUnfit("ask_timeout must be between 0.1 and 5 seconds")
        _fits("company_number", self.company_number, _NUMBER, "digits, perhaps with + before them")
        self._check_trunks()
        self._check_caller_ids()
        for path in (self.paths.config, self.paths.state, self.paths.spool, self.paths.run, self.paths.log):
            _fits("paths", path, _PATH, "an absolute path without quotes or separators")
        _fits("paths.prompts", self.paths.prompts, _PATH, "an absolute path without quotes or separators")
        for country in self.countries:
            _fits("countries", country, _COUNTRY, "a calling code like 852")
        for phone in self.phones:
            _check_phone(phone)
        if len({phone.extension for phone in self.phones}) != len(self.phones):
            raise SiteUnfit("two phones have the same extension")

    @property
    def trunks(self) -> tuple[Trunk, ...]:
        """Every trunk, the firm's first one first."""
        return (Trunk(self.trunk, self.carrier_host, self.carrier_port), *self.more_trunks)

    def _check_trunks(self) -> None:
        for trunk in self.more_trunks:
            _fits("trunks", trunk.name, _TRUNK, "a letter, then up to 39 letters, digits, '.', '_' or '-'")
            _fits(f"host of trunk {trunk.name}", trunk.host, _HOST, "an address or a host name")
            if not 1 <= trunk.port <= 65535:
                raise SiteUnfit(f"the port of trunk {trunk.name} is {trunk.port}: a port is between 1 and 65535")
            for beginning in trunk.numbers:
                _fits(f"numbers of trunk {trunk.name}", beginning, _BEGINNING, "1 to 12 digits, perhaps after +")
        if len({trunk.name for trunk in self.trunks}) != len(self.trunks):
            raise SiteUnfit("two trunks have the same name")
        if len({(trunk.host, trunk.port) for trunk in self.trunks}) != len(self.trunks):
            raise SiteUnfit("two trunks are at the same address")

    def _check_caller_ids(self) -> None:
        for trunk, forms in (("caller_id_forms", self.caller_id_forms), *self.caller_ids):
            _fits("trunk", trunk, _WORD, "1 to 64 letters, digits, '.', '_' or '-'")
            if not forms or len(set(forms)) != len(forms) or not set(forms) <= set(CALLER_ID_FORMS):
                known = ", ".join(CALLER_ID_FORMS)
                raise SiteUnfit(
                    f"the caller ID forms of {trunk} must be some of {known}, each once, the first tried first"
                )
        if not 1 <= self.caller_id_hours <= 8760:
            raise SiteUnfit("caller_id_hours must be between 1 and 8760")

    @property
    def static_plan(self) -> str:
        """The line that rings the company's group when there is no plan at all; every phone, if the group has none.

        Of a group of hundreds the first are rung, as many as fit the line.

        Raises:
            SiteUnfit: there is nobody to ring.
        """
        targets = [one for one in map(_target, self.members) if one is not None]
        targets = targets or [Target(TargetType.DESK, phone.extension, phone.extension) for phone in self.phones]
        steps = fitting(
            Step(
                LegKind.GROUP,
                tuple(targets[start : start + MOST_TARGETS_IN_A_STEP]),
                self.group_seconds,
                Why(WhyCode.NUMBER_GROUP),
            )
            for start in range(0, len(targets), MOST_TARGETS_IN_A_STEP)
        )
        try:
            return encode(RoutePlan("static", steps, self.trunk))
        except PlanUnfit as error:
            raise SiteUnfit(f"the company's group cannot be rung without the daemon: {error}") from error


def _target(member: Member) -> Target | None:
    if member.desk:
        return Target(TargetType.DESK, member.agent, member.desk)
    if member.mobile:
        return Target(TargetType.MOBILE, member.agent, member.mobile)
    return None


def _check_phone(phone: Phone) -> None:
    _fits("extension", phone.extension, _EXTENSION, "2 to 10 digits")
    if phone.extension in EMERGENCY_NUMBERS:
        raise SiteUnfit(f"extension {phone.extension} is an emergency number: choose another")
    _fits(f"secret of phone {phone.extension}", phone.secret, _WORD, "letters, digits, '.', '_' or '-'", secret=True)
    if phone.agent:
        _fits(f"agent of phone {phone.extension}", phone.agent, _CODE, "1 to 40 letters, digits, '.', '_' or '-'")
    if phone.shows:
        _fits(f"number shown by phone {phone.extension}", phone.shows, _NUMBER, "digits, perhaps with + before them")
    if phone.name:
        _fits(f"name of phone {phone.extension}", phone.name, _NAME, "1 to 60 characters, no quotes or brackets")


def _fits(name: str, value: str, alphabet: re.Pattern[str], form: str, *, secret: bool = False) -> None:
    if not alphabet.match(value):
        shown = "" if secret or "secret" in name else f" {value!r}"
        raise SiteUnfit(f"{name}{shown} cannot stand in Asterisk's configuration: give {form}")
