"""Reconciling: matching what is certain, opening and closing breaks; matching and undoing by a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from django.db import connection, transaction

from backoffice.events.faults import reached
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from reconciliation.breaks.identifying import identify
from reconciliation.matching.deciding import decide
from reconciliation.matching.evidence import settle_by_statement
from reconciliation.matching.gathering import gather
from reconciliation.matching.items import FIRST_DAY, Entry, Line, total
from reconciliation.matching.kinds import RECON_RULES, Terms
from reconciliation.matching.pairing import (
    Matched,
    pair_by_amount,
    pair_by_reference,
    write_pairs,
)
from reconciliation.matching.pools import keep_pools, locked, pools_of
from reconciliation.matching.reading import Rest, lines_that_may_name, read_rest
from reconciliation.matching.writing import write_matches
from reconciliation.models import Reconciliation
from refdata.selectors import reference_data

CHUNK = 25  # reconciliations that are decided and committed together
AT_ONCE = 2  # chunks, each on a connection of its own


@dataclass
class Reconciled:
    """What a run came to: by rule how many matches, and breaks opened, closed and live."""

    matches: Counter[str] = field(default_factory=Counter)
    settled: int = 0
    opened: int = 0
    closed: int = 0

    def add(self, other: Reconciled) -> None:
        self.matches += other.matches
        self.settled += other.settled
        self.opened += other.opened
        self.closed += other.closed


def reconcile(
    *, entity_id: int, day: date, at: datetime, nostro_ids: Collection[int] | None = None
) -> Reconciled:
    """Hold the statements of an entity, or of some of its accounts, against its books as of now.

    What is matched stays matched: a second run adds nothing, and one that was broken off is gone on with by
    the next. Reconciliations are locked one chunk at a time; of two runs at once the second finds what the first left.
    """
    with transaction.atomic():
        keep_pools([entity_id], day=day)
    pools = pools_of([entity_id], nostro_ids)
    chunks = [pools[first : first + CHUNK] for first in range(0, len(pools), CHUNK)]
    done = Reconciled()
    for each in _each_done(chunks, partial(_reconcile, day=day, at=at)):
        done.add(each)
        reached("reconcile.chunk")
    return done


def _each_done(
    chunks: Sequence[Sequence[int]], work: Callable[[Sequence[int]], Reconciled]
) -> Iterator[Reconciled]:
    """What each comes to: several at once, but for a caller whose transaction they are part of."""
    if len(chunks) < 2 or connection.in_atomic_block:
        yield from map(work, chunks)
        return

    def apart(chunk: Sequence[int]) -> Reconciled:
        try:
            return work(chunk)
        finally:
            connection.close()  # of this thread

    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield from threads.map(apart, chunks)


@transaction.atomic
def _reconcile(pool_ids: Sequence[int], *, day: date, at: datetime) -> Reconciled:
    rows = locked(pool_ids)
    done, horizon = Reconciled(), _all_known()
    terms = terms_of(rows, day)
    matched: list[Matched] = []
    naming = _gathered(terms)
    done.settled = settle_by_statement(naming, at=at)
    if done.settled:  # what a line proves has an entry now
        matched += write_pairs(at=at)
        naming = _gathered(terms)
    pair_by_amount(naming)
    matched += write_pairs(at=at)
    rest = read_rest(naming)
    decided = decide(rest.lines, rest.entries, terms)
    entity_ids = {row.pk: row.entity_id for row in rows}
    write_matches(decided.found, entity_ids=entity_ids, at=at)
    matched += [Matched(f.pool, f.rule.value, 1, total(f.lines)) for f in decided.found]
    for each in matched:
        done.matches[each.rule] += each.count
    done.opened, done.closed = identify(rows, decided, at=at)
    _tell(rows, matched, at=at)
    _advance_horizons(rows, rest, decided.entries, horizon, at=at)
    return done


def _gathered(terms: Mapping[int, Terms]) -> list[Line]:
    """Lay out what is open and pair what a reference makes a pair; the lines left that may name something of ours."""
    gather(terms)
    pair_by_reference()
    return lines_that_may_name()


def terms_of(rows: Sequence[Reconciliation], day: date) -> dict[int, Terms]:
    """By what each is matched: the rule of its place, else the firm's, else the defaults."""
    ruled = reference_data().rules.by_key(RECON_RULES, day)
    default = ruled.get("", Terms())
    return {row.pk: ruled.get(row.place.code, default) for row in rows}


def _tell(rows: Sequence[Reconciliation], matched: Sequence[Matched], *, at: datetime) -> None:
    """One event for all that rules matched of a reconciliation: how many by which rule, and their money."""
    counts: dict[int, Counter[str]] = {row.pk: Counter() for row in rows}
    money: defaultdict[int, Decimal] = defaultdict(Decimal)
    for each in matched:
        counts[each.pool][each.rule] += each.count
        money[each.pool] += each.amount
    record_events(
        [
            NewEvent(
                kind="reconciliation.match", subject_type="reconciliation", subject_id=row.pk,
                entity_id=row.entity_id,
                facts={"matches": dict(sorted(counts[row.pk].items())), "sum": plain(money[row.pk])},
            )
            for row in rows
            if counts[row.pk]
        ],
        actor_id=None, at=at,
    )  # fmt: skip


def _all_known() -> int:
    """Below which transaction everything is committed by now, so that a later statement sees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tx_horizon()")
        return int(cursor.fetchone()[0])


# What nothing came near, and no statement speaks of yet.
_EARLY = f"""
SELECT e.pool, min(e.recorded_tx) FROM left_entry e JOIN reconciliation_reconciliation r ON r.id = e.pool
 WHERE e.alone AND (r.until IS NULL OR DATE '{FIRST_DAY}' + e.day > r.until) GROUP BY e.pool
"""  # noqa: S608


def _advance_horizons(
    rows: Sequence[Reconciliation], rest: Rest, left: Sequence[Entry], horizon: int, *, at: datetime
) -> None:
    """The next run begins at the oldest entry of which no statement speaks yet, or at what is open now."""
    until = {row.pk: _number(row.until) for row in rows}
    least = dict.fromkeys(until, horizon)
    for entry in left:
        if entry.day > until[entry.pool]:
            least[entry.pool] = min(least[entry.pool], rest.recorded[entry.id])
    with connection.cursor() as cursor:
        cursor.execute(_EARLY)
        for pool, recorded in cursor.fetchall():
            least[pool] = min(least[pool], recorded)
        cursor.execute(
            "UPDATE reconciliation_reconciliation r SET horizon = g.horizon, looked_at = %s"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS g(id, horizon) WHERE r.id = g.id",
            [at, list(least), list(least.values())],
        )


def _number(day: date | None) -> int:
    return (day - FIRST_DAY).days if day else 0
