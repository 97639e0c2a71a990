"""Reading what is reconciled: how each account stands, its matches, and what is open on both sides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Prefetch, Q, QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from reconciliation.breaks.state import BreakState
from reconciliation.matching.gathering import CANDIDATES, values_of
from reconciliation.matching.items import Entry, Line, Proposed
from reconciliation.matching.learning import as_before
from reconciliation.matching.proposing import propose
from reconciliation.matching.reading import entry_of, known_entries, known_lines
from reconciliation.matching.services import terms_of
from reconciliation.models import Match, Reconciliation
from refdata.scopes import visible

MOST_OPEN = 500  # lines, and entries, that a person is shown at once


def reconciliations(*, visible_to: User) -> QuerySet[Reconciliation]:
    """Accounts with banks that are held against our books, with how much is open of each."""
    rows = Reconciliation.objects.select_related("entity", "place__calendar", "asset")
    rows = rows.annotate(open=Count("breaks", filter=~Q(breaks__state=BreakState.CLOSED)))
    return visible(rows.order_by("entity__code", "place__code", "currency", "id"), visible_to)


def reconciliation(reference: str, *, visible_to: User) -> Reconciliation:
    """That of a reference such as `RN-1`. Raises NotFound."""
    id = number_in(reference, "RN", "reconciliation")
    row = reconciliations(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="reconciliation", reference=reference)
    return row


def matches(*, visible_to: User) -> QuerySet[Match]:
    """What was matched, the latest first, undone ones too."""
    parts = Match.objects.select_related("line", "entry").order_by("id")
    rows = Match.objects.filter(part_of=None).select_related(
        "reconciliation", "entity", "matched_by", "undone_by", "line", "entry"
    )
    return visible(rows.prefetch_related(Prefetch("parts", parts)).order_by("-id"), visible_to)


def match(reference: str, *, visible_to: User) -> Match:
    """The match of a reference such as `M-17`. Raises NotFound."""
    row = matches(visible_to=visible_to).filter(pk=number_in(reference, "M", "match")).first()
    if row is None:
        raise NotFound(what="match", reference=reference)
    return row


def matched(*, lines: Collection[int] = (), entries: Collection[int] = ()) -> list[Match]:
    """What some lines, or entries, are matched with: pairs, and parts of what several are in."""
    rows = Match.objects.filter(Q(line__in=lines) | Q(entry__in=entries), undone_at=None)
    return list(rows.select_related("part_of", "line", "entry").order_by("id"))


class Open(NamedTuple):
    """What of a reconciliation is not matched, on both sides, as the rules see it."""

    lines: list[Line]
    entries: list[Entry]


_OPEN = f"""
{CANDIDATES}
(SELECT true, l.id, NULL::bigint, l.pool, l.amount, l.day, l.held, '', 0
   FROM open_line l ORDER BY l.day, l.id LIMIT %(most)s)
 UNION ALL
(SELECT false, e.entry_id, e.account_id, e.pool, e.amount, e.day, e.held, e.ref, e.reverses
   FROM open_entry e ORDER BY e.day, e.entry_id LIMIT %(most)s)
"""  # noqa: S608


def open_items(row: Reconciliation, *, day: date) -> Open:
    """Lines without an entry and entries without a line, the oldest first."""
    values = values_of(terms_of([row], day)) | {"most": MOST_OPEN}
    lines, entries = [], []
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, values)
        for is_line, id, account, pool, amount, when, held, ref, reverses in cursor.fetchall():
            if is_line:
                lines.append(Line(id, pool, amount, when, held=held))
            else:
                entries.append(entry_of(id, account, pool, amount, when, ref, reverses, held))
    return Open(known_lines(lines), known_entries(entries))


def proposals_of(row: Reconciliation, items: Open, *, day: date) -> Sequence[Proposed]:
    """What of it may belong together, for a person to say; first what is as people decided before."""
    terms = terms_of([row], day)
    before = as_before(items.lines, items.entries, terms, entity_id=row.entity_id)
    return [*before, *propose(items.lines, items.entries, terms)]


def counterparties_of(entry_ids: Sequence[int]) -> dict[int, int]:
    """With whom entries of settlements are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, s.counterparty_id FROM ledger_journalentry e"
            " JOIN settlements_settlement s ON e.source_type = 'settlement' AND s.id = e.source_id"
            " WHERE e.id = ANY(%s::bigint[])", [list(entry_ids)],
        )  # fmt: skip
        return dict(cursor.fetchall())
