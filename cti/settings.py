"""Settings: frozen, typed, read once at start from `ringward.toml` in the home folder and `RINGWARD_` variables.

Everything one machine's installation can change is here; a room is handed the part it needs, never all of it.
"""

from __future__ import annotations

import ipaddress
import os
import re
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

KEPT_KINDS = (
    "calls",
    "interactions",
    "promises",
    "pocket_cards",
    "call_plans",
    "notices",
    "waiting_messages",
    "outgoing_messages",
    "customer_notices",
)
"""Kinds of records that may be kept for so many days only (`cti.privacy.retention`)."""

CallerIdForm = Literal["customer", "diversion", "asserted", "company"]

DEFAULT_HOME = Path(__file__).resolve().parent.parent / "var"


def home_from_environment() -> Path:
    """The folder of this installation's state: `RINGWARD_HOME`, or `var/` of the checkout."""
    return Path(os.environ.get("RINGWARD_HOME") or DEFAULT_HOME).absolute()


class Disposition(BaseModel):
    """One outcome a call can have: a code that records keep, and its words in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    zh: str = Field(min_length=1, max_length=40)
    en: str = Field(min_length=1, max_length=40)


DISPOSITIONS = (
    Disposition(code="won", zh="已成交", en="Sold"),
    Disposition(code="quoting", zh="報價中", en="Quoting"),
    Disposition(code="solved", zh="已解答", en="Answered"),
    Disposition(code="call_back", zh="需回電", en="To be called back"),
    Disposition(code="complaint", zh="客訴處理中", en="Complaint in hand"),
    Disposition(code="wrong", zh="打錯/無效", en="Wrong number"),
)
"""What a call in a small firm comes to; more than seven are not chosen from but guessed at."""


class TrunkSettings(BaseModel):
    """Another carrier: where it listens, and the beginnings of numbers, as they are dialled, that go over it first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(5060, ge=1, le=65535)
    numbers: tuple[Annotated[str, Field(pattern=r"^\+?[0-9]{1,12}$")], ...] = ()


FIRST_TRUNK = "carrier"
"""The firm's first trunk, at `carrier_host` and `carrier_port`."""


class Settings(BaseSettings):
    """One installation. Times in seconds, ports on `bind_host`, `time_zone` an IANA name."""

    model_config = SettingsConfigDict(env_prefix="RINGWARD_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=home_from_environment)
    language: str = "zh-Hant"
    time_zone: str = "Asia/Taipei"
    region: str = "TW"
    bind_host: str = "127.0.0.1"

    sip_port: int = Field(5060, ge=1, le=65535)
    ami_port: int = Field(5038, ge=1, le=65535)
    ari_port: int = Field(8088, ge=1, le=65535)
    agi_port: int = Field(4573, ge=1, le=65535)
    web_port: int = Field(8080, ge=1, le=65535)
    rtp_start: int = Field(20000, ge=1024, le=65000)
    rtp_end: int = Field(21998, ge=1024, le=65535)
    carrier_host: str = "127.0.0.2"
    carrier_port: int = Field(5060, ge=1, le=65535)

    trunks: dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,39}$")], TrunkSettings] = Field(
        default_factory=dict
    )
    """Further carriers beside the first, by name, in the order in which they are tried after it (docs/mobile.md)."""

    database_url: str = ""
    ami_user: str = "ringward"
    ami_secret: str = ""
    ari_user: str = "ringward"
    ari_secret: str = ""
    ari_app: str = "ringward"
    asterisk_dir: Path | None = None
    cel_file: Path | None = None
    public_origins: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses of our own proxies: what they name last in `X-Forwarded-For` is who is out there."""

    ask_timeout: float = Field(0.8, gt=0.1, le=5)
    session_hours: float = Field(12.0, gt=0)
    wrap_up_seconds: int = Field(30, ge=0, le=3600)
    dispositions: tuple[Disposition, ...] = Field(DISPOSITIONS, min_length=1)
    presence_grace_seconds: float = Field(30.0, ge=0, le=600)
    """How long after their last page closed a colleague still counts as here."""

    answer_rate_alarm: float = Field(0.9, ge=0, le=1)
    answer_rate_window: int = Field(60, ge=1, le=7 * 24 * 60)
    answer_rate_minimum: int = Field(5, ge=1)
    rehearse_at: time | None = time(8, 30)
    mobile_countries: tuple[str, ...] = ()
    """Calling codes (`852`) of other countries whose mobiles may be rung: such a leg is dear."""
    outgoing_countries: tuple[str, ...] = ()
    """Calling codes (`852`), or longer beginnings (`1212`), that may be dialled from the firm's telephones. Those of
    `mobile_countries` may be, too."""
    transfer_outside: bool = False
    """Whether a phone may transfer a call to a number outside the firm: the firm pays for both ways."""

    caller_id: dict[str, tuple[CallerIdForm, ...]] = Field(default_factory=dict)
    """Trunk -> whose number its mobiles are shown: the forms in the order in which they are tried (docs/mobile.md)."""
    caller_id_hours: int = Field(24, ge=1, le=8760)

    whisper: Literal["person", "open", "key", "off"] = "person"
    """To whom a mobile's prompt tells who calls and about what (docs/mobile.md)."""
    speech_command: tuple[str, ...] = ("espeak-ng", "-v", "{voice}", "-s", "230", "--stdin", "-w", "{file}")
    speech_voices: dict[str, str] = Field(default_factory=lambda: {"zh-Hant": "cmn", "en": "en"})
    speech_seconds: float = Field(5.0, gt=0, le=60)
    sounds_dir: Path | None = None

    wall_caller_names: bool = False
    """Whether the wallboard, and the live figures, name the customers who call."""

    fact_stale_days: int = Field(365, ge=1, le=36500)
    """From how many days on a fact that nobody confirmed is asked again."""

    look_ups_alarm: int = Field(40, ge=1)
    """Different customers that one person looks up within an hour, outside their own calls, before managers hear."""
    look_ups_most: int = Field(120, ge=1)
    """And from how many on no further one is shown."""
    finds_alarm: int = Field(200, ge=1)
    """Different customers that searches show one person within an hour before managers hear; every part of a number
    that is tried counts as one. Somebody who types finds some at every letter."""
    finds_most: int = Field(500, ge=1)
    """And from how many on no further search is answered."""

    worth_at: time | None = time(3, 0)
    """When, in local time, every customer's worth is worked out anew; none for never."""
    worth_sets_tier: bool = True
    worth_a_share: float = Field(0.8, gt=0, lt=1)
    worth_b_share: float = Field(0.95, gt=0, le=1)
    worth_margin: float = Field(0.1, ge=0, le=1)
    worth_half_dormant_days: int = Field(180, ge=1)
    worth_dormant_days: int = Field(365, ge=2)
    worth_hollow_contacts: int = Field(6, ge=1)
    keep_days: dict[str, int] = Field(
        default_factory=lambda: {"pocket_cards": 180, "notices": 90, "customer_notices": 90}
    )
    """How many days records of a kind are kept; what is not named, or 0, for good (docs/privacy.md)."""
    keep_orders_years: int = Field(5, ge=0, le=30)
    """How many years paid orders are kept without the person when one is erased; 0 for not at all."""
    retention_at: time = time(3, 30)

    promise_minutes: int = Field(30, ge=1, le=7 * 24 * 60)
    promise_callback_minutes: int = Field(10, ge=1, le=7 * 24 * 60)
    promise_deputy_minutes: int = Field(15, ge=1, le=7 * 24 * 60)
    promise_manager_minutes: int = Field(30, ge=1, le=7 * 24 * 60)
    promise_kept_seconds: float = Field(20.0, ge=1, le=3600)
    promise_tier_minutes: dict[str, Annotated[int, Field(ge=1, le=7 * 24 * 60)]] = Field(default_factory=dict)
    """Other minutes than `promise_minutes` for customers of a tier: `{ A = 10 }`."""
    call_plan_days: int = Field(400, ge=0, le=3650)
    """How long is kept what was decided for each call; 0 for ever. Reports of older days tell less of who stood in."""
    opening_hours: str = "Mon-Fri 09:00-18:00"

    notice_mail_host: str = ""
    notice_mail_port: int = Field(587, ge=1, le=65535)
    notice_mail_security: Literal["none", "starttls", "tls"] = "starttls"
    notice_mail_user: str = ""
    notice_mail_password: str = ""
    notice_mail_from: str = ""
    notice_mail_to: dict[str, str] = Field(default_factory=dict)
    notice_webhook_url: str = ""
    notice_webhook_secret: str = ""

    customer_webhook_url: str = ""
    """Where another system is told of new prospects, changed customers and what was said (docs/intake.md)."""
    customer_webhook_secret: str = ""

    public_url: str = ""
    """Where the page is for a phone out there, like `https://phones.example.com`: links to pocket cards begin so."""
    pocket_longest_minutes: int = Field(240, ge=1, le=24 * 60)
    pocket_wrap_up_minutes: int = Field(10, ge=1, le=24 * 60)
    pocket_usual: tuple[Literal["sms", "mail", "log"], ...] = ("sms", "mail")
    pocket_name_in_message: bool = False
    pocket_log: bool = False
    pocket_push_contact: str = ""
    pocket_push_services: tuple[str, ...] = (
        "https://fcm.googleapis.com",
        "https://*.push.services.mozilla.com",
        "https://*.push.apple.com",
        "https://*.notify.windows.com",
    )
    pocket_line_token: str = ""
    pocket_line_url: str = "https://api.line.me"
    pocket_sms_url: str = ""
    pocket_sms_method: Literal["GET", "POST"] = "POST"
    pocket_sms_format: Literal["query", "form", "json"] = "form"
    pocket_sms_body: str = "to={national}&text={text}"
    pocket_sms_headers: dict[str, str] = Field(default_factory=dict)
    pocket_sms_encoding: str = "utf-8"
    pocket_sms_success: str = ""

    message_channels: tuple[Literal["sms", "mail"], ...] = ()
    """By which ways messages to customers are really sent; by none they stay in the queue (docs/customers.md)."""
    message_subject: str = Field("", max_length=100)
    """What mails to customers have as their subject; a general one without."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of say: arguments, environment, `ringward.toml` in the home folder."""
        toml = TomlConfigSettingsSource(settings_cls, home_from_environment() / "ringward.toml")
        return init_settings, env_settings, toml

    @field_validator("rehearse_at", "worth_at", mode="before")
    @classmethod
    def _no_time_is_never(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("mobile_countries", "outgoing_countries")
    @classmethod
    def _calling_codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if not re.fullmatch(r"[1-9][0-9]{0,6}", code) or code.startswith("886"):
                raise ValueError(f"{code!r} is no other country's calling code; write 852, without + or 00")
        return value

    @property
    def all_trunks(self) -> dict[str, TrunkSettings]:
        """Every trunk by name, first tried first."""
        return {FIRST_TRUNK: TrunkSettings(host=self.carrier_host, port=self.carrier_port), **self.trunks}

    @property
    def callable_countries(self) -> tuple[str, ...]:
        """Where the firm's telephones may call, as beginnings of numbers in international form."""
        return tuple(sorted({*self.outgoing_countries, *self.mobile_countries}))

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    @model_validator(mode="after")
    def _fastagi_stays_on_loopback(self) -> Settings:
        """FastAGI has no authentication: whoever reaches the port could ask for plans (ASTERISK.md)."""
        if not ipaddress.ip_address(self.bind_host).is_loopback:
            raise ValueError("bind_host must be a loopback address: FastAGI has no authentication")
        return self

    @field_validator("speech_command")
    @classmethod
    def _speaks_into_a_file(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not any("{file}" in word for word in value):
            raise ValueError('give the words of a command, one of them with {file}: ["espeak-ng", "-w", "{file}"]')
        return value

    @field_validator("caller_id")
    @classmethod
    def _forms_once_each(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for trunk, forms in value.items():
            if not forms or len(set(forms)) != len(forms):
                raise ValueError(f"give the trunk {trunk} one or more forms, each once")
        return value

    @field_validator("trunks")
    @classmethod
    def _no_second_first_trunk(cls, value: dict[str, TrunkSettings]) -> dict[str, TrunkSettings]:
        if FIRST_TRUNK in value:
            raise ValueError(f"trunks: {FIRST_TRUNK} is the first one, at carrier_host and carrier_port; name others")
        return value

    @field_validator("keep_days")
    @classmethod
    def _kept_a_month(cls, value: dict[str, int]) -> dict[str, int]:
        for kind, days in value.items():
            if kind not in KEPT_KINDS:
                raise ValueError(f"keep_days: {kind} is none of {', '.join(KEPT_KINDS)}")
            if days and not 31 <= days <= 36500:
                raise ValueError(f"keep_days: {kind} are kept 31 days or more, or 0 for good")
        return value

    @field_validator("dispositions")
    @classmethod
    def _each_code_once(cls, value: tuple[Disposition, ...]) -> tuple[Disposition, ...]:
        if len({one.code for one in value}) < len(value):
            raise ValueError("dispositions: each code once")
        return value

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Settings:
        if self.notice_mail_host and "@" not in self.notice_mail_from:
            raise ValueError("notice_mail_from must be an address when notice_mail_host is set")
        return self

    @model_validator(mode="after")
    def _webhook_is_http(self) -> Settings:
        if self.notice_webhook_url and not self.notice_webhook_url.startswith(("http://", "https://")):
            raise ValueError("notice_webhook_url must begin with http:// or https://")
        return self

    @model_validator(mode="after")
    def _messages_have_a_way(self) -> Settings:
        if "sms" in self.message_channels and not self.pocket_sms_url:
            raise ValueError("message_channels has sms: set pocket_sms_url and what belongs to it, or leave it out")
        if "mail" in self.message_channels and not self.notice_mail_host:
            raise ValueError("message_channels has mail: set notice_mail_host and what belongs to it, or leave it out")
        return self

    @model_validator(mode="after")
    def _customers_are_told_of_signed(self) -> Settings:
        url = self.customer_webhook_url
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("customer_webhook_url must begin with http:// or https://")
        if url and not self.customer_webhook_secret:
            raise ValueError("customer_webhook_secret must be set with customer_webhook_url: it signs what is sent")
        return self

    @field_validator("public_url")
    @classmethod
    def _public_url_is_an_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+/?", value):
            raise ValueError("public_url must be an address without a path, like https://phones.example.com")
        return value.rstrip("/")

    @cached_property
    def zone(self) -> ZoneInfo:
        """The firm's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def public_address(self) -> str:
        """What links to the page begin with; without `public_url` they work on this machine only."""
        return self.public_url or f"http://{self.bind_host}:{self.web_port}"

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Whose pages may speak to us, besides those that this server itself hands out."""
        return (*self.public_origins, self.public_url) if self.public_url else self.public_origins

    @property
    def push_key_file(self) -> Path:
        """The firm's private key for web push, made by `./run` or `ringward pocket keys`."""
        return self.home / "pocket" / "push-key.pem"

    @property
    def identity_key_file(self) -> Path:
        """The key under which identity numbers are kept, made when it is first needed. Without it nobody reads them."""
        return self.home / "identity.key"

    @property
    def database(self) -> str:
        """SQLAlchemy URL; an SQLite file in the home folder unless configured."""
        return self.database_url or f"sqlite+aiosqlite:///{self.home / 'ringward.sqlite3'}"

    @property
    def asterisk_config_dir(self) -> Path:
        """Where this installation's generated Asterisk configuration stands."""
        return self.asterisk_dir or self.home / "asterisk" / "etc"

    @property
    def sounds(self) -> Path:
        """Where this installation's prompts are, as the daemon sees the folder; Asterisk plays from it."""
        return self.sounds_dir or self.asterisk_config_dir.parent / "sounds"

    @property
    def journal_file(self) -> Path:
        """The CEL file that Asterisk writes whether or not the daemon lives; read to catch up."""
        return self.cel_file or self.home / "asterisk" / "log" / "cel-custom" / "ringward.csv"
