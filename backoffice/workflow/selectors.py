"""Reading states as they were known: from the events alone, never from the columns that cache now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from backoffice.events.selectors import KnownAt
from backoffice.kernel.lifecycle import Lifecycle

_STATES = """
SELECT DISTINCT ON (subject_id) subject_id, target FROM events_event
 WHERE subject_type = %(subject)s AND subject_id = ANY(%(ids)s) AND kind = ANY(%(kinds)s)
   AND tx < %(horizon)s
 ORDER BY subject_id, tx DESC, id DESC
"""


def states_as_known_at(
    lifecycle: Lifecycle, ids: Sequence[int], known: KnownAt, *, created_by: tuple[str, ...]
) -> dict[int, str]:
    """The state of each subject that was known then: the target of its last step in the lifecycle.

    `created_by` are the verbs whose event begins the subject, in the state that it names, else in the lifecycle's
    initial state. A subject that was not there yet is absent.
    """
    births = [f"{lifecycle.subject}.{verb}" for verb in created_by]
    kinds = [f"{lifecycle.subject}.{name}" for name in lifecycle.transitions]
    facts: dict[str, Any] = {
        "subject": lifecycle.subject,
        "ids": list(ids),
        "horizon": known.horizon,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATES, facts | {"kinds": births})
        born = dict(cursor.fetchall())
        cursor.execute(_STATES, facts | {"kinds": kinds})
        moved = dict(cursor.fetchall())
    began = {id: s if s in lifecycle.states else lifecycle.initial for id, s in born.items()}
    return began | {id: state for id, state in moved.items() if id in born}
