"""Reports for those who lead: how well the firm answers, what was nearly lost, who stood in for whom.

Must not know how anything is counted: `cti.reports` is asked, as the command line asks it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pydantic import Field

from cti.customers.discretion import FULL_SIGHT, masked_if_number
from cti.errors import NotFound
from cti.reports import periods, reading
from cti.reports.answering import AnswerRate
from cti.reports.live import Live
from cti.reports.nearly_lost import NearlyLost
from cti.reports.rehearsal import SENTENCES, Chain
from cti.reports.standing_in import StandIns
from cti.web.operations import Answer, Asked, Body, Operations
from cti.web.refusals import Forbidden, reader_language
from cti.wording import translate

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
    leading(asked)
    services = asked.services
    since, until = periods.window(asked.query.window, services.now(), services.settings.zone)
    return await reading.read_answer_rate(services.store, since, until)


@operations.route("GET", "/live", answer=Live, query=WindowQuery)
async def read_live(asked: Asked) -> Live:
    """How the firm stands now: calls, promises, who is there, the answer rate; for who leads, and auditors."""
    leading(asked)
    return await asked.services.walls.now(asked.query.window)


@operations.route("GET", "/reports/nearly-lost", answer=NearlyLost, query=PeriodQuery)
async def read_nearly_lost(asked: Asked) -> NearlyLost:
    """Calls that only the last net caught, and those nobody took; for leads, managers, administrators and auditors."""
    found = await reading.read_nearly_lost(asked.services.store, *period(asked))
    if asked.who.role in FULL_SIGHT:
        return found
    return replace(found, calls=tuple(replace(one, caller=masked_if_number(one.caller)) for one in found.calls))


@operations.route("GET", "/reports/stand-ins", answer=StandIns, query=PeriodQuery)
async def read_stand_ins(asked: Asked) -> StandIns:
    """Who stood in for whom, and how often; for leads, managers, administrators and auditors."""
    return await reading.read_stand_ins(asked.services.store, *period(asked))


class FindingAnswer(Answer):
    """One finding in words: `state` is ok, warn or fail, `advice` what to do."""

    check: str
    state: str
    subject: str
    what: str
    advice: str


class RehearsalAnswer(Answer):
    """What the last rehearsal of the chains found, the worst first. `at` in UTC."""

    at: datetime
    failures: int
    warnings: int
    findings: list[FindingAnswer]
    chains: list[Chain]


@operations.route("GET", "/reports/rehearsal", answer=RehearsalAnswer)
async def read_rehearsal(asked: Asked) -> RehearsalAnswer:
    """What the last rehearsal of the chains found; for leads, managers, administrators and auditors."""
    leading(asked)
    found = await reading.read_last_rehearsal(asked.services.store)
    if found is None:
        raise NotFound("no rehearsal yet; make one with `ringward route rehearse`")
    language = reader_language(asked.request, asked.services.settings)
    findings = []
    for one in found.findings:
        what, advice = SENTENCES[one.code]
        findings.append(
            FindingAnswer(
                check=one.code,
                state=one.state,
                subject=one.subject,
                what=translate(what, language, **one.values),
                advice=translate(advice, language, **one.values) if advice else "",
            )
        )
    return RehearsalAnswer(
        at=found.at,
        failures=found.failures,
        warnings=found.warnings,
        findings=findings,
        chains=list(found.chains),
    )


def period(asked: Asked) -> tuple[datetime, datetime]:
    """The period that is asked for.

    Raises:
        Forbidden: as `leading`; Invalid: it is none.
    """
    leading(asked)
    services, query = asked.services, asked.query
    return periods.between(query.from_, query.to, services.now(), services.settings.zone)


def leading(asked: Asked) -> None:
    """Whoever sees everybody's calls sees what became of them.

    Raises:
        Forbidden: the person asking sees only their own.
    """
    if not asked.may_read_all:
        raise Forbidden("this needs the role lead or higher")
