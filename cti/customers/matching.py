"""Whose number is it: the compact copy of customers and numbers in memory, and the order of the matches. Pure.

Must not know the database: `cti.customers.index` fills it. A hundred thousand customers take some forty megabytes,
so a customer is one small struct that the garbage collector need not visit, and a number one integer; a `CallerMatch`
is made when somebody calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo

import msgspec

from cti.customers.model import CallerMatch, Probably

MOST_MATCHES = 20
"""A pop is read while a phone rings: beyond twenty names the person answering asks."""

PEOPLE_WHO_CALL = {"household": frozenset({"member"}), "company": frozenset({"booker"})}
"""Whose voice it may be when a household's or a company's number calls: not every traveller of an account."""

BUCKET_HOURS = 3
"""Who is at home at seven in the evening is at eight: finer hours would learn nothing in years."""

FEWEST_CHOICES = 2
"""Once is chance."""


def bucket_of(at: datetime, zone: tzinfo) -> int:
    """The part of the day in `zone` that the aware instant `at` falls into: 6 is from 18 to 21 o'clock."""
    return at.astimezone(zone).hour // BUCKET_HOURS


class Circumstances(msgspec.Struct, frozen=True, gc=False):
    """What shapes the calls of few customers: most have none, and a hundred thousand of none cost nothing.

    `trips` are pairs of UTC timestamps: from 72 h before a trip begins up to, not including, its end. `choices` are
    number, part of the day and how often a call from there and then was said to be theirs.
    """

    deputy: str | None = None
    trips: tuple[tuple[float, float], ...] = ()
    avoid: tuple[str, ...] = ()
    choices: tuple[tuple[int, int, int], ...] = ()


class Known(msgspec.Struct, frozen=True, gc=False):
    """A customer as far as matching needs. `numbers` are E.164 without its plus, as integers; a lone one stands alone.

    `ends` are the instants (UTC timestamps) after which some of `numbers` were no longer theirs; `of` are pairs of a
    record this one belongs to and the role in it.
    """

    id: int
    name: str
    tier: str
    owner: str | None
    kind: str
    numbers: int | tuple[int, ...] = ()
    ends: Mapping[int, float] | None = None
    of: tuple[tuple[int, str], ...] = ()
    circumstances: Circumstances | None = None

    def match(self, why: str, at: float) -> CallerMatch:
        """This customer as the one who may be calling at the UTC timestamp `at`."""
        around = self.circumstances
        if around is None:
            return CallerMatch(self.id, self.name, self.tier, self.owner, why, self.kind)
        travelling = any(since <= at < until for since, until in around.trips)
        return CallerMatch(
            self.id, self.name, self.tier, self.owner, why, self.kind, around.deputy, travelling, around.avoid
        )

    @property
    def routed_owner(self) -> str | None:
        """The owner, unless the customer has an open complaint about them."""
        around = self.circumstances
        return self.owner if around is None or self.owner not in around.avoid else None


class Callers:
    """Customers by number; the hours of habits are those of `zone`. Not safe to change while iterating."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self._zone = zone
        self._known: dict[int, Known] = {}
        self._by_number: dict[int, int | tuple[int, ...]] = {}
        self._members: dict[int, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def replace(self, changed: Iterable[Known]) -> set[int]:
        """Put these in place of what was known of them; the numbers whose matches may differ now."""
        touched: set[int] = set()
        for known in changed:
            touched |= self._numbers_around(known.id)
            self._remove(known.id)
            self._known[known.id] = known
            for number in _each(known.numbers):
                self._by_number[number] = _with(self._by_number.get(number), known.id)
            for of, _ in known.of:
                self._members[of] = (*self._members.get(of, ()), known.id)
            touched |= self._numbers_around(known.id)
        return touched

    def lookup(self, number: int, at: datetime) -> tuple[CallerMatch, ...]:
        """Who may be calling from `number` at the aware instant `at`, the likeliest first.

        People who have the number; the household or company that has it and those who call for it; last, people who
        had it once (`old_number`). Who was said to call from there before goes before these, and says so (`probably`).
        """
        return self._learned(number, self._matches(number, at), at)

    def _matches(self, number: int, at: datetime) -> tuple[CallerMatch, ...]:
        found: dict[int, tuple[int, str, Known]] = {}
        for known in self._holders(number):
            is_old = known.ends is not None and number in known.ends and known.ends[number] <= at.timestamp()
            if is_old:
                found.setdefault(known.id, (3, "old_number", known))
                continue
            why = {"household": "household", "company": "account"}.get(known.kind, "number")
            found[known.id] = (1 if known.kind in PEOPLE_WHO_CALL else 0, why, known)
            for member in self._who_call_for(known):
                if found.get(member.id, (3,))[0] > 2:
                    found[member.id] = (2, why, member)
        ranked = sorted(found.values(), key=lambda entry: (entry[0], entry[2].id))
        instant = at.timestamp()
        return tuple(known.match(why, instant) for _, why, known in ranked[:MOST_MATCHES])

    def _learned(self, number: int, matches: tuple[CallerMatch, ...], at: datetime) -> tuple[CallerMatch, ...]:
        """The matches with who usually calls at this hour, or at any, in front."""
        if len(matches) < 2:
            return matches
        said = {match.customer_id: self._choices(match.customer_id, number) for match in matches}
        bucket = bucket_of(at, self._zone)
        now = {one: sum(times for part, times in choices if part == bucket) for one, choices in said.items()}
        ever = {one: sum(times for _, times in choices) for one, choices in said.items()}
        by_hour = sum(now.values()) >= FEWEST_CHOICES
        counts = now if by_hour else ever
        calls = sum(counts.values())
        if calls < FEWEST_CHOICES:
            return matches
        ordered = sorted(matches, key=lambda match: (match.why == "old_number", -counts[match.customer_id]))
        first = ordered[0]
        times = counts[first.customer_id]
        if 2 * times <= calls:
            return tuple(ordered)
        hours = (bucket * BUCKET_HOURS, (bucket + 1) * BUCKET_HOURS) if by_hour else (None, None)
        return (msgspec.structs.replace(first, probably=Probably(times, calls, *hours)), *ordered[1:])

    def _choices(self, customer_id: int, number: int) -> list[tuple[int, int]]:
        around = self._known[customer_id].circumstances
        return [(part, times) for of, part, times in around.choices if of == number] if around is not None else []

    def owners(self, at: datetime) -> Iterator[tuple[int, str]]:
        """Each number with the owner a call from it is routed to, where there is one; whatever the hour.

        Customers may change between two steps: a number that went meanwhile is left out, a new one may be.
        """
        for number in tuple(self._by_number):
            holders = self._by_number.get(number, ())
            if isinstance(holders, int):
                known = self._known[holders]
                if known.kind not in PEOPLE_WHO_CALL:
                    if (owner := known.routed_owner) is not None:
                        yield number, owner
                    continue
            match = next((match for match in self._matches(number, at) if match.owner), None)
            if match is not None and match.owner is not None and match.owner not in match.avoid:
                yield number, match.owner

    def _holders(self, number: int) -> Iterator[Known]:
        holders = self._by_number.get(number, ())
        for holder in _each(holders):
            yield self._known[holder]

    def _who_call_for(self, known: Known) -> Iterator[Known]:
        roles = PEOPLE_WHO_CALL.get(known.kind, frozenset())
        for member in self._members.get(known.id, ()) if roles else ():
            one = self._known[member]
            if any(of == known.id and role in roles for of, role in one.of):
                yield one

    def _numbers_around(self, customer_id: int) -> set[int]:
        """Their own numbers and those of what they belong to, where they are a match too."""
        known = self._known.get(customer_id)
        if known is None:
            return set()
        numbers = set(_each(known.numbers))
        for of, _ in known.of:
            if (above := self._known.get(of)) is not None:
                numbers.update(_each(above.numbers))
        return numbers

    def _remove(self, customer_id: int) -> None:
        known = self._known.pop(customer_id, None)
        if known is None:
            return
        for number in _each(known.numbers):
            rest = _without(self._by_number[number], customer_id)
            if rest == ():
                del self._by_number[number]
            else:
                self._by_number[number] = rest
        for of, _ in known.of:
            self._members[of] = tuple(one for one in self._members[of] if one != customer_id)


def _each(one_or_many: int | tuple[int, ...]) -> tuple[int, ...]:
    return (one_or_many,) if isinstance(one_or_many, int) else one_or_many


def _with(holders: int | tuple[int, ...] | None, customer_id: int) -> int | tuple[int, ...]:
    if holders is None:
        return customer_id
    return (*_each(holders), customer_id)


def _without(holders: int | tuple[int, ...], customer_id: int) -> int | tuple[int, ...]:
    rest = tuple(one for one in _each(holders) if one != customer_id)
    return rest[0] if len(rest) == 1 else rest
