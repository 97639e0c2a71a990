"""Which version of a process a case runs on: the one that was in force when its subject came up.

A process is the firm's own: it has no source outside to be held against, so the second person who puts it
in force is all it needs, in production too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from backoffice.workflow.processes.definition import Process
from refdata.dated_rules.kinds import RuleKind
from refdata.dated_rules.vectors import value_of
from refdata.firm_days import firm_day

_VERSIONS = """
SELECT r.id, r.value, r.valid_from, r.valid_until,
       (SELECT max(e.recorded_at) FROM events_event e
         WHERE e.subject_type = 'rule' AND e.subject_id = r.id AND e.kind = 'rule.activate')
  FROM refdata_datedrule r WHERE r.kind = %s AND r.state = 'IN_FORCE'
 ORDER BY r.valid_from DESC, r.id DESC
"""


class Version(NamedTuple):
    """A version in force; `activated_at` is empty for what came with the base data."""

    id: int
    process: Process
    valid_from: date
    valid_until: date | None
    activated_at: datetime | None

    @property
    def reference(self) -> str:
        return f"RL-{self.id}"

    def was_in_force(self, at: datetime) -> bool:
        day = firm_day(at)
        return (
            self.valid_from <= day
            and (self.valid_until is None or day < self.valid_until)
            and (self.activated_at is None or self.activated_at <= at)
        )


def versions_of(kind: RuleKind[Any]) -> list[Version]:
    """The versions in force, the latest first; read afresh, because what is activated holds from then on."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [kind.name])
        rows = cursor.fetchall()
    return [
        Version(id, value_of(kind, msgspec.json.decode(value)), valid_from, valid_until, at)
        for id, value, valid_from, valid_until, at in rows
    ]


def version_at(versions: Sequence[Version], at: datetime) -> Version | None:
    """The version of what came up at a moment: one that was put in force later is not its."""
    return next((version for version in versions if version.was_in_force(at)), None)
