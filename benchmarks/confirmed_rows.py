"""The deals and confirmations of a feed as rows, and what became of them held against what was planted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from backoffice.events.copying import copy_rows
from benchmarks.confirmed import AT, Deal, Feed, Sent


def store(feed: Feed) -> None:
    """Deals and confirmations as capture and receiving would have left them."""
    parties, assets, entities = _ids("refdata_party"), _ids("refdata_asset"), _ids("refdata_entity")
    with connection.cursor() as cursor:
        cursor.execute("SELECT e.code, min(b.id), e.own_party_id FROM refdata_book b JOIN refdata_entity e"
                       " ON e.id = b.entity_id GROUP BY e.code, e.own_party_id")  # fmt: skip
        books = {code: (book, own) for code, book, own in cursor.fetchall()}
        cursor.execute("SELECT min(id) FROM access_user")
        (user,) = cursor.fetchone()
    _new(feed.deals, "deals_deal")
    _new(feed.sent, "deals_receivedconfirmation")
    copy_rows(
        "deals_deal",
        "id, entity_id, book_id, external_ref, product, stage, capacity, owner_id, counterparty_id,"
        " instrument_id, trade_date, due_date, state, makers, captured_by_id, captured_at",
        ((d.id, entities[d.terms.entity], books[d.terms.entity][0], d.terms.ref, "equity", "proposed", "OWN",
          books[d.terms.entity][1], parties[d.terms.party], assets[d.terms.share], d.terms.trade_date,
          d.terms.due_date, d.state, f"{{{user}}}", user, AT) for d in feed.deals),
    )  # fmt: skip
    copy_rows(
        "deals_dealversion",
        "deal_id, number, side, quantity, price, currency, gross_amount, net_amount, method, traded_at,"
        " actor_id, details",
        ((d.id, 1, d.terms.side, d.terms.quantity, d.terms.price, d.terms.currency, d.gross, d.terms.amount,
          "DVP", AT, user, f'{{"uti": "{d.terms.uti}"}}' if d.terms.uti else "{}") for d in feed.deals),
    )  # fmt: skip
    copy_rows(
        "deals_receivedconfirmation",
        "id, entity_id, sender_id, their_ref, number, digest, source, raw, our_ref, uti, side, told,"
        " instrument_id, quantity, price, currency, amount, trade_date, settlement_date, place, state,"
        " received_by_id, received_at, makers",
        _sent_rows(feed, user, entities, parties, assets),
    )


def _sent_rows(
    feed: Feed, user: int, entities: Any, parties: Any, assets: Any
) -> Iterator[tuple[Any, ...]]:
    for s in feed.sent:
        t, digest = s.terms, hashlib.sha256(s.their_ref.encode()).hexdigest()
        yield (
            s.id, entities[t.entity], parties[t.party], s.their_ref, 1, f"\\x{digest}", "bench", "{}", t.ref,
            t.uti, "sell" if t.side == "buy" else "buy", t.share, assets[t.share], t.quantity, t.price,
            t.currency, t.amount, t.trade_date, t.due_date, t.place, "RECEIVED", user, AT, f"{{{user}}}",
        )  # fmt: skip


def _ids(table: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT code, id FROM {table}")
        return dict(cursor.fetchall())


def _new(rows: Sequence[Deal | Sent], table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, len(rows)],
        )
        for row, (id,) in zip(rows, cursor.fetchall(), strict=True):
            row.id = id


_FOUND = """
SELECT c.id, c.state, c.deal_id, c.verdict, c.causes,
       ARRAY(SELECT x->>'field' FROM jsonb_array_elements(c.differences) x WHERE x->>'weight' = 'DIFFERENT')
  FROM deals_receivedconfirmation c
"""


def wrong_ones(feed: Feed) -> list[str]:
    """Whatever is not what was planted: an empty list where all were found and none falsely."""
    with connection.cursor() as cursor:
        cursor.execute(_FOUND)
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    wrong = []
    for s in feed.sent:
        state, deal, _verdict, causes, off = found[s.id]
        e = s.expected
        meant = None if e.deal is None else e.deal.id
        right = state == e.state and deal == meant and set(off) == e.off
        if not right or (e.cause and (not causes or e.cause not in causes)):
            wrong.append(f"{s.kind}: {state} {deal} {sorted(off)} {causes}, planted {e}")
    return wrong
