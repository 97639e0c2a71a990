"""Writing a drawn market into the real tables, a day a transaction, with a watermark each morning.

Every day is committed on its own, so what was known on a morning is what transactions say, and nothing else. Of deals
and settlements only what the pipeline is read from is written: they have no terms, and nobody settles them. A database
of its own is for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from backoffice.events.copying import copy_rows, new_ids
from backoffice.simulation.history.drawing import Day, Deal, Item

MORNING = time(6)  # when the watermark of a day stands, by the firm's clock
_PLACES = """
SELECT b.entity_id, b.id, e.own_party_id, s.party_id, s.place_id, s.id, i.asset_id, c.asset_id, u.id
  FROM refdata_book b JOIN refdata_entity e ON e.id = b.entity_id,
       (SELECT id, party_id, place_id FROM refdata_standinginstruction ORDER BY id LIMIT 1) s,
       (SELECT asset_id FROM refdata_instrument ORDER BY asset_id LIMIT 1) i,
       (SELECT asset_id FROM refdata_currency WHERE code = 'RUB') c,
       (SELECT min(id) AS id FROM access_user) u
 ORDER BY b.id LIMIT 1
"""
_MARK = """
INSERT INTO events_watermark (at, number, horizon)
SELECT %s, coalesce((SELECT max(number) FROM events_watermark), 0), tx_now() + 1
"""
_EVENT = "kind, subject_type, subject_id, entity_id, recorded_at"
_DEAL = (
    "id, entity_id, book_id, external_ref, product, stage, capacity, owner_id, counterparty_id, instrument_id,"
    " trade_date, due_date, state, makers, captured_by_id, captured_at"
)
_SETTLEMENT = (
    "id, entity_id, book_id, owner_id, counterparty_id, source_type, source_id, place_id, ssi_id, method, delivers,"
    " asset_id, quantity, money_asset_id, amount, due_date, makers"
)
_ACTION = (
    "id, kind, action, instrument_id, ex_date, record_date, payment_date, rate, money_asset_id, document, state,"
    " makers"
)
_ITEM = (
    "kind, queue, subject_type, subject_id, entity_id, due_at, opened_at, closed_at, closed_by_id"
)


@dataclass(frozen=True, slots=True)
class _Firm:
    """Whose all of it is: any book of the loaded firm will do."""

    entity: int
    book: int
    owner: int
    party: int
    place: int
    ssi: int
    asset: int
    money: int
    user: int


def write(days: Sequence[Day], *, name: str, zone: ZoneInfo, after: Sequence[date]) -> None:
    """`after` are business days that follow the last, for what falls due then; `name` tells worlds apart."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES)
        firm = _Firm(*cursor.fetchone())
    writing = _Writing(firm, days, name, zone, [*(day.date for day in days), *after])
    for number in range(len(days)):
        with transaction.atomic():
            writing.day(number)


class _Writing:
    def __init__(
        self, firm: _Firm, days: Sequence[Day], name: str, zone: ZoneInfo, dates: Sequence[date]
    ) -> None:
        self.firm, self.days, self.name, self.zone, self.dates = firm, days, name, zone, dates
        self.later: defaultdict[int, list[tuple[str, str, int]]] = defaultdict(list)
        self.subjects = 10**12  # of items: they are about nothing that is written here

    def day(self, number: int) -> None:
        """All that happened on a day, and the mark of the morning after it."""
        deals, at = self.days[number].deals, self._at(number, 12 * 60)
        ids, settlements = (
            new_ids(f"{t}", len(deals)) for t in ("deals_deal", "settlements_settlement")
        )
        copy_rows("deals_deal", _DEAL, self._deals(number, ids, at))
        copy_rows("settlements_settlement", _SETTLEMENT, self._settlements(deals, ids, settlements))
        events = [*self._events(number, deals, ids, settlements), *self._actions(number)]
        events += self.later.pop(number, [])
        copy_rows("events_event", _EVENT, ((*each, self.firm.entity, at) for each in events))
        copy_rows("workflow_workitem", _ITEM, self._items(number))
        with connection.cursor() as cursor:
            cursor.execute(_MARK, [self._moment(self.dates[number + 1], MORNING)])

    def _deals(self, number: int, ids: Sequence[int], at: datetime) -> Iterator[tuple[Any, ...]]:
        firm, day = self.firm, self.days[number]
        for n, (id, deal) in enumerate(zip(ids, day.deals, strict=True)):
            yield (
                id, firm.entity, firm.book, f"{self.name}-{number}-{n}", "equity", "executed", "OWN", firm.owner,
                firm.party, firm.asset, day.date, self.dates[deal.due], "CONFIRMED", "{}", firm.user, at,
            )  # fmt: skip

    def _settlements(
        self, deals: Sequence[Deal], ids: Sequence[int], settlements: Sequence[int]
    ) -> Iterator[tuple[Any, ...]]:
        firm = self.firm
        for deal, source, id in zip(deals, ids, settlements, strict=True):
            yield (
                id, firm.entity, firm.book, firm.owner, firm.party, "deal", source, firm.place, firm.ssi, "DVP",
                False, firm.asset, 1, firm.money, 1, self.dates[deal.due], "{}",
            )  # fmt: skip

    def _events(
        self, number: int, deals: Sequence[Deal], ids: Sequence[int], settlements: Sequence[int]
    ) -> Iterator[tuple[str, str, int]]:
        for deal, id, settlement in zip(deals, ids, settlements, strict=True):
            yield "deal.capture", "deal", id
            yield "settlement.prepare", "settlement", settlement
            affirmed = ("deal.affirm", "deal", id)
            if deal.confirmed:
                yield affirmed
            else:
                self.later[number + 1].append(affirmed)
            cancelled = ("settlement.agree_cancel", "settlement", settlement)
            if deal.cancelled == number:
                yield cancelled
            elif deal.cancelled is not None:
                self.later[deal.cancelled].append(cancelled)

    def _actions(self, number: int) -> Iterator[tuple[str, str, int]]:
        actions = self.days[number].actions
        ids = new_ids("settlements_recordevent", len(actions))
        rows = [
            (id, "CASH", "DIVIDEND", self.firm.asset, self.dates[each.record], self.dates[each.record],
             self.dates[each.payment], 1, self.firm.money, f"{self.name}-{id}", "DECLINED", "{}")
            for id, each in zip(ids, actions, strict=True)
        ]  # fmt: skip
        copy_rows("settlements_recordevent", _ACTION, rows)
        yield from (("recordevent.propose", "recordevent", id) for id in ids)

    def _items(self, number: int) -> Iterator[tuple[Any, ...]]:
        for item in self.days[number].items:
            self.subjects += 1
            opened = self._at(number, item.minute)
            yield (
                item.kind, item.queue, "simulated", self.subjects, self.firm.entity, self._late(number, item),
                opened, opened + timedelta(minutes=item.done_after), self.firm.user,
            )  # fmt: skip

    def _late(self, number: int, item: Item) -> datetime:
        return self._moment(self.dates[number + item.late_after], time(19))

    def _at(self, number: int, minute: int) -> datetime:
        return self._moment(self.days[number].date, time()) + timedelta(minutes=minute)

    def _moment(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self.zone)
