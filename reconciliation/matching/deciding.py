"""All rules in their order: what is matched, and what is tied by a reference without agreeing. Pure.

What a rule has taken is not there for the next. A rule takes only what is without a rival: whatever might as well be
something else is left to a person (`proposing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciliation.matching.by_amount import by_amount
from reconciliation.matching.by_reference import by_reference, reversed_entries, reversed_lines
from reconciliation.matching.items import Entry, Found, Line
from reconciliation.matching.kinds import Terms
from reconciliation.matching.state import MatchRule
from reconciliation.matching.sums import combinations_to

Group = tuple[list[Line], list[Entry]]


class Decided(NamedTuple):
    """`tied`: groups with a reference in common that do not agree; `rivals`: those of one amount with more than one
    way to pair them; `off`: what a rule that is off would have matched; `lines` and `entries`: what is left beside
    these, with nothing that fits.
    """

    found: list[Found]
    tied: list[Group]
    rivals: list[Group]
    off: list[Found]
    lines: list[Line]
    entries: list[Entry]


def decide(lines: Sequence[Line], entries: Sequence[Entry], terms: Mapping[int, Terms]) -> Decided:
    """Match what is certain. The same items in any order give the same matches."""
    lines = sorted(lines, key=lambda line: line.id)
    entries = sorted(entries, key=lambda entry: entry.key)
    found = [*reversed_entries(entries), *reversed_lines(lines)]
    found = [each for each in found if _is_on(each, terms)]
    lines, entries = _without(found, lines, entries)
    named = by_reference(lines, entries, terms)
    found += named.found
    taken = [*named.found, *(Found(MatchRule.PERSON, tuple(a), tuple(b)) for a, b in named.tied)]
    lines, entries = _without(taken, lines, entries)
    free = [
        line for line in lines if not line.own_names
    ]  # the others say that they are something else
    fitting = by_amount(free, entries, terms)
    found += fitting.found
    taken = [
        *fitting.found, *fitting.off,
        *(Found(MatchRule.PERSON, tuple(a), tuple(b)) for a, b in fitting.rivals),
    ]  # fmt: skip
    lines, entries = _without(taken, lines, entries)
    sums = sums_of_one_party(lines, entries, terms)
    found += sums
    lines, entries = _without(sums, lines, entries)
    undone = [each for each in found if any(item.held for item in each.items)]
    found = [each for each in found if each not in undone]
    return Decided(found, named.tied, fitting.rivals, fitting.off + undone, lines, entries)


def _is_on(found: Found, terms: Mapping[int, Terms]) -> bool:
    return found.rule in terms[found.pool].rules


def _without(
    found: Sequence[Found], lines: Sequence[Line], entries: Sequence[Entry]
) -> tuple[list[Line], list[Entry]]:
    of_lines = {line.id for each in found for line in each.lines}
    of_entries = {
        id(entry) for each in found for entry in each.entries
    }  # the same objects: numbers are quick
    return (
        [line for line in lines if line.id not in of_lines],
        [entry for entry in entries if id(entry) not in of_entries],
    )


def sums_of_one_party(
    lines: Sequence[Line], entries: Sequence[Entry], terms: Mapping[int, Terms]
) -> list[Found]:
    """One line for several entries of its party or the other way round, where only one combination has the sum.

    Without the party a sum alone is a coincidence: it is proposed.
    """
    found: list[Found] = []
    of_lines: dict[tuple[int, str], list[Line]] = {}
    of_entries: dict[tuple[int, str], list[Entry]] = {}
    for line in lines:
        if not line.own_names and MatchRule.SUM in terms[line.pool].rules:
            for party in line.parties:
                of_lines.setdefault((line.pool, party), []).append(line)
    for entry in entries:
        for party in entry.parties:
            of_entries.setdefault((entry.pool, party), []).append(entry)
    for key in sorted(of_lines.keys() & of_entries.keys()):
        found += _single_sums(of_lines[key], of_entries[key], terms[key[0]].window_days)
    return _apart(found)


def _single_sums(lines: list[Line], entries: list[Entry], window: int) -> list[Found]:
    found = []
    for line in lines:
        near = [each for each in entries if abs(each.day - line.day) <= window]
        ways = combinations_to(line.amount, near)
        if len(ways) == 1:
            found.append(Found(MatchRule.SUM, (line,), ways[0]))
    for entry in entries:
        near_lines = [each for each in lines if abs(each.day - entry.day) <= window]
        of_lines = combinations_to(entry.amount, near_lines)
        if len(of_lines) == 1:
            found.append(Found(MatchRule.SUM, of_lines[0], (entry,)))
    return found


def _apart(found: list[Found]) -> list[Found]:
    """Those that share nothing with another: what two sums want is rivalled. The same sum found twice is one."""
    once = {
        (tuple(line.id for line in each.lines), tuple(sorted(e.key for e in each.entries))): each
        for each in found
    }
    wanted: dict[object, int] = {}
    for each in once.values():
        for key in (*(line.id for line in each.lines), *(entry.key for entry in each.entries)):
            wanted[key] = wanted.get(key, 0) + 1
    return [
        each
        for each in once.values()
        if all(wanted[line.id] == 1 for line in each.lines)
        and all(wanted[entry.key] == 1 for entry in each.entries)
    ]
