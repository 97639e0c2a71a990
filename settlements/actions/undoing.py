"""What an action brought is taken back: it was cancelled, or announced anew."""

from __future__ import annotations

from datetime import datetime

from backoffice.access.models import User
from backoffice.workflow.transitions import Step, advance
from ledger.lots.conversions import reverse_conversions
from ledger.lots.keeping import reverse_changes
from settlements.actions.booking import SOURCE, take_back_accruals, take_back_payments
from settlements.actions.models import Entitlement
from settlements.actions.state import EntitlementState
from settlements.models import RecordEvent


def undo_event(event: RecordEvent, *, reason: str, actor: User | None, at: datetime) -> None:
    """Nothing is expected of it any more; with an actor, who cancels it, what was paid is reversed too.

    What was paid of what is announced anew stays: the new one counts it. In the caller's transaction.
    """
    rows = Entitlement.objects.select_for_update().filter(event=event).order_by("pk")
    states = dict(rows.values_list("pk", "state"))
    expected = [id for id, state in states.items() if state == EntitlementState.EXPECTED]
    take_back_accruals(expected, reason=reason, at=at)
    advance(Entitlement, "cancel", [Step(id, reason) for id in expected], actor=None, at=at)
    reverse_conversions(source_type="recordevent", source_ids=[event.pk], at=at)
    paid = [id for id, state in states.items() if state == EntitlementState.PAID]
    if actor is not None and paid:
        take_back_payments(paid, reason=reason, actor_id=actor.pk, at=at)
        reverse_changes(source_type=SOURCE, source_ids=paid, at=at)
        advance(Entitlement, "reverse", [Step(id, reason) for id in paid], actor=None, at=at)
