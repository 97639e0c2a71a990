"""What a deal takes of which limits: the definitions cached, the amounts worked out. Read-only."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Unavailable
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.money import Money
from deals.exposing.needs import LATER, TABLE, AddOnRow, DealFacts, Key, Line, Parameters, Wanted
from deals.rules import ResolvedDeal
from limits.add_ons import asset_class_of
from limits.models import Limit
from limits.rule_kinds import ADD_ON, add_on_steps
from limits.rules import Need
from limits.state import LimitKind
from refdata.dated_rules.vectors import value_of
from refdata.quotes import Rate, rate_on, stale_check
from refdata.selectors import ReferenceData, reference_data


class NoRate(Unavailable):
    code = "no-rate"
    title = gettext_noop("There is no exchange rate to check the limit with")
    detail = gettext_noop("No rate from %(currency)s to %(into)s is stored for %(day)s or before.")
    hint = gettext_noop("Load the rates of that day, then send the deal again.")


class LimitRow(NamedTuple):
    """A limit's definition; its counters are read under its lock, never from here."""

    id: int
    entity_id: int
    kind: str
    name: str
    book_id: int | None
    party_id: int | None
    group_id: int | None
    instrument_id: int | None
    trader: str
    tenor: str
    nostro_currency: str
    currency: str
    defined_at: datetime


class DealNeed(NamedTuple):
    """One limit a deal needs, and in which words its basis is explained."""

    limit: LimitRow
    amount: Decimal
    basis: str

    def as_need(self) -> Need:
        return Need(self.limit.id, self.amount)


# For each entity the kinds it has limits of: the rule, and the limits by what they are about.
ByKind = dict[str, dict[Key, list[LimitRow]]]


@dataclass(slots=True)
class Definitions:
    """All limits by what they are about, and the parameters in force at any date."""

    of_entity: dict[int, ByKind]
    parameters: Parameters
    version: int

    def wanted(self, deal: DealFacts) -> Iterator[tuple[LimitRow, Wanted]]:
        """Each limit that a deal uses, with what it takes of it."""
        for kind, by_key in self.of_entity.get(deal.entity_id, {}).items():
            if kind in TABLE:
                yield from self._of_kind(TABLE[kind], by_key, deal)

    def wanted_later(self, deal: DealFacts) -> Iterator[tuple[LimitRow, Wanted]]:
        """The same for what it takes once it is settled: nothing of that is reserved by capture."""
        for kind, by_key in self.of_entity.get(deal.entity_id, {}).items():
            if kind in LATER:
                yield from self._of_kind(LATER[kind], by_key, deal)

    def _of_kind(
        self, line: Line, by_key: Mapping[Key, list[LimitRow]], deal: DealFacts
    ) -> Iterator[tuple[LimitRow, Wanted]]:
        for want in line.wants(deal, self.parameters):
            for limit in by_key.get(want.key, ()):
                yield limit, want

    def limits(self) -> Iterator[LimitRow]:
        """Those that deals use."""
        for kinds in self.of_entity.values():
            for kind, by_key in kinds.items():
                if kind in TABLE:
                    for rows in by_key.values():
                        yield from rows


_definitions: Definitions | None = None
_reading = threading.Lock()


def definitions() -> Definitions:
    """The limits' definitions: of the same version as the reference data, whose counter they share."""
    global _definitions
    reference = reference_data()
    known = _definitions
    if known is None or known.version != reference.version:
        with _reading:
            known = _definitions
            if known is None or known.version != reference.version:
                known = _definitions = _read(reference)
    return known


def forget_definitions() -> None:
    """Read them anew next time; tests change limits between two requests."""
    global _definitions
    _definitions = None


def _read(reference: ReferenceData) -> Definitions:
    of_entity: dict[int, ByKind] = {}
    live = Limit.objects.filter(closed_at=None).order_by("id")
    rows = [LimitRow(*v) for v in live.values_list(*LimitRow._fields)]
    for kind, line in {**TABLE, **LATER}.items():  # in the order of the table: so answers name them
        for row in rows:
            if row.kind == kind:
                key = tuple(getattr(row, column) for column in line.columns)
                by_key = of_entity.setdefault(row.entity_id, {}).setdefault(kind, {})
                by_key.setdefault(key, []).append(row)
    total = LimitKind.OPEN_CURRENCY_TOTAL.value
    homes = {row.entity_id: row.currency for row in rows if row.kind == total}
    return Definitions(of_entity, _parameters(reference, homes), reference.version)


def _parameters(reference: ReferenceData, homes: Mapping[int, str]) -> Parameters:
    add_ons: dict[str, list[AddOnRow]] = {}
    for row in reference.rules.rows:
        if row.kind == ADD_ON.name:
            steps = add_on_steps(value_of(ADD_ON, row.value))
            add_ons.setdefault(row.key, []).append(AddOnRow(row.valid_from, row.until, steps))
    currencies = reference.currencies.values()
    return Parameters(
        add_ons,
        currency_of={row.asset_id: row.code for row in currencies},
        minor_units={row.code: row.minor_unit for row in currencies},
        home_of=homes,
    )


def facts_of(deal: ResolvedDeal, reference: ReferenceData, *, trader: str) -> DealFacts:
    """What the needs of a deal are made from; `trader` is who deals where the terms name nobody."""
    traded, terms = deal.traded, deal.terms
    held = terms.secured_by() or traded.code
    instrument = None if traded.is_money else reference.instruments.get(held)
    ends = [deal.due_date, *(flow.due_date for flow in deal.flows)]
    if instrument is not None and instrument.matures_on is not None:
        ends.append(instrument.matures_on)
    return DealFacts(
        deal.book.entity_id, deal.book.id, terms.trader or trader,
        deal.counterparty.id, deal.counterparty.group_id, instrument.asset_id if instrument else None,
        instrument.issuer_id if instrument else None,
        instrument.issuer_group_id if instrument else None,
        asset_class_of(
            instrument_kind=instrument.kind if instrument else None, traded=traded.code,
            currency=deal.currency.code,
        ),
        terms.settlement.method, terms.capacity == "OWN", deal.trade_date, max(ends),
        deal.currency.code, deal.amounts.gross, deal.flows,
        instrument.currency if instrument else "",
    )  # fmt: skip


def needs_of(deal: ResolvedDeal, reference: ReferenceData, *, trader: str) -> list[DealNeed]:
    """Every limit the deal needs, each in the limit's own currency. Raises NoRate."""
    facts = facts_of(deal, reference, trader=trader)
    return [
        need_of(limit, want, deal.trade_date, reference)
        for limit, want in definitions().wanted(facts)
    ]


def later_needs_of(deal: ResolvedDeal, reference: ReferenceData, *, trader: str) -> list[DealNeed]:
    """What it will take of limits at the release of what it gives. Raises NoRate."""
    facts = facts_of(deal, reference, trader=trader)
    return [
        need_of(limit, want, deal.trade_date, reference)
        for limit, want in definitions().wanted_later(facts)
    ]


def need_of(limit: LimitRow, want: Wanted, on: date, reference: ReferenceData) -> DealNeed:
    """What it takes of a limit, in the limit's currency, at the last stored rate. Raises NoRate.

    The basis names the rates it was converted with, so that the amount can be worked out again.
    """
    if want.currency == limit.currency or not want.amount:
        return DealNeed(limit, want.amount, want.basis)
    rate = rate_on(want.currency, limit.currency, on)
    if rate is None:
        raise NoRate(currency=want.currency, into=limit.currency, day=on.isoformat())
    unit = reference.currencies[limit.currency].minor_unit
    amount = Money(want.amount, want.currency).converted(rate.value, limit.currency, unit).amount
    return DealNeed(limit, amount, "; ".join([want.basis, *described(rate, on)]))


def described(rate: Rate, on: date) -> Iterator[str]:
    """Each stored rate as `USD/RUB 79.85 of 2026-11-20 (CBR)`, with `stale` where it is."""
    is_stale = stale_check(on)
    for each in rate.made_of:
        stale = ", stale" if is_stale(each.source, each.day) else ""
        value = plain(each.value)
        yield f"{each.base}/{each.quote} {value} of {each.day} ({each.source}{stale})"
