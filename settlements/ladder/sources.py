"""What brings and takes money, as SQL: one SELECT for each source, all with the same columns.

Each row is money of an owner at a place on a date: above zero it comes. `reference` names the row for people,
`other_id` the party on the other side, `booked` says that the books have it already and that its date is final.
Apps to the right add theirs when they are ready (`register`), and are asked in the same question.

Settlements are read as known at a horizon: their terms never change, and of what changes the events since then
say what it was before. With the present for a horizon no event is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from settlements.actions.selectors import RECEIPT

COLUMNS = (
    "entity_id", "owner_id", "place_id", "asset_id", "due_date", "method", "source", "certainty", "booked",
    "amount", "reference", "other_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Of which days, from which knowledge, and at which moment a ladder is read."""

    on: date
    until: date
    today: date
    at: datetime
    horizon: int


Facts = Callable[[Span], Mapping[str, Any]]


def no_facts(span: Span) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class CashSource:
    """A SELECT of the columns above; `facts` are parameters of its own, named after the source."""

    name: str
    select: str
    facts: Facts = no_facts


SOURCES: dict[str, CashSource] = {}


def register(source: CashSource) -> None:
    SOURCES[source.name] = source


# What happened to settlements since the horizon: what each was before, its own first such event says.
LATER = """
  SELECT e.subject_id AS id, e.kind, e.source, e.tx, e.id AS event_id FROM events_event e
   WHERE e.tx >= %(horizon)s AND e.subject_type = 'settlement'
     AND e.kind IN ('settlement.prepare', 'settlement.take_on', 'settlement.settle', 'settlement.agree_cancel',
                    'settlement.match', 'settlement.unmatch', 'settlement.allege')"""
BORN = "('settlement.prepare', 'settlement.take_on')"
# A settlement on the net stands for the members of its set (`settlements.board.waits`).
_NETTED = f"""s.netted_by_id IS NOT NULL AND EXISTS (
       SELECT 1 FROM settlements_settlement n
        WHERE n.source_type = 'set' AND n.source_id = s.netted_by_id AND n.cancellation <> 'AGREED'
          AND NOT EXISTS (SELECT 1 FROM later l WHERE l.id = n.id AND l.kind IN {BORN}))"""  # noqa: S608
_SOURCE = """CASE WHEN s.source_type = 'net' THEN 'CLEARING' WHEN s.source_type = 'set' THEN 'NETTING'
       WHEN s.source_type = 'claim' THEN 'CLAIM' WHEN d.product LIKE 'fx%%' THEN 'FX'
       WHEN d.product LIKE 'repo%%' THEN 'REPO' WHEN s.method = 'DVP' THEN 'DVP'
       WHEN d.instrument_id IS NOT NULL THEN 'FREE' ELSE 'PAYMENT' END"""


# Inside our books the other side's money moves as well, unless it is a settlement of its own (two that cross).
# What a place has not heard of counts like the rest: it is owed. One held or sent back for repair, too.
def _settlements(which: str) -> str:
    return f"""
SELECT s.entity_id, x.owner_id, s.place_id, s.money_asset_id, s.due_date, s.method, {_SOURCE},
       CASE WHEN s.source_type = 'claim' THEN 'CLAIMED'
            WHEN coalesce(k.matching, s.matching) = 'MATCHED' THEN 'MATCHED' ELSE 'NOT_MATCHED' END,
       false, CASE WHEN x.comes THEN r.amount ELSE -r.amount END, 'S-' || s.id, x.other_id
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id
  LEFT JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
  LEFT JOIN LATERAL (
       SELECT l.source AS matching FROM later l
        WHERE l.id = s.id AND l.kind IN ('settlement.match', 'settlement.unmatch', 'settlement.allege')
        ORDER BY l.tx, l.event_id LIMIT 1) k ON true
 CROSS JOIN LATERAL (
       SELECT s.amount - CASE WHEN %(known_now)s THEN s.settled_amount ELSE (
              SELECT coalesce(sum(t.amount), 0) FROM settlements_settlementpart t
               WHERE t.settlement_id = s.id AND t.recorded_tx < %(horizon)s) END AS amount) r
 CROSS JOIN LATERAL (VALUES
       (s.owner_id, s.delivers, s.counterparty_id),
       (CASE WHEN p.finality = 'INTERNAL' AND NOT EXISTS (
             SELECT 1 FROM settlements_nettingset c WHERE c.id = s.netted_by_id AND c.mode = 'CROSSING')
             THEN s.counterparty_id END, NOT s.delivers, s.owner_id)) AS x(owner_id, comes, other_id)
 WHERE {which}
   AND NOT EXISTS (SELECT 1 FROM later l WHERE l.id = s.id AND l.kind IN {BORN})
   AND r.amount > 0 AND x.owner_id IS NOT NULL AND NOT ({_NETTED})
   AND s.id <> ALL(%(taken)s::bigint[])
   AND NOT (x.other_id = ANY(%(silent)s::bigint[]) AND (s.method = 'DVP' OR x.comes))
"""  # noqa: S608


_OPEN = "s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED'"  # as its partial index says it
_OPEN_THEN = f"""s.id IN (SELECT l.id FROM later l WHERE l.kind IN ('settlement.settle', 'settlement.agree_cancel'))
   AND NOT ({_OPEN})"""  # noqa: S608
# Where the money of what has no account yet would move: our account in its currency, the owner's own first.
_HOME = """
  LEFT JOIN LATERAL (
       SELECT n.place_id FROM refdata_nostroaccount n
        WHERE n.entity_id = {row}.entity_id AND n.currency = a.code
        ORDER BY n.owner_id = {row}.owner_id DESC, n.id LIMIT 1) home ON true"""
_NETS = f"""
SELECT o.entity_id, o.owner_id, home.place_id, o.asset_id, o.due_date, 'PFOD', 'CLEARING',
       CASE WHEN o.state IN ('MATCHED', 'AGREED') THEN 'MATCHED' ELSE 'NOT_MATCHED' END, false, o.quantity,
       'NO-' || o.id, o.counterparty_id
  FROM settlements_netobligation o
  JOIN refdata_asset a ON a.id = o.asset_id AND a.kind = 'CURRENCY'
{_HOME.format(row="o")}
 WHERE %(known_now)s AND o.state <> 'SETTLED' AND o.quantity <> 0
   AND NOT (o.counterparty_id = ANY(%(silent)s::bigint[]) AND o.quantity > 0)
   AND NOT EXISTS (SELECT 1 FROM settlements_settlement s
                    WHERE s.source_type = 'net' AND s.source_id = o.id AND s.cancellation <> 'AGREED')
"""  # noqa: S608
# Deals of which nothing is instructed yet. Those that are cleared join their net obligation once confirmed.
_DEALS = f"""
SELECT d.entity_id, d.owner_id, home.place_id, f.asset_id, f.due_date, 'PFOD', 'DEAL', 'NOT_MATCHED', false,
       f.amount, 'D-' || d.id, d.counterparty_id
  FROM deals_deal d
 CROSS JOIN LATERAL (
       SELECT f.asset_id, f.due_date, sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END)
              AS amount
         FROM deals_flow f WHERE f.deal_id = d.id AND f.version = d.version GROUP BY 1, 2) f
  JOIN refdata_asset a ON a.id = f.asset_id AND a.kind = 'CURRENCY'
{_HOME.format(row="d")}
 WHERE %(known_now)s AND d.state IN ('CAPTURED', 'PENDING_APPROVAL', 'CONFIRMED') AND f.amount <> 0
   AND NOT (d.counterparty_id = ANY(%(silent)s::bigint[]) AND f.amount > 0)
   AND NOT EXISTS (SELECT 1 FROM settlements_settlement s
                    WHERE s.source_type = 'deal' AND s.source_id = d.id AND s.cancellation <> 'AGREED')
   AND NOT EXISTS (SELECT 1 FROM settlements_nettedflow k WHERE k.deal_id = d.id)
"""  # noqa: S608
# A claim that is agreed on has no date of its own: it is looked for on the next business day.
_CLAIMS = """
SELECT c.entity_id, e.own_party_id, s.place_id, y.asset_id, c.last_day, 'PFOD', 'CLAIM', 'CLAIMED', false,
       CASE c.claimant WHEN 'US' THEN c.amount ELSE -c.amount END, 'IC-' || c.id, s.counterparty_id
  FROM settlements_interestclaim c
  JOIN refdata_entity e ON e.id = c.entity_id
  JOIN settlements_settlement s ON s.id = c.settlement_id
  JOIN refdata_currency y ON y.code = c.currency
 WHERE %(known_now)s AND c.state = 'APPROVED'
   AND NOT (s.counterparty_id = ANY(%(silent)s::bigint[]) AND c.claimant = 'US')
"""
# What corporate actions owe each owner, at the place of cash that pays it.
_INCOME = f"""
SELECT n.entity_id, n.owner_id, n.cash_place_id, n.money_asset_id, v.payment_date, 'PFOD', 'INCOME', 'EXPECTED',
       false, sum({RECEIPT}), 'CA-' || v.id, NULL::bigint
  FROM settlements_entitlement n JOIN settlements_recordevent v ON v.id = n.event_id
 WHERE %(known_now)s AND n.state = 'EXPECTED' AND n.money_asset_id IS NOT NULL AND v.payment_date IS NOT NULL
 GROUP BY v.id, n.entity_id, n.owner_id, n.cash_place_id, n.money_asset_id HAVING sum({RECEIPT}) <> 0
"""  # noqa: S608
# What the books have from the first day on: the day is final.
_BOOKED = f"""
SELECT a.entity_id, a.owner_id, a.place_id, l.asset_id, l.effective_date, '',
       CASE WHEN s.id IS NULL THEN CASE WHEN j.source_type LIKE '%%claim' THEN 'CLAIM'
                                        WHEN j.source_type LIKE '%%penalty%%' THEN 'PENALTY'
                                        WHEN j.source_type IN ('entitlement', 'incomedifference') THEN 'INCOME'
                                        ELSE 'ENTRY' END
            ELSE {_SOURCE} END,
       'SETTLED', true, l.amount, 'E-' || l.entry_id, s.counterparty_id
  FROM ledger_line l
  JOIN ledger_ledgeraccount a ON a.id = l.account_id AND a.kind = 'CASH' AND a.place_id IS NOT NULL
  JOIN ledger_journalentry j ON j.id = l.entry_id
  LEFT JOIN settlements_settlement s ON j.source_type = 'settlement' AND s.id = j.source_id
  LEFT JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
 WHERE l.effective_date >= %(on)s AND l.effective_date <= %(until)s AND l.recorded_tx < %(horizon)s
"""  # noqa: S608

_OWN = {
    "settlements": _settlements(_OPEN), "settled-since": _settlements(_OPEN_THEN), "nets": _NETS,
    "deals": _DEALS, "claims": _CLAIMS, "income": _INCOME, "booked": _BOOKED,
}  # fmt: skip
for _name, _select in _OWN.items():
    register(CashSource(_name, _select))


def all_rows() -> str:
    """The rows of all sources, as a common table expression needs them."""
    return "\n UNION ALL\n".join(f"({source.select})" for source in SOURCES.values())


def facts_of(span: Span) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for source in SOURCES.values():
        found |= source.facts(span)
    return found
