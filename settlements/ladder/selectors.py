"""Reading the cash ladder: one set-based question for all that moves, whatever its number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from backoffice.events.looking import one_look
from backoffice.events.selectors import KnownAt
from refdata.as_known import reference_as_known, rows_as_known
from refdata.firm_days import firm_day
from refdata.models import NostroAccount
from refdata.scopes import Scope
from settlements.ladder.asking import Asked
from settlements.ladder.calendars import DaysOf
from settlements.ladder.querying import WHOSE, facts_for, groups_for, openings_for
from settlements.ladder.rules import Group, Key, Line, lines_of
from settlements.ladder.sources import Span
from settlements.ladder.standing import standings

Changed = Callable[[list[Group], dict[str, Any]], list[Group]]


class Names(NamedTuple):
    """What the keys of a line stand for."""

    entity: str
    owner: str
    place: str
    currency: str
    whose: str


@dataclass(slots=True)
class Ladder:
    """The lines with what they are called, the days that they may show, and how a group finds its day."""

    asked: Asked
    span: Span
    known: KnownAt
    lines: list[Line]
    names: Mapping[Key, Names]
    days: DaysOf
    accounts: Mapping[Key, Sequence[str]] = field(default_factory=dict)

    def line(self, *, entity: str, place: str, owner: str, currency: str) -> Line | None:
        """The line of these codes."""
        wanted = (entity, owner, place, currency)
        return next((each for each in self.lines if self.names[each.key][:4] == wanted), None)


def read_ladder(
    asked: Asked,
    *,
    scope: Scope,
    at: datetime,
    known: KnownAt,
    changed: Changed | None = None,
) -> Ladder:
    """The ladder of the entities that a person sees whole; `changed` may put other groups in place.

    With knowledge of a moment everything that moves is as it was known then, on the days that the calendars and
    rules known then give it. Credit lines, earmarks, restrictions and the least to keep are those of the present.
    """
    with one_look():  # what settles between two questions would count twice, or not at all
        return _read(asked, scope, at, known, changed or (lambda groups, facts: groups))


def _read(asked: Asked, scope: Scope, at: datetime, known: KnownAt, changed: Changed) -> Ladder:
    reference = reference_as_known(known.horizon)
    today = firm_day(at)  # what is due before a later first day stands in that day's opening
    span = Span(
        on=min(asked.on, today), until=asked.until, today=today, at=at, horizon=known.horizon,
        reference=reference,
    )  # fmt: skip
    facts = facts_for(asked, scope, span, known)
    groups, openings = changed(groups_for(facts), facts), openings_for(span, facts, known)
    days = DaysOf.of(span, reference)
    groups = [each for each in groups if _is_asked(each, days, asked)]
    keys = {each.key for each in groups} | openings.keys()
    standing = standings(span.on, asked.until, scope=scope)
    names, accounts = _names(keys | standing.keys, span)
    openings |= {
        key: openings.get(key, Decimal(0)) for key in standing.keys if _fits(names.get(key), asked)
    }
    lines = lines_of(
        groups, openings, days=days.shown, day_of=days.day_of,
        standing=lambda key, on: standing.on(key, on, names[key]), counting=asked.counting,
    )  # fmt: skip
    for line in lines:
        line.days = [day for day in line.days if day.date >= asked.on]
    return Ladder(asked, span, known, lines, names, days, accounts)


def _is_asked(group: Group, days: DaysOf, asked: Asked) -> bool:
    """Whether it moves within the days, in what is known as a currency."""
    return (
        group.key.asset_id in days.currencies and days.span.on <= days.day_of(group) <= asked.until
    )


def _fits(names: Names | None, asked: Asked) -> bool:
    """Whether a line is among those asked for: of what stands there without having moved."""
    return names is not None and all(
        value in ("", getattr(names, name))
        for name, value in (
            ("entity", asked.entity), ("owner", asked.owner), ("place", asked.place),
            ("currency", asked.currency), ("whose", asked.whose),
        )
    )  # fmt: skip


_CALLED = f"""
SELECT g.n, e.code, o.code, coalesce(p.code, ''), {WHOSE}
  FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[]) AS g(n, entity_id, owner_id, place_id)
  JOIN refdata_entity e ON e.id = g.entity_id JOIN refdata_party o ON o.id = g.owner_id
  LEFT JOIN refdata_place p ON p.id = g.place_id
"""  # noqa: S608


def _names(keys: set[Key], span: Span) -> tuple[dict[Key, Names], dict[Key, Sequence[str]]]:
    known = span.reference.currency_codes
    ordered = [key for key in keys if key.asset_id in known]
    columns = [list(column) for column in zip(*ordered, strict=True)][:3] or [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(_CALLED, [list(range(len(ordered))), *columns])
        rows = cursor.fetchall()
    names: dict[Key, Names] = {}
    accounts: dict[Key, Sequence[str]] = {}
    numbers = _account_numbers(span.horizon)
    for number, entity, owner, place, whose in rows:
        key = ordered[number]
        names[key] = Names(entity, owner, place, known[key.asset_id], whose)
        accounts[key] = sorted(numbers.get(names[key][:4], ()))
    return names, accounts


def _account_numbers(horizon: int) -> Mapping[tuple[str, ...], Sequence[str]]:
    """The numbers of our accounts, by entity, owner, place and currency."""
    codes = ("entity__code", "owner__code", "place__code", "currency", "number")
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for *key, number in rows_as_known(NostroAccount, codes, horizon):
        found[tuple(key)].append(number)
    return found
