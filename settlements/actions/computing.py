"""What every owner is entitled to of an action: read once, worked out by the rules, compared with what stands.

The same however often it runs. What changed late is another row: of what is still expected in its place, of
what was paid already the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection

from ledger.settled import Holder, holders_of
from refdata.custody.sql import account_of, in_force
from refdata.models import Currency, Instrument, Party
from refdata.selectors import reference_data
from settlements.actions.booking import is_income
from settlements.actions.kinds import DIVIDEND, INTEREST, WITHHOLDING, Withheld, withheld_of
from settlements.actions.models import EventOption
from settlements.actions.rules import Due, Terms, due_of
from settlements.actions.state import Fractions, OptionKind, WithheldBy
from settlements.models import RecordEvent
from settlements.transforming.state import Action, EventKind

ZERO = Decimal(0)
NO_TAX = Withheld(rate="0", by=WithheldBy.NOBODY)


class Wanted(NamedTuple):
    """One owner at a place, by what it should be entitled to now."""

    entity_id: int
    owner_id: int
    place_id: int
    option_id: int | None
    account: str
    due: Due
    withheld: Decimal = ZERO
    tax: Withheld = NO_TAX
    tax_rule: str = ""

    @property
    def key(self) -> tuple[int, int, int, int | None]:
        return self.entity_id, self.owner_id, self.place_id, self.option_id


def terms_of(event: RecordEvent, option: EventOption | None = None) -> Terms:
    """What one unit brings by an event, or by one of its options."""
    units = reference_data().minor_units
    said: RecordEvent | EventOption = option or event
    unit = units.get(said.money_asset_id or 0, 2)
    if option is not None:
        lapses = option.kind == OptionKind.LAPSE
        return Terms(
            rate=option.rate, new=option.new, old=option.old, fractions=Fractions(event.fractions),
            price=option.price, takes=option.takes and not lapses, minor_unit=unit,
        )  # fmt: skip
    of_units = event.outturn_id is not None
    return Terms(
        rate=None if of_units else event.rate, new=event.new, old=event.old,
        fractions=Fractions(event.fractions), fraction_rate=event.rate if of_units else None,
        takes=event.kind in (EventKind.EXCHANGE, EventKind.REDEMPTION), minor_unit=unit,
    )  # fmt: skip


# What the event itself has brought and taken already of what it is counted by, where it was paid that early.
_MOVED_BY = """
SELECT a.entity_id, a.owner_id, a.place_id, sum(l.amount)
  FROM settlements_entitlement n
  JOIN ledger_journalentry e ON e.entity_id = n.entity_id AND e.source_type = 'entitlement' AND e.source_id = n.id
  JOIN ledger_line l ON l.entry_id = e.id AND l.asset_id = %(asset)s AND l.effective_date <= %(day)s
  JOIN ledger_ledgeraccount a ON a.id = l.account_id AND a.kind = 'HOLDING'
 WHERE n.event_id = %(event)s AND n.paid_on <= %(day)s AND (n.taken <> 0 OR n.outturn_id = %(asset)s)
 GROUP BY 1, 2, 3
"""


def holders(
    event: RecordEvent, entity_ids: Sequence[int] | None, *, on: date | None = None
) -> list[Holder]:
    """Who held at the end of a day (the record date), whatever the event itself moved by then."""
    day = on or event.record_date
    facts: dict[str, Any] = {"event": event.pk, "asset": event.instrument_id, "day": day}
    with connection.cursor() as cursor:
        cursor.execute(_MOVED_BY, facts)
        moved = {row[:3]: row[3] for row in cursor.fetchall()}
    rows = holders_of(event.instrument_id, on=day, entity_ids=entity_ids)
    there = {row[:3]: row.quantity for row in rows}
    found = [
        Holder(entity, owner, place, there.get(key, ZERO) - moved.get(key, ZERO))
        for key in sorted(there.keys() | moved.keys())
        for entity, owner, place in [key]
    ]
    return [
        row
        for row in found
        if row.quantity > 0 and (entity_ids is None or row.entity_id in entity_ids)
    ]


def wanted_of(event: RecordEvent, *, entity_ids: Sequence[int] | None = None) -> list[Wanted]:
    """What everybody who held at the end of the record date is entitled to, by the event's own terms."""
    rows = holders(event, entity_ids)
    return due_to(event, None, with_accounts(rows, event.record_date))


class AtAccount(NamedTuple):
    """An owner with the account of the place that it is behind."""

    account: str
    shared: bool
    holder: Holder


def due_to(
    event: RecordEvent, option: EventOption | None, rows: Iterable[AtAccount]
) -> list[Wanted]:
    """What these owners are due: those behind one account of a place come to what the place pays for it."""
    terms, taxes = terms_of(event, option), _Taxes(event)
    money_id = (option or event).money_asset_id

    def of_account(row: AtAccount) -> tuple[Any, ...]:
        h = row.holder
        return h.entity_id, h.place_id, row.account, 0 if row.shared else h.owner_id

    found = []
    for _, group in groupby(sorted(rows, key=of_account), key=of_account):
        behind = list(group)
        dues = due_of([row.holder.quantity for row in behind], terms)
        for row, due in zip(behind, dues, strict=True):
            h = row.holder
            tax = taxes.of(h.owner_id) if due.gross and money_id else NO_TAX
            withheld = withheld_of(tax, due.gross, terms.minor_unit)
            key = (h.entity_id, h.owner_id, h.place_id, option.pk if option else None)
            rule = taxes.reference if withheld else ""
            found.append(Wanted(*key, row.account, due, withheld, tax, rule))
    return sorted(found, key=lambda row: row.key[:3])


_ACCOUNTS = f"""
SELECT g.number, coalesce(m.account, d.number, ''), m.account IS NOT NULL
  FROM unnest(%(entities)s::bigint[], %(owners)s::bigint[], %(places)s::bigint[]) WITH ORDINALITY
       AS g(entity_id, owner_id, place_id, number)
  LEFT JOIN LATERAL (SELECT b.account FROM refdata_accountmember b
        WHERE b.entity_id = g.entity_id AND b.place_id = g.place_id AND b.owner_id = g.owner_id
          AND {in_force("b", "%(day)s::date")} ORDER BY b.id LIMIT 1) m ON true
  LEFT JOIN LATERAL (SELECT n.number FROM refdata_depositoryaccount n
        WHERE n.entity_id = g.entity_id AND n.place_id = g.place_id AND n.owner_id = g.owner_id
          AND n.kind <> 'CLIENT_OMNIBUS' ORDER BY n.id LIMIT 1) d ON true
 ORDER BY g.number
"""  # noqa: S608


def with_accounts(rows: Sequence[Holder], day: date) -> list[AtAccount]:
    """Behind which account of the place each holds: one of its own, or one that it shares."""
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, {
            "entities": [h.entity_id for h in rows], "owners": [h.owner_id for h in rows],
            "places": [h.place_id for h in rows], "day": day,
        })  # fmt: skip
        found = cursor.fetchall()
    return [AtAccount(row[1], row[2], h) for row, h in zip(found, rows, strict=True)]


class _Taxes:
    """What is withheld of whom, by the rule in force on the payment date; of what is paid back nothing is."""

    def __init__(self, event: RecordEvent) -> None:
        key = INTEREST if event.action == Action.COUPON else DIVIDEND
        rules = reference_data().rules
        self.rule = rules.find(WITHHOLDING, event.payment_date, key) if is_income(event) else None
        row = rules.row_of(WITHHOLDING, event.payment_date, key)
        self.reference = row.reference if row else ""
        isin = Instrument.objects.filter(pk=event.instrument_id).values_list("isin", flat=True)
        self.country = (isin.first() or "")[:2]
        self.owners: dict[int, tuple[str, str]] | None = None

    def of(self, owner_id: int) -> Withheld:
        if self.rule is None:
            return NO_TAX
        if self.owners is None:
            rows = Party.objects.values_list("pk", "country", "kind")
            self.owners = {pk: (country, kind) for pk, country, kind in rows}
        return self.rule.row_for(self.country, *self.owners[owner_id]) or NO_TAX


class CashAt(NamedTuple):
    """Where an owner's money comes to, and the restriction that says so, if one does."""

    place_id: int | None
    number: str
    income_by: str


# As market claims are paid (`settlements.transforming.claiming`).
_CASH_AT = f"""
SELECT coalesce(t.place_id, o.place_id), coalesce(t.number, o.number, ''), coalesce('RS-' || t.restriction_id, '')
  FROM unnest(%(entities)s::bigint[], %(owners)s::bigint[], %(places)s::bigint[]) WITH ORDINALITY
       AS g(entity_id, owner_id, place_id, number)
  LEFT JOIN LATERAL (
       SELECT n.place_id, n.number FROM refdata_nostroaccount n
        WHERE n.entity_id = g.entity_id AND n.currency = %(currency)s
        ORDER BY n.place_id = g.place_id DESC, n.owner_id = g.owner_id DESC, n.id LIMIT 1) o ON true
  LEFT JOIN LATERAL (
       SELECT r.id AS restriction_id, r.income_account AS number, n.place_id
         FROM refdata_restriction r
         LEFT JOIN refdata_nostroaccount n ON n.number = r.income_account AND n.entity_id = g.entity_id
          AND n.currency = %(currency)s
        WHERE r.act = 'INCOME_TO' AND {in_force("r", "%(day)s::date")}
          AND (r.entity_id IS NULL OR r.entity_id = g.entity_id)
          AND (r.asset_id IS NULL OR r.asset_id = %(asset)s)
          AND (r.party_id IS NULL OR r.party_id = g.owner_id)
          AND (r.place_id IS NULL OR r.place_id = g.place_id)
          AND {account_of("r", "g.place_id", "g.owner_id")}
        ORDER BY r.asset_id IS NULL, r.party_id IS NULL, r.id LIMIT 1) t ON true
 ORDER BY g.number
"""  # noqa: S608


def cash_of(event: RecordEvent, money_id: int, rows: Sequence[Wanted]) -> list[CashAt]:
    """Where the money of each comes to: our account in its currency, or the one that a restriction names."""
    currency = Currency.objects.values_list("code", flat=True).get(pk=money_id)
    with connection.cursor() as cursor:
        cursor.execute(_CASH_AT, {
            "entities": [r.entity_id for r in rows], "owners": [r.owner_id for r in rows],
            "places": [r.place_id for r in rows], "day": event.payment_date,
            "asset": event.instrument_id, "currency": currency,
        })  # fmt: skip
        return [CashAt(*row) for row in cursor.fetchall()]
