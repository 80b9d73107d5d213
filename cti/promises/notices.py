"""Which happenings are worth a notice, to whom, and what it says. Pure.

Must not know how notices travel: `cti.delivery.courier` sends what is decided here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from cti.delivery.tables import MAIL, WEBHOOK
from cti.promises.model import Entry, Happening, Kind, Promise, Shown, State
from cti.promises.shape import caller_text, entry_json, to_json
from cti.wording import code_text, translate

MANAGER = "manager"
"""Under this name the settings hold the address of whoever leads, beside those of agents under their codes."""

OWN = frozenset({Happening.OPENED, Happening.REOPENED})
"""Of a next step no letter: who agreed on it knows."""

SILENT = frozenset({Happening.NOTED, Happening.RECOGNISED, Happening.BRIEF})
"""Worth a line in the history and nobody's attention."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to one `target` (an address or a URL). `content` travels as JSON with the notice's key put in."""

    channel: str
    target: str
    content: Mapping[str, object]

    def body(self, key: str) -> str:
        """What is kept and sent, under the key by which a receiver knows that it has seen it before."""
        return json.dumps({"key": key, **self.content}, ensure_ascii=False)


Composer = Callable[[Shown, Entry], list[Notice]]


def no_notices(_shown: Shown, _entry: Entry) -> list[Notice]:
    """Nobody is to be told."""
    return []


@dataclass(frozen=True, slots=True)
class Addresses:
    """Whom to tell. `mail`: addresses by agent's code, `manager`, or `*` for everyone without one of their own.

    `names`: what colleagues call each agent, by code, at the moment.
    """

    language: str
    zone: ZoneInfo
    mail: Mapping[str, str] = field(default_factory=dict)
    webhook: str = ""
    names: Callable[[], Mapping[str, str]] = dict

    def compose(self, shown: Shown, entry: Entry) -> list[Notice]:
        """The notices that `entry`, which has just happened to a promise that now stands as `shown`, is worth."""
        if entry.what in SILENT:
            return []
        told = []
        if self.webhook:
            content = {"event": entry_json(entry), "promise": to_json(shown, entry.at)}
            told.append(Notice(WEBHOOK, self.webhook, content))
        address = self._address(shown, entry)
        if address:
            told.append(Notice(MAIL, address, self._letter(shown, entry)))
        return told

    def _address(self, shown: Shown, entry: Entry) -> str | None:
        promise = shown.promise
        if promise.state is not State.OPEN or (promise.kind == Kind.NEXT_STEP and entry.what in OWN):
            return None
        reader = {
            Happening.OPENED: promise.owner,
            Happening.REOPENED: promise.owner,
            Happening.ASSIGNED: promise.owner,
            Happening.LATE: promise.owner,
            Happening.ESCALATED: entry.text,
            # Of a new promise the owner was told just now; one that stood may have become due sooner.
            Happening.CALLBACK_ASKED: promise.owner if promise.attempts > 1 else None,
        }.get(entry.what)
        return self.mail.get(reader) or self.mail.get("*") if reader else None

    def _missed(self, promise: Promise) -> list[str]:
        last = promise.last_missed.astimezone(self.zone).strftime("%m-%d %H:%M")
        return [
            translate("Called in vain: {times}", self.language, times=promise.attempts),
            translate("Last at: {at}", self.language, at=last),
        ]

    def _letter(self, shown: Shown, entry: Entry) -> dict[str, object]:
        promise, language = shown.promise, self.language

        def say(sentence: str, **values: object) -> str:
            return translate(sentence, language, **values)

        names = self.names()
        due = promise.due.astimezone(self.zone).strftime("%m-%d %H:%M")
        caller = caller_text(shown) or say("Number withheld")
        what = code_text("promise_event", entry.what, language)
        step = promise.kind == Kind.NEXT_STEP
        lines = [
            say("Next step: {step}", step=promise.text) if step else say("Call back: {caller}", caller=caller),
            say("Due: {due}", due=due),
            say("Owner: {owner}", owner=names.get(promise.owner or "", promise.owner or "-")),
            *([say("Customer: {caller}", caller=caller)] if step else self._missed(promise)),
            say("Number dialled: {number}", number=promise.dialled),
            f"ringward promise show {promise.id}",
        ]
        if step:
            what = code_text("step_event", entry.what, language)
        subject = say("{what}: {caller}, due {due}", what=what, caller=caller, due=due)
        return {"subject": " ".join(subject.split()), "text": "\n".join(lines) + "\n"}
