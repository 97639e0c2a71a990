"""The SQL of capture: which candidates are new, and writing those that are granted.

Few deals go through two PL/pgSQL functions, whose plans are cached; many through set-based
statements and COPY. Both write the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from backoffice.events.copying import copy_rows
from backoffice.events.durable import LAZILY
from backoffice.kernel.rows import composite_array
from deals.capturing.candidates import Answer, Candidate, CapturedDeal
from deals.terms import details_of
from limits.rules import Headroom

FEW = 200  # up to here the functions are quicker

_OPEN = "SELECT * FROM deals_open(%s::deals_request[])"
_OPEN_MANY = """
SELECT CASE WHEN d.id IS NULL AND g.nth = 1 THEN 'new' ELSE 'duplicate' END,
       coalesce(d.id, CASE g.nth WHEN 1 THEN nextval(pg_get_serial_sequence('deals_deal', 'id')) END),
       NULL, NULL, NULL, NULL
  FROM (SELECT u.*, row_number() OVER (PARTITION BY entity, ref ORDER BY ord) AS nth
          FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS u(entity, ref, ord)) g
  LEFT JOIN deals_deal d ON d.entity_id = g.entity AND d.external_ref = g.ref
 ORDER BY g.ord
"""
_TAKE = """
UPDATE limits_limit l SET used = l.used + t.amount, excess = l.excess + t.excess
  FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS t(id, amount, excess) WHERE l.id = t.id
"""


def open_requests(candidates: Sequence[Candidate], *, waits: bool = True) -> list[tuple[Any, ...]]:
    """For each candidate: new (with its id), replay, rival or duplicate, and the stored answer.

    `waits`: whether the commit of this transaction waits for the disk.
    """
    lazily = "" if waits else LAZILY
    with connection.cursor() as cursor:
        if len(candidates) > FEW and all(c.key is None for c in candidates):
            entities = [c.deal.book.entity_id for c in candidates]
            references = [c.deal.terms.external_ref for c in candidates]
            cursor.execute(lazily + _OPEN_MANY, [entities, references])
        else:
            requests = composite_array(map(_request_row, candidates))
            cursor.execute(lazily + _OPEN, [requests])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _request_row(c: Candidate) -> tuple[Any, ...]:
    key, digest = (c.key.key, "\\x" + c.key.hash.hex()) if c.key else (None, None)
    return c.actor.pk, key, digest, c.deal.book.entity_id, c.deal.terms.external_ref


def store(
    stored: Sequence[tuple[CapturedDeal, Answer | None]], rooms: Mapping[int, Headroom]
) -> None:
    """Write everything about granted deals, and last of all the hot counters of their limits."""
    taken = [(id, room.taken, room.excess) for id, room in sorted(rooms.items()) if room.taken]
    deals = [captured for captured, _ in stored]
    if len(deals) > FEW and not any(answer for _, answer in stored):
        _copy(deals)
        with connection.cursor() as cursor:
            cursor.execute(
                _TAKE, [list(column) for column in zip(*taken, strict=True)] or [[], [], []]
            )
        return
    parameters = [
        composite_array((*_deal_row(d), *_version_row(d), _facts(d)) for d in deals),
        composite_array(_flow_rows(deals)),
        composite_array(_reservation_rows(deals)),
        composite_array(_answer_row(d, answer) for d, answer in stored if answer),
        composite_array(taken),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT deals_write(%s::deals_new_deal[], %s::deals_new_flow[],"
            " %s::deals_new_reservation[], %s::deals_new_answer[], %s::deals_taken[])",
            parameters,
        )


def _deal_row(captured: CapturedDeal) -> tuple[Any, ...]:
    c = captured.candidate
    d, t = c.deal, c.deal.terms
    return (
        captured.id, d.book.entity_id, d.book.id, t.external_ref, t.product, t.stage, t.capacity,
        d.owner_id, d.counterparty.id, d.traded.instrument_id, d.trade_date, d.due_date,
        bool(captured.allotment.short), c.actor.pk, c.at.isoformat(),
    )  # fmt: skip


def _version_row(captured: CapturedDeal) -> tuple[Any, ...]:
    d, t = captured.candidate.deal, captured.candidate.deal.terms
    return (
        t.side, d.quantity, d.price, t.currency, d.amounts.gross, d.amounts.net,
        t.settlement.method, d.traded_at.isoformat(), _details(captured),
    )  # fmt: skip


def _flow_rows(deals: Iterable[CapturedDeal]) -> Iterable[tuple[Any, ...]]:
    return ((d.id, *flow) for d in deals for flow in d.candidate.deal.flows)


def _reservation_rows(deals: Iterable[CapturedDeal]) -> Iterable[tuple[Any, ...]]:
    return ((d.id, need.limit.id, need.amount) for d in deals for need in d.candidate.needs)


def _details(captured: CapturedDeal) -> str:
    """The members that have no column of their own as they were sent, and what was worked out."""
    deal = captured.candidate.deal
    details = details_of(deal.terms)
    clearing = deal.terms.clearing
    if clearing is not None and clearing.mode == "CCP" and clearing.ccp:
        details["novated_from"] = (
            deal.terms.counterparty
        )  # of whom a central counterparty took the place
    if deal.figures:
        details["figures"] = deal.figures
    if deal.warnings:
        details["warnings"] = [
            {
                "pointer": p.pointer,
                "code": p.code,
                "detail": p.detail,
                "hint": p.hint,
                "facts": p.facts,
            }
            for p in deal.warnings
        ]
    return msgspec.json.encode(details).decode() if details else "{}"


def _facts(captured: CapturedDeal) -> str:
    facts: dict[str, Any] = {"version": 1}
    if captured.candidate.deal.executed:
        facts["executed"] = True
    if captured.allotment.short:
        facts["breaches"] = {
            f"L-{id}": str(short) for id, short in captured.allotment.short.items()
        }
    return msgspec.json.encode(facts).decode()


def _answer_row(captured: CapturedDeal, answer: Answer) -> tuple[Any, ...]:
    c = captured.candidate
    assert c.key is not None
    return (
        c.actor.pk, c.key.key, "\\x" + c.key.hash.hex(), answer.status, answer.location,
        answer.media_type, answer.body,
    )  # fmt: skip


_COPY = {
    "deals_deal": "id, entity_id, book_id, external_ref, product, stage, capacity, owner_id,"
    " counterparty_id, instrument_id, trade_date, due_date, breached, captured_by_id, captured_at,"
    " state, makers, version",
    "deals_dealversion": "deal_id, number, side, quantity, price, currency, gross_amount, net_amount,"
    " method, traded_at, details, actor_id, recorded_at",
    "deals_flow": "deal_id, kind, direction, asset_id, quantity, due_date, version",
    "limits_reservation": "source_id, limit_id, amount, source_type, state, recorded_at",
    "events_event": "subject_id, entity_id, actor_id, recorded_at, facts, kind, subject_type, target",
}


def _copy(deals: Sequence[CapturedDeal]) -> None:
    """The same rows as `deals_write`, table by table, through COPY."""
    at = deals[0].candidate.at.isoformat()
    put_deals([Standing(d, "CAPTURED", 1, at) for d in deals], at=at)
    events = (
        (d.id, d.candidate.deal.book.entity_id, d.candidate.actor.pk, at, _facts(d), "deal.capture",
         "deal", "CAPTURED")
        for d in deals
    )  # fmt: skip
    copy_rows("events_event", _COPY["events_event"], events)


class Standing(NamedTuple):
    """A deal, and where it stands: its state, its version, and when it was captured as ISO 8601."""

    deal: CapturedDeal
    state: str
    version: int
    captured_at: str


def put_deals(those: Sequence[Standing], *, at: str) -> None:
    """Copy in deals as they stand, with what they promise and what they hold of limits; no event says so yet."""
    tables: dict[str, Iterable[Sequence[Any]]] = {
        "deals_deal": (
            (*_deal_row(s.deal)[:-1], s.captured_at, s.state, f"{{{s.deal.candidate.actor.pk}}}", s.version)
            for s in those
        ),
        "deals_dealversion": (
            (s.deal.id, s.version, *_version_row(s.deal), s.deal.candidate.actor.pk, at)
            for s in those
        ),
        "deals_flow": ((*row, s.version) for s in those for row in _flow_rows([s.deal])),
        "limits_reservation": (
            (*row, "deal", "COMMITTED", at) for row in _reservation_rows([s.deal for s in those])
        ),
    }  # fmt: skip
    for table, rows in tables.items():
        copy_rows(table, _COPY[table], rows)


def put_version(captured: CapturedDeal, number: int, *, head_before: str) -> None:
    """A further version of a deal that is there, with the flows it promises."""
    c = captured.candidate
    row = (captured.id, number, *_version_row(captured), c.actor.pk, c.at.isoformat(), head_before)
    copy_rows("deals_dealversion", f"{_COPY['deals_dealversion']}, head_before", [row])
    flows = ((*flow, number) for flow in _flow_rows([captured]))
    copy_rows("deals_flow", _COPY["deals_flow"], flows)
