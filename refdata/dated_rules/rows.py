"""The rules that compute, as rows: those in force now, or those that were known to be at a horizon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, TypeVar

import msgspec
from django.conf import settings
from django.db import connection

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from refdata.dated_rules.kinds import RuleKind
from refdata.dated_rules.state import RULE_LIFECYCLE, VERIFICATION_LIFECYCLE
from refdata.dated_rules.vectors import value_of

Value = TypeVar("Value", bound=msgspec.Struct)


class NoRuleInForce(Conflict):
    code = "no-rule-in-force"
    title = gettext_noop("No rule is in force on that day")
    detail = gettext_noop("No row of %(kind)s %(key)s computes on %(day)s.")
    hint = gettext_noop(
        "Have a row for that day proposed, put in force and checked under Reference data, Dated rules."
    )


class RuleRow(NamedTuple):
    """A rule in force from a day until another, the second excluded."""

    id: int
    kind: str
    key: str
    value: Any
    valid_from: date
    until: date | None
    source: str
    verified: bool

    @property
    def reference(self) -> str:
        return f"RL-{self.id}"

    def is_in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules in force, at most one for a kind, a key and a day: the database holds it so."""

    rows: Sequence[RuleRow]

    def row_of(self, kind: RuleKind[Any], on: date, key: str = "") -> RuleRow | None:
        for row in self.rows:
            if (row.kind, row.key) == (kind.name, key) and row.is_in_force(on):
                return row
        return None

    def find(self, kind: RuleKind[Value], on: date, key: str = "") -> Value | None:
        """What the rule says on a day; None where none is in force."""
        row = self.row_of(kind, on, key)
        return None if row is None else value_of(kind, row.value)

    def by_key(self, kind: RuleKind[Value], on: date) -> dict[str, Value]:
        """What all rules of a kind say on a day, in the order of their keys."""
        rows = [row for row in self.rows if row.kind == kind.name and row.is_in_force(on)]
        return {row.key: value_of(kind, row.value) for row in sorted(rows, key=lambda row: row.key)}

    def in_force(self, kind: RuleKind[Value], on: date, key: str = "") -> Value:
        """What the rule says on a day. Raises NoRuleInForce."""
        value = self.find(kind, on, key)
        if value is None:
            raise NoRuleInForce(kind=kind.name, key=key, day=on.isoformat())
        return value


_NAMES = "r.id, r.kind, r.key, r.value, r.valid_from, r.valid_until, r.source, r.supersedes_id"
_NOW = f"""
SELECT {_NAMES}, r.verification = 'VERIFIED'
  FROM refdata_datedrule r WHERE r.state = 'IN_FORCE' ORDER BY r.id
"""  # noqa: S608
# The columns that cache the present are not read: states come from the steps before the horizon.
_KNOWN = f"""
SELECT * FROM (
SELECT {_NAMES},
       coalesce((SELECT e.target FROM events_event e
                  WHERE e.subject_type = 'rule' AND e.subject_id = r.id AND e.tx < %(horizon)s
                    AND e.kind = ANY(%(checks)s) ORDER BY e.tx DESC, e.id DESC LIMIT 1), '') = 'VERIFIED',
       coalesce((SELECT e.target FROM events_event e
                  WHERE e.subject_type = 'rule' AND e.subject_id = r.id AND e.tx < %(horizon)s
                    AND e.kind = ANY(%(steps)s) ORDER BY e.tx DESC, e.id DESC LIMIT 1), r.born_state) AS state
  FROM refdata_datedrule r WHERE r.recorded_tx < %(horizon)s) AS known
 WHERE state = 'IN_FORCE' ORDER BY id
"""  # noqa: S608


def rules_now() -> RuleBook:
    """Read afresh; whoever computes much takes the snapshot's."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW)
        return _book(cursor.fetchall())


def rules_as_known(horizon: int) -> RuleBook:
    """The rules that were in force by what was recorded below a horizon."""
    facts: dict[str, Any] = {
        "horizon": horizon,
        "steps": [f"{RULE_LIFECYCLE.subject}.{name}" for name in RULE_LIFECYCLE.transitions],
        "checks": [f"rule.{name}" for name in VERIFICATION_LIFECYCLE.transitions],
    }
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, facts)
        return _book(row[:9] for row in cursor.fetchall())


def _book(found: Iterable[tuple[Any, ...]]) -> RuleBook:
    """A row ends before the first that supersedes it; in production only checked rows compute."""
    rows = list(found)
    followed: dict[int, date] = {}
    for row in rows:
        old, begins = row[7], row[4]
        if old is not None:
            followed[old] = min(begins, followed.get(old, begins))
    book = []
    for id, kind, key, value, valid_from, valid_until, source, _old, verified in rows:
        ends = [day for day in (valid_until, followed.get(id)) if day is not None]
        if verified or settings.DEMONSTRATION:
            until = min(ends, default=None)
            raw = msgspec.json.decode(value)
            book.append(RuleRow(id, kind, key, raw, valid_from, until, source, verified))
    return RuleBook(book)
