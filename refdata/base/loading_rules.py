"""Loads the rules of the base data, in force with their sources; each proves its vectors first."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from backoffice.events.services import NewEvent, record_events
from refdata.dated_rules.kinds import kind_named
from refdata.dated_rules.services import RuleTerms, require_terms
from refdata.dated_rules.state import RuleState
from refdata.dated_rules.vectors import require_vectors, try_vectors, value_of, vectors_of
from refdata.models import DatedRule

FILE = Path(__file__).with_name("rules.json")
# What the program itself said before rules were rows was known to every report that it ever wrote.
ALWAYS_KNOWN = 0


@transaction.atomic
def load_rules(*, at: datetime) -> int:
    """Rules of the base data that are missing; a scope that somebody ruled otherwise stays as it is.

    Raises VectorFails: a release with a rule that computes wrongly does not load.
    """
    new = [row for row in map(_row, json.loads(FILE.read_text())) if not _is_there(row)]
    rows = DatedRule.objects.bulk_create(new)
    events = [
        NewEvent(
            kind="rule.load", subject_type="rule", subject_id=row.pk, target=row.state,
            facts={"kind": row.kind, "key": row.key, "valid_from": row.valid_from.isoformat()},
        )
        for row in rows
    ]  # fmt: skip
    record_events(events, actor_id=None, at=at)
    return len(rows)


def _row(told: dict[str, Any]) -> DatedRule:
    state, always = RuleState(told.pop("state")), told.pop("always_known", False)
    for name in ("valid_from", "valid_until"):
        if name in told:
            told[name] = date.fromisoformat(told[name])
    terms = RuleTerms(**told)
    kind = kind_named(terms.kind)
    require_terms(kind, terms)
    vectors = vectors_of(kind, terms.vectors)
    require_vectors(terms.source, try_vectors(kind, value_of(kind, terms.value), vectors))
    known = {"recorded_tx": ALWAYS_KNOWN} if always else {}
    return DatedRule(**told, born_state=state, state=state, **known)


def _is_there(row: DatedRule) -> bool:
    """This row was loaded before, or another is in force on some of its days."""
    same = Q(valid_from=row.valid_from, proposed_by__isnull=True)
    overlaps = Q(state=RuleState.IN_FORCE) & (
        Q(valid_until__isnull=True) | Q(valid_until__gt=row.valid_from)
    )
    if row.valid_until is not None:
        overlaps &= Q(valid_from__lt=row.valid_until)
    if row.state != RuleState.IN_FORCE:
        overlaps = Q(pk__in=[])
    return DatedRule.objects.filter(same | overlaps, kind=row.kind, key=row.key).exists()
