"""Codes and English sentences -> what people read, in their language.

The catalogue is `cti/translations/zh_Hant_TW.po`: msgids are English, a sentence without a translation stays English.
Read as it is when first needed; nothing is compiled. Must not know who asks: pages, command line and notices all do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from routing.model import Because, LegKind, Passed, Waiting, WaitingKind, Why, WhyCode

TRANSLATIONS = Path(__file__).resolve().parent / "translations"
LANGUAGES = ("zh-Hant", "en")
"""What can be asked for, the default first."""

TEXTS: dict[str, dict[str, str]] = {
    "reason": {
        "answered": "answered",
        "no_answer": "no answer",
        "busy": "busy",
        "declined": "declined",
        "offline": "phone not registered",
        "dnd": "do not disturb",
        "not_accepted": "picked up, not accepted",
        "caller_hung_up": "caller hung up",
        "trunk_error": "carrier could not connect",
        "answered_elsewhere": "answered on another phone",
        "barred": "number that is not called from here",
        "transferred": "transferred",
        "completed": "call over",
    },
    "kind": {
        LegKind.DESK: "desk",
        LegKind.MOBILE: "mobile",
        LegKind.DEPUTY: "deputy",
        LegKind.GROUP: "group",
        "outbound": "call out",
    },
    "state": {
        "asking": "asking who rings",
        "ringing": "ringing",
        "talking": "talking",
        "ended": "ended",
        "called": "called",
    },
    "presence": {
        "available": "available",
        "away": "away",
        "dnd": "do not disturb",
        "ringing": "ringing",
        "on_call": "on a call",
        "wrap_up": "in wrap-up",
        "on_leave": "on leave",
        "offline": "offline",
    },
    "away": {"lunch": "lunch", "meeting": "in a meeting", "training": "in training"},
    "match": {
        "number": "the customer's number",
        "old_number": "a number the customer used to have",
        "household": "someone of the same household",
        "account": "the customer's company",
    },
    "plan_source": {
        "daemon": "asked the daemon",
        "kept": "last plan kept by the switch",
        "static": "static default",
    },
    "because": {
        Because.TIER: "as the customer's tier has it",
        Because.TRIP: "the customer is travelling or leaves within 72 hours",
        Because.LATER: "who is away from the desk or in wrap-up rings after the others",
        Because.COMPLAINT: "who the customer has an open complaint about is not rung",
    },
    "spoken": {"zh": "in Mandarin", "en": "in English"},
    "closed": {"holiday": "public holiday", "hours": "outside opening hours"},
    "profile": {"desk-and-mobile": "desk and mobile", "mobile-only": "mobile only"},
    "routing": {
        "service": "Services",
        "number": "Numbers",
        "group": "Groups",
        "hours": "Opening hours",
        "tier": "Tiers of customers",
        "duty": "Night rota",
    },
    "login_role": {
        "agent": "agent",
        "lead": "team lead",
        "manager": "manager",
        "admin": "administrator",
        "auditor": "auditor",
    },
    "calendar": {"holiday": "holiday", "workday": "workday"},
    "customer_kind": {"person": "person", "company": "company", "household": "household"},
    "to_ask": {"missing": "not known yet", "stale": "not confirmed for long"},
    "likeness": {
        "identity": "same identity number",
        "number": "same telephone number",
        "number_family": "same telephone number, other name",
        "mail": "same e-mail address",
        "name": "same name",
        "short_name": "same short name",
        "romanised": "same name in Latin letters",
        "surname": "same surname, one with a title only",
        "address": "same address",
    },
    "role": {
        "member": "member",
        "traveller": "traveller",
        "booker": "booker",
        "payer": "payer",
        "spouse": "spouse",
        "child": "child",
        "parent": "parent",
        "sibling": "brother or sister",
        "classmate": "classmate",
        "colleague": "colleague",
        "friend": "friend",
        "referrer": "sent them here",
    },
    "customer_state": {"prospect": "prospect", "customer": "customer", "erased": "erased"},
    "kept_kind": {
        "calls": "calls and their legs",
        "interactions": "interactions",
        "promises": "promises that are over",
        "pocket_cards": "links of pocket cards",
        "call_plans": "plans of calls",
        "notices": "notices that were sent",
        "waiting_messages": "messages whose owner is settled",
        "outgoing_messages": "messages that were sent or cancelled",
        "customer_notices": "what other systems were told",
    },
    "held": {
        "customers": "the record",
        "customer_numbers": "numbers",
        "numbers": "numbers",
        "customer_relations": "relations",
        "card": "the card",
        "calls": "calls",
        "call_legs": "legs of calls",
        "call_plans": "plans of calls",
        "wrap_ups": "wrap-ups",
        "interactions": "interactions",
        "matters": "complaints and requests",
        "orders": "orders",
        "payments": "payments",
        "preferences": "preferences and facts",
        "customer_worth": "worth",
        "customer_merges": "merged records",
        "identity_numbers": "identity numbers",
        "outgoing_messages": "messages to be sent",
        "caller_choices": "who usually calls from a number",
        "duplicate_pairs": "records that may be one person",
        "customer_notices": "what other systems are told",
        "import_changes": "what imports did",
        "waiting_messages": "messages that wait for an owner",
        "play_outcomes": "outcomes of plays",
        "assignments": "who looked after them",
        "promises": "promises",
        "promise_calls": "calls that promises come from",
        "promise_history": "history of promises",
        "promise_notices": "notices",
        "pocket_cards": "links of pocket cards",
        "audit": "the audit",
        "mentioned_in": "mentioned in records of others",
        "copies": "copies outside the database",
    },
    "message_state": {
        "queued": "waits to be sent",
        "sent": "sent",
        "failed": "not delivered",
        "cancelled": "cancelled",
    },
    "message_error": {
        "unwanted": "they do not want to be written to this way",
        "unspeakable": "it says what must not be mentioned to them",
        "number_over": "the number is not theirs any more",
    },
    "order": {"quoted": "quoted", "booked": "booked", "paid": "paid", "done": "done", "cancelled": "cancelled"},
    "matter": {"open": "open", "in_progress": "in progress", "closed": "closed"},
    "channel": {
        "phone": "phone",
        "note": "note",
        "web": "web",
        "mail": "e-mail",
        "line": "LINE",
        "face": "in person",
        "fax": "fax",
        "sms": "text message",
    },
    "history_kind": {
        "call": "call",
        "note": "note",
        "message": "message",
        "order": "order",
        "payment": "payment",
        "complaint": "complaint",
        "request": "request",
    },
    "import_kind": {
        "customers": "customers",
        "orders": "orders",
        "payments": "payments",
        "interactions": "messages",
    },
    "import_left": {
        "changed": "somebody changed it since",
        "used": "others hang on it",
        "gone": "it is gone",
    },
    "payment_method": {
        "cash": "cash",
        "card": "card",
        "transfer": "bank transfer",
        "cheque": "cheque",
        "mobile": "mobile payment",
        "account": "on account",
        "voucher": "voucher",
        "other": "other",
    },
    "promise_state": {"open": "to call back", "kept": "called back", "closed": "closed by hand"},
    "promise_why": {
        "owner": "looks after the customer",
        "direct": "the caller dialled their number",
        "transfer": "the call was being transferred to them",
        "deputy": "stands in for whom the caller wanted",
        "group": "first of the group that was rung",
        "company": "first of the company's group",
        "anyone": "nobody else was there",
        "assigned": "given to them by hand",
        "agreed": "agreed at the end of a call",
        "nobody": "there is nobody yet",
    },
    "promise_origin": {
        "missed": "missed call",
        "asked": "asked by key to be called back",
    },
    "promise_event": {
        "opened": "missed call",
        "missed_again": "missed again",
        "callback_asked": "asked by key to be called back",
        "brief": "spoke too briefly to count",
        "tried": "called back, not answered",
        "late": "overdue",
        "escalated": "passed on because it is overdue",
        "kept": "called back",
        "closed": "closed by hand",
        "reopened": "owed again",
        "assigned": "given to another",
        "noted": "noted",
        "recognised": "the caller is known now",
    },
    "pocket_way": {
        "push": "notice of the browser",
        "line": "LINE",
        "sms": "short message",
        "mail": "e-mail",
        "log": "the daemon's log",
    },
    "pocket_state": {"ringing": "ringing", "talking": "talking", "wrap_up": "wrap-up", "gone": "over"},
    "pocket_reason": {"nobody": "nobody answered", "expired": "its time is over"},
    "step_event": {
        "late": "next step overdue",
        "escalated": "next step passed on because it is overdue",
        "assigned": "next step given to another",
    },
    "error": {
        "ringward": "Something went wrong",
        "not_found": "Not found",
        "refused": "Not possible as things stand",
        "invalid": "That cannot be right",
        "not_logged_in": "Please log in",
        "switch_unavailable": "The telephone switch cannot be reached",
        "store_unavailable": "The database cannot be used now",
    },
}
"""Every code people see, by what it is a code of, with its English words (which are the catalogue's msgids)."""

_TITLES = frozenset({"Asterisk {version}"})
"""No sentences: each sentence that begins so would be taken for them."""

_FIELD_NAME = re.compile(r"[a-z_]{2,40}(?:\.[0-9a-z_.]+)?")

_WAITING: dict[WaitingKind, str] = {
    WaitingKind.TOLD: "every {seconds} s the caller is told, {spoken}, that somebody is sought",
    WaitingKind.OFFER: "every {seconds} s the caller is offered, {spoken}, a call back on key 1",
}

_WHY: dict[WhyCode, str] = {
    WhyCode.OWNER_DESK: "owner {agent}'s desk",
    WhyCode.OWNER_MOBILE: "owner {agent}'s mobile",
    WhyCode.OWNER_BOTH: "owner {agent}'s desk and mobile together",
    WhyCode.DIRECT_DESK: "direct number of {agent}: desk",
    WhyCode.DIRECT_MOBILE: "direct number of {agent}: mobile",
    WhyCode.DIRECT_BOTH: "direct number of {agent}: desk and mobile together",
    WhyCode.DEPUTY_DESK: "{agent} stands in for {stands_for}: desk",
    WhyCode.DEPUTY_MOBILE: "{agent} stands in for {stands_for}: mobile",
    WhyCode.DEPUTY_BOTH: "{agent} stands in for {stands_for}: desk and mobile together",
    WhyCode.TEAM_GROUP: "team {group} looks after such customers",
    WhyCode.NUMBER_GROUP: "group {group} answers this number",
    WhyCode.OVERFLOW: "nobody before answered: group {group} helps out",
    WhyCode.ON_DUTY: "closed now: on duty for {group}",
    WhyCode.CLOSED_GROUP: "closed now: group {group} answers",
    WhyCode.LAST_RESORT: "nobody before answered: group {group} rings together",
    WhyCode.ALL_AGENTS: "nobody of the group can be rung: every phone rings",
}
_WHY_CUSTOMER: dict[WhyCode, str] = {
    WhyCode.OWNER_DESK: "desk of {agent}, who looks after {customer}",
    WhyCode.OWNER_MOBILE: "mobile of {agent}, who looks after {customer}",
    WhyCode.OWNER_BOTH: "desk and mobile of {agent}, who looks after {customer}",
}
_WHY_LEAVE: dict[WhyCode, str] = {
    WhyCode.DEPUTY_DESK: "{agent} stands in for {stands_for}, who is on leave: desk",
    WhyCode.DEPUTY_MOBILE: "{agent} stands in for {stands_for}, who is on leave: mobile",
    WhyCode.DEPUTY_BOTH: "{agent} stands in for {stands_for}, who is on leave: desk and mobile together",
}


def known_language(tag: str) -> str | None:
    """The one of `LANGUAGES` that `tag` means (`zh-TW`, `zh_Hant_TW`, `en-GB`…), or None."""
    first = tag.strip().replace("_", "-").lower().partition("-")[0]
    return {"zh": "zh-Hant", "en": "en"}.get(first)


def catalogue(language: str) -> dict[str, str]:
    """{English: translated} for a page that translates by itself. For English every sentence is its own."""
    return dict(_messages(known_language(language) or "en"))


def translate(text: str, language: str, **values: object) -> str:
    """`text` in `language`, with `{name}`s filled in from `values`. What has no translation stays English."""
    found = _messages(known_language(language) or "en").get(text, text)
    return found.format(**values) if values else found


def code_text(family: str, code: str, language: str) -> str:
    """Words for a code of one of the families of `TEXTS`; a code that has none stands for itself."""
    return translate(TEXTS.get(family, {}).get(code, code), language)


LABELS: dict[str, str] = {
    "grade": "class {grade}: margin {margin} in 12 months",
    "grade_paid": "class {grade}: margin {margin} in 12 months, paid in {days} days",
    "hollow": "asks often and buys nothing: {contacts} contacts, {quotes} quotes in 12 months",
    "dormant_half": "half dormant: last order {days} days ago",
    "dormant_full": "dormant: last order {days} days ago",
    "due_again": "due again: buys about every {rhythm} days, next foreseen {date}",
    "renewal": "up for renewal on {date}",
    "falling": "buys less than usual: margin {recent} in 90 days, usually {usual}",
    "complaints": "{complaints} complaints in 12 months",
    "price_sensitive": "looks at the price: {quotes} quotes, {orders} orders in 12 months",
    "quality_sensitive": "pays for quality: {orders} orders in 12 months",
    "incomplete": "the file is {percent} per cent complete",
}
"""What a label of a customer's worth says; each with the figures that explain it."""


def label_text(code: str, values: Mapping[str, object], language: str) -> str:
    """A label in words, thousands set apart."""
    shown = {name: f"{value:,}" if isinstance(value, int) else str(value) for name, value in values.items()}
    return translate(LABELS[code], language, **shown) if code in LABELS else code


def reason_text(reason: str | None, language: str) -> str:
    """Why a leg ended; empty while it has no reason."""
    return code_text("reason", reason, language) if reason else ""


def passed_text(passed: Passed | None, language: str) -> str:
    """Why a phone would not even be rung; empty when it would."""
    return translate("passed at once: {reason}", language, reason=reason_text(passed, language)) if passed else ""


def waiting_text(waiting: Waiting, language: str) -> str:
    """What a caller hears while the phones ring. Not for `off`: then there is nothing to tell."""
    spoken = code_text("spoken", waiting.language, language)
    told = translate(_WAITING[waiting.kind], language, seconds=waiting.seconds, spoken=spoken)
    return translate("{said}; the call is answered for it", language, said=told) if waiting.answered else told


def why_text(why: Why, names: Mapping[str, str], language: str, customer: str | None = None) -> str:
    """Why a step rings. `names` gives the names of agents' and groups' codes; a code without one stands for itself."""
    sentence = _WHY[why.code]
    if why.on_leave:
        sentence = _WHY_LEAVE.get(why.code, sentence)
    if customer:
        sentence = _WHY_CUSTOMER.get(why.code, sentence)

    def name(code: str | None) -> str:
        return names.get(code, code) if code else "?"

    told = translate(
        sentence,
        language,
        agent=name(why.agent),
        stands_for=name(why.stands_for),
        group=name(why.group),
        customer=customer or "",
    )
    for because in why.because:
        told = translate("{why}; {because}", language, why=told, because=code_text("because", because, language))
    return told


def error_text(sentence: str, language: str, code: str = "ringward") -> str:
    """An error's English sentence in `language`.

    Errors carry finished sentences (`there is no agent 109`), the catalogue the forms of them (`there is no agent
    {agent}`): the form that fits is found again here. None fits: what kind of error it is, and the English sentence.
    """
    language = known_language(language) or "en"
    if language == "en":
        return sentence
    found = _by_form(sentence, language) or _beside_field(sentence, language)
    if found is None:
        kind = code_text("error", code, language)
        return translate("{kind}: {sentence}", language, kind=kind, sentence=sentence)
    return found


def _beside_field(sentence: str, language: str) -> str | None:
    """`owner: there is no agent 109`: a sentence that has a form, with the field's name before it."""
    field, _, rest = sentence.partition(": ")
    found = _by_form(rest, language) if _FIELD_NAME.fullmatch(field) else None
    return translate("{field}: {sentence}", language, field=field, sentence=found) if found is not None else None


def _by_form(sentence: str, language: str) -> str | None:
    for form, translated in _forms(language):
        match = form.fullmatch(sentence)
        if match:
            values = match.groupdict()
            # A reason within a sentence is mostly a sentence itself.
            if "reason" in values:
                values["reason"] = _by_form(values["reason"], language) or values["reason"]
            return translated.format(**values)
    return None


@cache
def _messages(language: str) -> Mapping[str, str]:
    path = TRANSLATIONS / "zh_Hant_TW.po"
    with path.open("rb") as file:
        entries = [entry for entry in read_po(file, locale="zh_Hant_TW") if entry.id]
    if language == "en":
        return {str(entry.id): str(entry.id) for entry in entries}
    return {str(entry.id): str(entry.string) for entry in entries if entry.string and not entry.fuzzy}


@cache
def _forms(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Sentences as patterns, those with most fixed text first, so that the most particular one is found."""
    forms = []
    for english, translated in _messages(language).items():
        pieces = re.split(r"\{(\w+)\}", english)
        fixed = sum(len(piece) for piece in pieces[::2])
        if fixed < 8 or english in _TITLES:
            continue  # `{a}: {b}` would fit everything and say nothing
        seen: set[str] = set()
        pattern = "".join(
            re.escape(piece) if place % 2 == 0 else _group(piece, seen) for place, piece in enumerate(pieces)
        )
        if len(pieces) == 1 and "{" in translated:
            continue
        forms.append((fixed, re.compile(pattern, re.DOTALL), translated))
    return tuple((pattern, translated) for _, pattern, translated in sorted(forms, key=lambda one: -one[0]))


def _group(name: str, seen: set[str]) -> str:
    if name in seen:
        return f"(?P={name})"
    seen.add(name)
    return f"(?P<{name}>.+?)"
