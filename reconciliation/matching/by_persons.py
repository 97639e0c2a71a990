"""Matching by a person, and undoing a match."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from ledger.models import JournalEntry
from ledger.services import reverse_entries
from reconciliation.breaks.identifying import open_unmatched, vanish
from reconciliation.breaks.state import BreakState
from reconciliation.breaks.writing import hold
from reconciliation.matching.items import FIRST_DAY, Entry, Found, Line, total
from reconciliation.matching.learning import learned_from
from reconciliation.matching.pools import locked
from reconciliation.matching.state import MatchRule
from reconciliation.matching.writing import write_matches
from reconciliation.models import Break, Match, Reconciliation


class SumsDiffer(Conflict):
    code = "sums-differ"
    title = gettext_noop("The two sides do not come to the same")
    detail = gettext_noop(
        "The lines come to %(theirs)s and the entries to %(ours)s: %(rest)s %(currency)s are left."
    )
    hint = gettext_noop("Choose what else belongs to it, or propose to book what is left.")


class NothingToMatch(Invalid):
    code = "nothing-to-match"
    title = gettext_noop("There is nothing to match")
    detail = gettext_noop("A match has at least two lines or entries.")
    hint = gettext_noop("Choose lines of a statement and entries of our books.")


class MatchedAlready(Conflict):
    code = "matched-already"
    title = gettext_noop("It is matched already")
    detail = gettext_noop("%(item)s is in match %(match)s.")
    hint = gettext_noop("Undo that match first, if it is wrong.")


class SeveralReconciliations(Invalid):
    code = "several-reconciliations"
    title = gettext_noop("They do not belong to one account")
    detail = gettext_noop("Lines and entries of one match are of the same accounts and currency.")
    hint = gettext_noop("Choose what belongs to one account with a bank.")


class UndoReasonMissing(Invalid):
    code = "undo-reason-missing"
    title = gettext_noop("A match is undone with a reason")
    detail = gettext_noop("The reason is empty.")
    hint = gettext_noop("Say why the two sides are not the same money.")


class UndoneAlready(Conflict):
    code = "undone-already"
    title = gettext_noop("The match is undone already")
    detail = gettext_noop("%(match)s does not count any more.")
    hint = gettext_noop("Look at how its lines and entries stand now.")


BOOKED = "booked"  # among the facts of a match: the entries that were written for it alone
_LINES = f"""
SELECT l.id, n.reconciliation_id, l.amount, l.day - DATE '{FIRST_DAY}'
  FROM reconciliation_statementline l
  JOIN reconciliation_reconcilednostro n ON n.nostro_id = l.nostro_id
 WHERE l.id = ANY(%s::bigint[]) AND l.booked ORDER BY l.id
"""  # noqa: S608
_ENTRIES = f"""
SELECT e.id, a.account_id, a.reconciliation_id, sum(m.amount), e.effective_date - DATE '{FIRST_DAY}'
  FROM ledger_journalentry e
  JOIN ledger_line m ON m.entry_id = e.id
  JOIN reconciliation_reconciledaccount a ON a.account_id = m.account_id AND a.asset_id = m.asset_id
 WHERE e.id = ANY(%s::bigint[]) GROUP BY e.id, a.account_id, a.reconciliation_id, e.effective_date
HAVING sum(m.amount) <> 0 ORDER BY e.id, a.account_id
"""  # noqa: S608
_TAKEN = """
SELECT coalesce(m.part_of_id, m.id), m.line_id, m.entry_id FROM reconciliation_match m
 WHERE m.undone_at IS NULL AND (m.line_id = ANY(%s::bigint[]) OR m.entry_id = ANY(%s::bigint[]))
   AND (m.line_id = ANY(%s::bigint[]) OR m.account_id = ANY(%s::bigint[]))
 ORDER BY 1 LIMIT 1
"""


@transaction.atomic
def make_match(
    *, reconciliation_id: int, line_ids: Sequence[int], entry_ids: Sequence[int], actor: User | None,
    at: datetime, rule: MatchRule = MatchRule.PERSON, booked: Collection[int] = (),
) -> Match:  # fmt: skip
    """Match lines and entries of one reconciliation as a person says; their sums agree.

    `booked` are those of the entries that were written for this match alone: undone, it takes them back.
    Raises NothingToMatch, NotFound, SeveralReconciliations, MatchedAlready, SumsDiffer.
    """
    if len(line_ids) + len(entry_ids) < 2:
        raise NothingToMatch
    (pool,) = locked([reconciliation_id])
    lines, entries = _read(pool, line_ids, entry_ids)
    _require_free(lines, entries)
    theirs, ours = total(lines), total(entries)
    if theirs != ours:
        raise SumsDiffer(
            theirs=plain(theirs),
            ours=plain(ours),
            rest=plain(theirs - ours),
            currency=pool.currency,
        )
    found = Found(rule, tuple(lines), tuple(entries))
    facts = learned_from(lines, entries) if rule == MatchRule.PERSON else {}
    facts |= {BOOKED: sorted(booked)} if booked else {}
    (id,) = write_matches(
        [found], entity_ids={pool.pk: pool.entity_id}, at=at, actor_id=actor.pk if actor else None,
        facts=facts,
    )  # fmt: skip
    _tell(pool, "match.make", id, found, actor, at)
    close_breaks_of(found, at=at)
    return Match.objects.get(pk=id)


def _read(
    pool: Reconciliation, line_ids: Sequence[int], entry_ids: Sequence[int]
) -> tuple[list[Line], list[Entry]]:
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [sorted(set(line_ids))])
        lines = [Line(*row) for row in cursor.fetchall()]
        cursor.execute(_ENTRIES, [sorted(set(entry_ids))])
        entries = [Entry(*row) for row in cursor.fetchall()]
    here = [entry for entry in entries if entry.pool == pool.pk]
    missing = set(line_ids) - {line.id for line in lines}
    if missing:
        raise NotFound(what="line of a statement", reference=f"SL-{min(missing)}")
    missing = set(entry_ids) - {entry.id for entry in entries}
    if missing:
        raise NotFound(what="entry", reference=f"E-{min(missing)}")
    if {line.pool for line in lines} - {pool.pk} or set(entry_ids) - {e.id for e in here}:
        raise SeveralReconciliations
    return lines, here


def _require_free(lines: Sequence[Line], entries: Sequence[Entry]) -> None:
    of_lines, of_entries = [line.id for line in lines], [entry.id for entry in entries]
    accounts = [entry.account for entry in entries]
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [of_lines, of_entries, of_lines, accounts])
        row = cursor.fetchone()
    if row is not None:
        item = f"SL-{row[1]}" if row[1] in of_lines else f"E-{row[2]}"
        raise MatchedAlready(item=item, match=f"M-{row[0]}")


def _tell(
    pool: Reconciliation, kind: str, id: int, found: Found, actor: User | None, at: datetime,
    reason: str = "",
) -> None:  # fmt: skip
    event = NewEvent(
        kind=kind, subject_type="match", subject_id=id, entity_id=pool.entity_id, reason=reason,
        facts={
            "reconciliation": str(pool), "rule": found.rule.value,
            "lines": [f"SL-{line.id}" for line in found.lines],
            "entries": [f"E-{entry.id}" for entry in found.entries],
            "sum": plain(total(found.lines)),
        },
    )  # fmt: skip
    record_events([event], actor_id=actor.pk if actor else None, at=at)


@transaction.atomic
def undo_match(*, match_id: int, reason: str, actor: User, at: datetime) -> Match:
    """Take a match apart again; it stays to be seen. No rule matches its lines and entries from now on.

    What was booked for it alone is reversed: without the match nothing speaks for it. Raises UndoReasonMissing,
    UndoneAlready.
    """
    if not reason.strip():
        raise UndoReasonMissing
    row = Match.objects.get(pk=match_id, part_of=None)
    (pool,) = locked([row.reconciliation_id])
    row = Match.objects.select_for_update().get(pk=match_id)
    if row.undone_at is not None:
        raise UndoneAlready(match=str(row))
    whole_and_parts = Match.objects.filter(Q(pk=row.pk) | Q(part_of=row))
    whole_and_parts.update(undone_at=at, undone_by=actor, undone_reason=reason)
    row.refresh_from_db()
    found = _found(row)
    _tell(pool, "match.undo", row.pk, found, actor, at, reason)
    gone = _take_back(pool, row, actor=actor, at=at)
    left = [entry for entry in found.entries if entry.id not in gone]
    open_again(pool, found._replace(entries=tuple(left)), at=at)
    return row


def _take_back(pool: Reconciliation, row: Match, *, actor: User, at: datetime) -> set[int]:
    """Reverse what was booked for a match, and match each entry with its reversal; which entries those are."""
    booked = set(row.facts.get(BOOKED, ()))
    standing = JournalEntry.objects.filter(pk__in=booked, reversed_by__isnull=True)
    reasons = dict.fromkeys(standing.order_by("pk").values_list("pk", flat=True), row.undone_reason)
    if reasons:
        reversals = reverse_entries(reasons=reasons, actor_id=actor.pk, at=at)
        _lines, entries = _read(pool, [], [*reversals, *reversals.values()])
        by_id = {entry.id: entry for entry in entries}
        write_matches(
            [
                Found(MatchRule.REVERSAL, (), (by_id[first], by_id[second]))
                for first, second in reversals.items()
            ],
            entity_ids={pool.pk: pool.entity_id}, at=at,
        )  # fmt: skip
    return booked


def _found(row: Match) -> Found:
    pool, items = row.reconciliation_id, row.items
    lines = [Line(i.line_id, pool, i.amount, 0) for i in items if i.line_id is not None]
    entries = [
        Entry(i.entry_id, i.account_id or 0, pool, i.amount, 0)
        for i in items if i.entry_id is not None
    ]  # fmt: skip
    return Found(MatchRule(row.rule), tuple(lines), tuple(entries))


def open_again(pool: Reconciliation, found: Found, *, at: datetime) -> None:
    """What was taken apart differs again, and is held: only a person matches it."""
    lines, entries = _read(pool, [x.id for x in found.lines], sorted({e.id for e in found.entries}))
    kept = {entry.key for entry in found.entries}
    open_unmatched(lines, [entry for entry in entries if entry.key in kept], at=at)
    hold()


def close_breaks_of(found: Found, *, at: datetime) -> None:
    """What is matched now differs no more."""
    live = Break.objects.exclude(state=BreakState.CLOSED)
    ids = set(live.filter(line__in=[line.id for line in found.lines]).values_list("pk", flat=True))
    keys = {entry.key for entry in found.entries}
    rows = live.filter(entry__in=[entry.id for entry in found.entries])
    ids |= {
        pk for pk, *key in rows.values_list("pk", "entry_id", "account_id") if tuple(key) in keys
    }
    vanish(sorted(ids), at=at)
