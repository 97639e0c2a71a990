"""The rules that go by references: what names an entry, and what takes another back. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciliation.matching.components import components
from reconciliation.matching.items import Entry, Found, Line, total
from reconciliation.matching.kinds import Terms
from reconciliation.matching.state import MatchRule


class Named(NamedTuple):
    """What references say: what is matched by them, and which lines and entries name each other otherwise."""

    found: list[Found]
    tied: list[tuple[list[Line], list[Entry]]]


def reversed_entries(entries: Sequence[Entry]) -> list[Found]:
    """An entry and the one that takes it back are nothing together, on no statement either."""
    known = {entry.key: entry for entry in entries}
    pairs = []
    for entry in entries:
        first = known.get((entry.reverses, entry.account)) if entry.reverses else None
        if first is not None and first.amount == -entry.amount:
            pairs.append(Found(MatchRule.REVERSAL, (), (first, entry)))
    return pairs


def reversed_lines(lines: Sequence[Line]) -> list[Found]:
    """A line that the bank marks as a reversal, and the only line of the same reference that it takes back."""
    by_name: defaultdict[tuple[int, str], list[Line]] = defaultdict(list)
    marked = [line for line in lines if line.reversal]
    if not marked:
        return []
    for line in lines:
        for name in line.names:
            by_name[line.pool, name].append(line)
    pairs, used = [], set()
    for line in marked:
        others = {
            other.id: other
            for name in line.names
            for other in by_name[line.pool, name]
            if other.amount == -line.amount and not other.reversal
        }
        again = [
            o for n in line.names for o in by_name[line.pool, n] if o.reversal and o.id != line.id
        ]
        if len(others) == 1 and not again:
            (other,) = others.values()
            if other.id not in used:
                used.add(other.id)
                pairs.append(Found(MatchRule.REVERSAL, (other, line), ()))
    return pairs


def by_reference(
    lines: Sequence[Line], entries: Sequence[Entry], terms: Mapping[int, Terms]
) -> Named:
    """First what has a reference and the amount in common, then what is left of those with a reference in common.

    A group that no rule takes whole goes to a person: nothing in it is matched.
    """
    edges = _named(lines, entries, terms)
    same = [(a, b) for a, b in edges if lines[a].amount == entries[b].amount]
    named, seen = Named([], []), (set[int](), set[int]())
    for take, among in ((_of_one_amount, same), (_of_one_name, edges)):
        rest = [(a, b) for a, b in among if a not in seen[0] and b not in seen[1]]
        for of_lines, of_entries in components(rest):
            some = [lines[at] for at in of_lines], [entries[at] for at in of_entries]
            found = take(*some, terms[some[0][0].pool])
            named.found.extend(found)
            if not found:
                named.tied.append(some)
            seen[0].update(of_lines)
            seen[1].update(of_entries)
    return named


def _named(
    lines: Sequence[Line], entries: Sequence[Entry], terms: Mapping[int, Terms]
) -> list[tuple[int, int]]:
    """Which line names which entry, within the days in which a reference is not used again."""
    index: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for at, entry in enumerate(entries):
        for name in entry.names:
            index[entry.pool, name].append(at)
    edges = []
    for at, line in enumerate(lines):
        reach = terms[line.pool].reference_days
        for name in line.names:
            for other in index.get((line.pool, name), ()):
                if abs(entries[other].day - line.day) <= reach:
                    edges.append((at, other))
    return edges


def _of_one_amount(lines: list[Line], entries: list[Entry], terms: Terms) -> list[Found]:
    """A pair; or as many on both sides with the same names, of which any pairing says the same."""
    if len(lines) == len(entries) == 1:
        return _if_on(MatchRule.REFERENCE, lines, entries, terms)
    alike = len({entry.names for entry in entries}) == 1
    if len(lines) != len(entries) or not alike or len({each.names for each in lines}) != 1:
        return []
    return _if_on(MatchRule.TWINS, lines, entries, terms)


def _of_one_name(lines: list[Line], entries: list[Entry], terms: Terms) -> list[Found]:
    """One for several, all with one reference and the same way, and the sum is right."""
    several = len(lines) + len(entries) > 2
    one_sided = several and (len(lines) == 1 or len(entries) == 1)
    if not one_sided or total(lines) != total(entries):
        return []
    each: list[Line | Entry] = [*lines, *entries]
    same_way = len({item.amount > 0 for item in each}) == 1
    one_name = frozenset.intersection(*(item.names for item in each))
    return _if_on(MatchRule.COMMON, lines, entries, terms) if same_way and one_name else []


def _if_on(rule: MatchRule, lines: list[Line], entries: list[Entry], terms: Terms) -> list[Found]:
    return [Found(rule, tuple(lines), tuple(entries))] if rule in terms.rules else []
