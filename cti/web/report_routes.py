"""Reports for those who lead: how well the firm answers, what was nearly lost, who stood in for whom.

Must not know how anything is counted: `cti.reports` is asked, as the command line asks it.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cti.reports import periods, reading
from cti.reports.answering import AnswerRate
from cti.reports.nearly_lost import NearlyLost
from cti.reports.standing_in import StandIns
from cti.web.operations import Asked, Body, Operations
from cti.web.refusals import Forbidden

operations = Operations()


class WindowQuery(Body):
    """How far back from now: `30m`, `1h`, `7d`, `today` or `yesterday`."""

    window: str = Field("today", max_length=20)


class PeriodQuery(Body):
    """Dates, or dates and times, in the firm's time zone unless they name one; `to` as a date counts whole.

    Without `from`: today. Without `to`: until now.
    """

    from_: str = Field("", alias="from", max_length=40)
    to: str = Field("", max_length=40)


@operations.route("GET", "/reports/answer-rate", answer=AnswerRate, query=WindowQuery)
async def read_answer_rate(asked: Asked) -> AnswerRate:
    """The share of inbound calls that a person answered; for leads, managers, administrators and auditors."""
    _leading(asked)
    services = asked.services
    since, until = periods.window(asked.query.window, services.now(), services.settings.zone)
    return await reading.read_answer_rate(services.store, since, until)


@operations.route("GET", "/reports/nearly-lost", answer=NearlyLost, query=PeriodQuery)
async def read_nearly_lost(asked: Asked) -> NearlyLost:
    """Calls that only the last net caught, and those nobody took; for leads, managers, administrators and auditors."""
    return await reading.read_nearly_lost(asked.services.store, *_period(asked))


@operations.route("GET", "/reports/stand-ins", answer=StandIns, query=PeriodQuery)
async def read_stand_ins(asked: Asked) -> StandIns:
    """Who stood in for whom, and how often; for leads, managers, administrators and auditors."""
    return await reading.read_stand_ins(asked.services.store, *_period(asked))


def _period(asked: Asked) -> tuple[datetime, datetime]:
    _leading(asked)
    services, query = asked.services, asked.query
    return periods.between(query.from_, query.to, services.now(), services.settings.zone)


def _leading(asked: Asked) -> None:
    """Whoever sees everybody's calls sees what became of them.

    Raises:
        Forbidden: the person asking sees only their own.
    """
    if not asked.may_read_all:
        raise Forbidden("this needs the role lead or higher")
