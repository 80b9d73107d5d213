"""The settings' part of promises, made into what this room works with: terms, hours, whom to tell and by which way.

Daemon and command line make the same of the same settings here. Must not do anything with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from cti.agents.hours import parse_weekly, public_days
from cti.delivery.courier import Carrier, Smtp, carriers_of
from cti.promises.keeper import Terms
from cti.promises.ledger import Ledger
from cti.promises.notices import Addresses
from cti.settings import Settings
from routing.hours import Opening

YEARS = 3
"""For so many years from now the public holidays are known; a daemon is restarted more often than that."""


def terms_of(settings: Settings) -> Terms:
    """What the firm promises."""
    return Terms(
        settings.promise_minutes,
        settings.promise_deputy_minutes,
        settings.promise_manager_minutes,
        settings.promise_kept_seconds,
        settings.promise_callback_minutes,
        settings.promise_tier_minutes,
    )


def default_opening(settings: Settings, now: datetime) -> Opening:
    """The hours of numbers whose service has none, with the region's public holidays.

    Raises:
        Invalid: `opening_hours` cannot be read.
    """
    years = range(now.year - 1, now.year + YEARS)
    return Opening(settings.zone, parse_weekly(settings.opening_hours), public_days(settings.region, years))


def ledger_of(settings: Settings, names: Callable[[], Mapping[str, str]] = dict) -> Ledger:
    """A ledger that writes notices for whom the settings name; `names` says what colleagues call each agent."""
    addresses = Addresses(
        language=settings.language,
        zone=settings.zone,
        mail=settings.notice_mail_to if settings.notice_mail_host else {},
        webhook=settings.notice_webhook_url,
        names=names,
    )
    return Ledger(addresses.compose)


def smtp_of(settings: Settings) -> Smtp | None:
    """The mail server; None when there is none."""
    if not settings.notice_mail_host:
        return None
    return Smtp(
        host=settings.notice_mail_host,
        port=settings.notice_mail_port,
        sender=settings.notice_mail_from,
        user=settings.notice_mail_user,
        password=settings.notice_mail_password,
        security=settings.notice_mail_security,
    )


def carriers(settings: Settings) -> dict[str, Carrier]:
    """The ways of sending that are configured; none by default."""
    return carriers_of(
        smtp=smtp_of(settings),
        webhook=bool(settings.notice_webhook_url),
        webhook_secret=settings.notice_webhook_secret,
    )
