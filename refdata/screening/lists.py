"""The lists in use, as they are looked through: read once in each process for a set of versions."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import msgspec
from django.db import connection

from refdata.dated_rules.rows import NoRuleInForce
from refdata.dated_rules.vectors import value_of
from refdata.rule_kinds import NAME_LIKENESS
from refdata.screening.contents import Content
from refdata.screening.matching import (
    ALL,
    NameIndex,
    NameRule,
    figures_of,
    identifier_keys,
    listed_keys,
)
from refdata.selectors import reference_data


class Version(NamedTuple):
    """A version in use."""

    id: int
    list_code: str
    number: int
    source_date: date

    def __str__(self) -> str:
        return f"{self.list_code}/{self.number}"


class Like(NamedTuple):
    """An entry that a subject is like: by which of its names or identifiers, and how much."""

    entry_id: int
    scheme: str
    ours: str
    listed: str
    score: int


class _Entry(NamedTuple):
    id: int
    kind: str
    names: Sequence[str]


@dataclass(slots=True)
class Lists:
    """All entries in use, by name and by identifier, under one rule."""

    versions: tuple[Version, ...]
    rule: str
    index: NameIndex
    entries: dict[int, _Entry] = field(default_factory=dict)
    _of_name: list[tuple[int, int]] = field(default_factory=list)
    _of_identifier: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def like(self, content: Content) -> list[Like]:
        """The entries that a subject is like, each once: by an identifier, else by its best name."""
        found: dict[int, Like] = {}
        for scheme, value in identifier_keys(content.identifiers):
            for entry_id in self._of_identifier.get((scheme, value), ()):
                found.setdefault(entry_id, Like(entry_id, scheme, value, value, ALL))
        for name in content.names:
            for number, score in self.index.like(name):
                entry_id, place = self._of_name[number]
                entry = self.entries[entry_id]
                known = found.get(entry_id)
                if entry.kind in content.kinds and (known is None or known.score < score):
                    found[entry_id] = Like(entry_id, "", name[:300], entry.names[place], score)
        return sorted(found.values(), key=lambda each: (-each.score, each.entry_id))

    def add(
        self, entry: _Entry, words: Sequence[str], identifiers: Sequence[Sequence[str]]
    ) -> None:
        self.entries[entry.id] = entry
        for place, name in enumerate(words):
            self.index.add(name.split())
            self._of_name.append((entry.id, place))
        for key in listed_keys(identifiers):
            self._of_identifier.setdefault(key, []).append(entry.id)


_IN_USE = """
SELECT DISTINCT ON (list_code) id, list_code, number, source_date
  FROM refdata_sanctionsversion ORDER BY list_code, number DESC
"""
_ENTRIES = """
SELECT e.id, e.kind, e.names, e.words, e.identifiers::text
  FROM refdata_sanctionsmember m JOIN refdata_sanctionsentry e ON e.id = m.entry_id
 WHERE m.version_id = ANY(%s) ORDER BY e.id
"""

_kept: Lists | None = None
_reading = threading.Lock()


def versions_in_use() -> tuple[Version, ...]:
    """Of each list the version loaded last, by the code of the list."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_USE)
        return tuple(Version(*row) for row in cursor.fetchall())


def lists_in_use(on: date) -> Lists:
    """Everything that is looked through on a day. Raises NoRuleInForce."""
    global _kept
    row = reference_data().rules.row_of(NAME_LIKENESS, on)
    if row is None:
        raise NoRuleInForce(kind=NAME_LIKENESS.name, key="", day=on.isoformat())
    versions = versions_in_use()
    kept = _kept
    if kept is None or (kept.versions, kept.rule) != (versions, row.reference):
        with _reading:
            kept = _kept = _read(versions, row.reference, value_of(NAME_LIKENESS, row.value))
    return kept


def forget_lists() -> None:
    """Read everything anew next time; tests roll versions back."""
    global _kept
    _kept = None


def _read(versions: tuple[Version, ...], rule: str, value: NameRule) -> Lists:
    lists = Lists(versions, rule, NameIndex(figures_of(value)))
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [[version.id for version in versions]])
        for id, kind, names, words, identifiers in cursor.fetchall():
            lists.add(_Entry(id, kind, names), words, msgspec.json.decode(identifiers))
    return lists
