"""The settings' part of the pocket card, made into what this room works with: ways, terms, limits.

Daemon, command line and doctor make the same of the same settings here. Must not do anything with it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from cti.agents.tables import AgentRow
from cti.pocket.channels import Channel, Limits, usual
from cti.pocket.gateway import Sms
from cti.pocket.line import Line
from cti.pocket.push import Push
from cti.pocket.rules import Terms
from cti.pocket.sms import Gateway, check
from cti.pocket.ways import LINE, LOG, MAIL, PUSH, SMS, Log, Mail, Way
from cti.promises.configured import smtp_of
from cti.settings import Settings
from cti.wording import translate


def terms_of(settings: Settings) -> Terms:
    """How long a card lives."""
    return Terms(
        longest=timedelta(minutes=settings.pocket_longest_minutes),
        wrap_up=timedelta(minutes=settings.pocket_wrap_up_minutes),
    )


def limits_of(settings: Settings) -> Limits:
    """What may be a target."""
    return Limits(
        services=settings.pocket_push_services,
        countries=frozenset(settings.mobile_countries),
        log=settings.pocket_log,
    )


def gateway_of(settings: Settings) -> Gateway | None:
    """The SMS gateway; None when there is none.

    Raises:
        Invalid: its template cannot work.
    """
    if not settings.pocket_sms_url:
        return None
    gateway = Gateway(
        url=settings.pocket_sms_url,
        format=settings.pocket_sms_format,
        body=settings.pocket_sms_body,
        success=settings.pocket_sms_success,
        method=settings.pocket_sms_method,
        encoding=settings.pocket_sms_encoding,
        headers=settings.pocket_sms_headers,
    )
    check(gateway)
    return gateway


def ways_of(
    settings: Settings, now: Callable[[], datetime], seen: Callable[[str, str], None] = lambda _key, _link: None
) -> dict[str, Way]:
    """The ways that are set up, by kind. `seen` is told of links that the channel `log` shows.

    Raises:
        Invalid: one of them cannot work as it is set.
    """
    ways: dict[str, Way] = {}
    if settings.push_key_file.is_file():
        contact = settings.pocket_push_contact
        ways[PUSH] = Push(settings.push_key_file, contact, settings.pocket_push_services, now)
    if settings.pocket_line_token:
        ways[LINE] = Line(settings.pocket_line_token, settings.pocket_line_url)
    gateway = gateway_of(settings)
    if gateway is not None:
        ways[SMS] = Sms(gateway)
    smtp = smtp_of(settings)
    if smtp is not None:
        ways[MAIL] = Mail(smtp, translate("Call coming in: look at the pocket card", settings.language))
    if settings.pocket_log:
        ways[LOG] = Log(seen)
    return ways


def usual_of(settings: Settings, row: AgentRow | None) -> list[Channel]:
    """The ways of an agent who has set none."""
    kinds = settings.pocket_usual if not settings.pocket_log else tuple(dict.fromkeys((*settings.pocket_usual, LOG)))
    return usual(row, kinds, settings.notice_mail_to)
