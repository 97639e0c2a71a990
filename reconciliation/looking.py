"""Everything that is compared of a day, at once: by the night, or when a person asks for it."""

from __future__ import annotations

from datetime import date, datetime

from reconciliation.breaks.openings import check_openings
from reconciliation.breaks.pointing import point_out
from reconciliation.breaks.positions import compare_positions
from reconciliation.counterparties.services import compare_counterparties
from reconciliation.matching.services import Reconciled, reconcile


def hold_against_books(*, entity_id: int, day: date, at: datetime) -> Reconciled:
    """Match what is certain of what banks said; what is left, where books begin otherwise, and positions that places
    state otherwise are breaks, which say what else is known of them.
    """
    done = reconcile(entity_id=entity_id, day=day, at=at)
    check_openings(entity_id=entity_id, at=at)
    compare_positions(entity_id=entity_id, day=day, at=at)
    compare_counterparties(entity_id=entity_id, at=at)
    point_out(entity_id=entity_id, day=day)
    return done
