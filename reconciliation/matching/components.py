"""Groups of lines and entries that hang together. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator


def components(edges: Iterable[tuple[int, int]]) -> Iterator[tuple[list[int], list[int]]]:
    """Of edges between lines and entries, by number: the groups that no edge leaves, each side ascending."""
    of_line: defaultdict[int, set[int]] = defaultdict(set)
    of_entry: defaultdict[int, set[int]] = defaultdict(set)
    for line, entry in edges:
        of_line[line].add(entry)
        of_entry[entry].add(line)
    seen: set[int] = set()
    for first, others in of_line.items():
        if first in seen:
            continue
        if len(others) == 1:  # most are a pair
            (entry,) = others
            if len(of_entry[entry]) == 1:
                yield [first], [entry]
                continue
        lines, entries, waiting = {first}, set[int](), [first]
        while waiting:
            for entry in of_line[waiting.pop()] - entries:
                entries.add(entry)
                more = of_entry[entry] - lines
                lines |= more
                waiting.extend(more)
        seen |= lines
        yield sorted(lines), sorted(entries)
