"""What a person is offered for what the rules leave: with its rivals, and with what speaks for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciliation.matching.deciding import decide
from reconciliation.matching.items import Entry, Line, Proposed
from reconciliation.matching.kinds import Terms
from reconciliation.matching.state import Why
from reconciliation.matching.sums import combinations_to

MOST_WAYS = 5  # of making a sum, that are shown


def propose(
    lines: Sequence[Line], entries: Sequence[Entry], terms: Mapping[int, Terms]
) -> list[Proposed]:
    """What may belong together among items that are not matched, the strongest evidence first."""
    decided = decide(lines, entries, terms)
    found = [
        *(_tied(*group) for group in decided.tied),
        *(Proposed(Why.RULE_OFF, each.lines, each.entries) for each in decided.off),
        *(Proposed(Why.RIVALS, tuple(a), tuple(b)) for a, b in decided.rivals),
    ]
    free = [line for line in decided.lines if not line.own_names]
    for line in free:
        near = [
            entry for entry in decided.entries
            if entry.pool == line.pool and abs(entry.day - line.day) <= terms[line.pool].window_days
        ]  # fmt: skip
        found += _almost(line, near, terms[line.pool])
        for way in combinations_to(line.amount, near, at_most=MOST_WAYS):
            found.append(Proposed(Why.SUM, (line,), way))
    for entry in decided.entries:
        near_lines = [
            line for line in free
            if line.pool == entry.pool and abs(entry.day - line.day) <= terms[entry.pool].window_days
        ]  # fmt: skip
        for lines_way in combinations_to(entry.amount, near_lines, at_most=MOST_WAYS):
            found.append(Proposed(Why.SUM, lines_way, (entry,)))
    return found


def _tied(lines: list[Line], entries: list[Entry]) -> Proposed:
    same = any(line.amount == entry.amount for line in lines for entry in entries)
    return Proposed(Why.RIVALS if same else Why.AMOUNT, tuple(lines), tuple(entries))


def _almost(line: Line, near: Sequence[Entry], terms: Terms) -> list[Proposed]:
    tolerance = terms.tolerated
    close = [
        entry for entry in near
        if abs(entry.amount - line.amount) <= tolerance and (entry.amount > 0) == (line.amount > 0)
    ]  # fmt: skip
    return [
        Proposed(Why.TOLERANCE, (line,), (entry,)) for entry in close if entry.amount != line.amount
    ]
