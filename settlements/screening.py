"""Whether whom and what a settlement concerns is clear of the lists of sanctions.

Looked at when a settlement is released, when it is sent and when a run settles it (domain-decisions 18).
A hit stops everything; what was not screened against the lists in use stops payments and free
deliveries, because with those money leaves on our word alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from backoffice.kernel.errors import Refusal
from backoffice.kernel.rows import array
from refdata.screening.ages import old_lists
from refdata.screening.contents import Subject
from refdata.screening.selectors import ScreeningHitFound, standings, stopped

# Few parties, places and instruments stand behind many settlements: each case is looked at once.
_CONCERNED = """
SELECT s.counterparty_id, s.owner_id, s.place_id, i.place_id,
       x.asset_id, x.issuer_id, s.method <> 'DVP', array_agg(s.id)
  FROM settlements_settlement s JOIN refdata_standinginstruction i ON i.id = s.ssi_id
  LEFT JOIN refdata_instrument x ON x.asset_id = s.asset_id
 WHERE s.id = ANY(%s) AND s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED'
 GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


@dataclass(slots=True)
class Screened:
    """Which settlements are stopped, and by which screenings the others are let go."""

    refused: dict[int, Refusal] = field(default_factory=dict)
    by: list[tuple[list[int], list[str]]] = field(default_factory=list)

    @property
    def evidence(self) -> dict[int, dict[str, Any]]:
        """What is told of each when it is let go."""
        return {id: {"screenings": by} for concerned, by in self.by for id in concerned}


def screened(ids: Sequence[int], *, on: date) -> Screened:
    """How some settlements stand with the lists; two statements, however many they are.

    Where a list is older on that day than it may be, no money leaves on our word alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CONCERNED, [array(ids)])
        rows = cursor.fetchall()
    cases = [(_subjects(row), row[6], row[7]) for row in rows]
    known = standings(subject for subjects, _, _ in cases for subject in subjects)
    old = next((each.refusal for each in old_lists(on)), None)
    found = Screened()
    for subjects, money_leaves, concerned in cases:
        standing = {subject: known[subject] for subject in subjects}
        why = stopped(standing) or old
        if why is not None and (money_leaves or isinstance(why, ScreeningHitFound)):
            found.refused |= dict.fromkeys(concerned, why)
        by = sorted(each.screening for each in standing.values() if each.screening)
        found.by.append((concerned, by))
    return found


def _subjects(row: Sequence[Any]) -> list[Subject]:
    counterparty, owner, place, bank, instrument, issuer = row[:6]
    named = [
        Subject("party", counterparty), Subject("party", owner), Subject("place", place),
        Subject("place", bank),
    ]  # fmt: skip
    if instrument is not None:
        named.append(Subject("instrument", instrument))
    if issuer is not None:
        named.append(Subject("party", issuer))
    return sorted(set(named))
