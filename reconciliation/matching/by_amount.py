"""The rules that go by amounts, where no reference speaks: only what nothing else fits. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciliation.matching.components import components
from reconciliation.matching.items import Entry, Found, Line
from reconciliation.matching.kinds import Terms
from reconciliation.matching.state import MatchRule


class Fitting(NamedTuple):
    """What is matched by amount, and the groups in which something has a rival (or whose rule is off)."""

    found: list[Found]
    rivals: list[tuple[list[Line], list[Entry]]]
    off: list[Found]


def by_amount(
    lines: Sequence[Line], entries: Sequence[Entry], terms: Mapping[int, Terms]
) -> Fitting:
    """A line and an entry of the same amount that neither has any other within the window.

    Rivals count on all days of the window, however well one of them fits: money that the bank booked a day later
    must not be given to what happens to be of that day. Only the party decides between rivals, where
    it is known of both: others do not fit then.
    """
    edges = list(fits(lines, entries, terms))
    fitting = Fitting([], [], [])
    for of_lines, of_entries in components(edges):
        some = [lines[at] for at in of_lines], [entries[at] for at in of_entries]
        pairs, rest = _pairs(*some)
        for line, entry in pairs:
            found = Found(_rule(line, entry), (line,), (entry,))
            kept = fitting.found if found.rule in terms[line.pool].rules else fitting.off
            kept.append(found)
        if rest[0] or rest[1]:
            fitting.rivals.append(rest)
    return fitting


def fits(
    lines: Sequence[Line], entries: Sequence[Entry], terms: Mapping[int, Terms]
) -> Iterator[tuple[int, int]]:
    """By number, which line may be which entry: the same amount, near enough, and nothing speaks against it."""
    index: defaultdict[tuple[int, object], list[int]] = defaultdict(list)
    for at, entry in enumerate(entries):
        index[entry.pool, entry.amount].append(at)
    for at, line in enumerate(lines):
        window = terms[line.pool].window_days
        for other in index.get((line.pool, line.amount), ()):
            entry = entries[other]
            near = abs(entry.day - line.day) <= window
            if near and not _another(line.parties, entry.parties):
                yield at, other


def _another(theirs: frozenset[str], ours: frozenset[str]) -> bool:
    """Whether both name a taxpayer, and not the same: names are spelt in many ways, accounts are several."""
    if not theirs or not ours or theirs & ours:
        return False
    return any(each.startswith("T:") for each in theirs) and any(
        each.startswith("T:") for each in ours
    )


def _pairs(
    lines: list[Line], entries: list[Entry]
) -> tuple[list[tuple[Line, Entry]], tuple[list[Line], list[Entry]]]:
    """Of a group in which amounts are equal: a pair alone, or those whose party only they have."""
    if len(lines) == len(entries) == 1:
        return [(lines[0], entries[0])], ([], [])
    pairs = []
    for line in lines:
        ours = [entry for entry in entries if line.parties & entry.parties]
        if len(ours) != 1:
            continue
        theirs = [each for each in lines if each.parties & ours[0].parties]
        if len(theirs) == 1:
            pairs.append((line, ours[0]))
    taken = {line.id for line, _ in pairs}, {entry.key for _, entry in pairs}
    rest = (
        [line for line in lines if line.id not in taken[0]],
        [entry for entry in entries if entry.key not in taken[1]],
    )
    return pairs, rest


def _rule(line: Line, entry: Entry) -> MatchRule:
    if line.parties & entry.parties:
        return MatchRule.PARTY
    return MatchRule.DAY if line.day == entry.day else MatchRule.WINDOW
