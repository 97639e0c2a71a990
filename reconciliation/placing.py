"""Where a statement on its way into the tables belongs: which of its lines are new, and what it follows."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from backoffice.events.copying import new_ids
from backoffice.kernel.decimals import plain
from reconciliation import keeping, rules
from reconciliation.rules import Alike, Identity
from reconciliation.terms import NewStatement
from refdata.models import NostroAccount


@dataclass(slots=True)
class Placed:
    """A statement with its key and account; `fresh` lines are new, `repeated` are bookings known before."""

    id: int
    new: NewStatement
    nostro: NostroAccount
    wanted: list[Identity] = field(default_factory=list)
    fresh: list[keeping.LineRow] = field(default_factory=list)
    repeated: list[tuple[int, int, int]] = field(default_factory=list)
    follows: int | None = None
    gap: Decimal | None = None
    remarks: list[Any] = field(default_factory=list)


def place(accepted: Sequence[tuple[NewStatement, NostroAccount]]) -> list[Placed]:
    """The statements of a file, placed. Their accounts are locked: nobody else stores any of them."""
    ids = new_ids("reconciliation_statement", len(accepted))
    placed = [Placed(id, *each) for id, each in zip(ids, accepted, strict=True)]
    _identify(placed)
    _tell_apart(placed)
    _put_in_order(placed)
    return placed


def _identify(placed: Sequence[Placed]) -> None:
    """The booking that each line is. The pages of one statement go on counting where the one before ended."""
    in_file: dict[Any, dict[str, list[Alike]]] = defaultdict(dict)
    for each in sorted(placed, key=lambda each: rules.page(each.new.sequence)):
        new = each.new
        keys = [rules.alike(line, each.nostro.pk, new.last_day) for line in new.lines]
        told = [key for key in keys if key is not None]  # none is left without a day
        before: Counter[Alike] = Counter()
        if pages := rules.pages_of(new):
            here = in_file[each.nostro.pk, pages]
            before = _told_before(each, here)
            here[new.sequence] = told
        each.wanted = rules.identities(told, before)


def _told_before(each: Placed, here: dict[str, list[Alike]]) -> Counter[Alike]:
    """What earlier pages tell: those of this file, and those that came in another."""
    new, mine = each.new, rules.page(each.new.sequence)
    if mine <= rules.page("1"):
        return Counter()
    found = keeping.told_on_pages_before(
        each.nostro.pk, new.kind, new.until_date, new.number, new.sequence, without=list(here)
    )
    for page, told in here.items():
        if rules.page(page) < mine:
            found.update(told)
    return found


def _tell_apart(placed: Sequence[Placed]) -> None:
    wanted = {which for each in placed for which in each.wanted}
    known = keeping.known_lines(list(wanted))
    ids = iter(new_ids("reconciliation_statementline", len(wanted) - len(known)))
    for each in placed:
        elsewhere = 0
        for which, line in zip(each.wanted, each.new.lines, strict=True):
            if which in known:
                id, booked = known[which]
                each.repeated.append((each.id, line.position, id))
                elsewhere += bool(booked and line.booking_date and booked != line.booking_date)
            else:
                id = next(ids)
                known[which] = id, line.booking_date
                each.fresh.append((id, each.id, each.nostro.entity_id, which, line))
        if elsewhere:
            each.remarks.append(
                rules.remark("booked-on-another-day", rules.OTHER_DAY, count=elsewhere)
            )


def _put_in_order(placed: Sequence[Placed]) -> None:
    """What each statement follows, of what is stored and what comes with it, and what is between them."""
    ranked = [(each, rank) for each in placed if (rank := rules.rank_of(each.new))]
    stored = keeping.statements_before([(each.nostro.pk, rank) for each, rank in ranked])
    beside: dict[int, list[keeping.Before]] = defaultdict(list)
    for each, rank in ranked:
        beside[each.nostro.pk].append((rank, each.id, each.new.closing))
    for rows in beside.values():
        rows.sort(key=lambda row: row[:2])
    for (each, rank), before in zip(ranked, stored, strict=True):
        rows = beside[each.nostro.pk]
        index = bisect_left(rows, rank, key=lambda row: row[0])
        found = [*rows[max(index - 1, 0) : index], *([before] if before else [])]
        if found:
            _follow(each, max(found, key=lambda row: row[:2]))


def _follow(each: Placed, before: keeping.Before) -> None:
    _, each.follows, closing = before
    opening = each.new.opening
    if opening is None or closing is None:
        return
    each.gap = rules.less(opening, closing)
    if each.gap:
        each.remarks.append(rules.remark(
            "does-not-follow", rules.DOES_NOT_FOLLOW, opening=plain(opening), closing=plain(closing),
            before=f"ST-{each.follows}", gap=plain(each.gap), currency=each.new.currency,
        ))  # fmt: skip
