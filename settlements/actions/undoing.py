"""What an action brought is taken back: it was cancelled, or announced anew."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.workflow.transitions import Step, advance
from ledger.lots.conversions import reverse_conversions
from ledger.lots.keeping import reverse_changes
from settlements.actions.blocking import free_chosen
from settlements.actions.booking import SOURCE, take_back_accruals, take_back_payments
from settlements.actions.models import Entitlement
from settlements.actions.state import EntitlementState
from settlements.models import RecordEvent


def drop_expected(rows: QuerySet[Entitlement], *, reason: str, at: datetime) -> None:
    """What of these is still expected is so no more; in the caller's transaction."""
    waiting = rows.filter(state=EntitlementState.EXPECTED).select_for_update(of=("self",))
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    take_back_accruals(ids, reason=reason, at=at)
    advance(Entitlement, "cancel", [Step(id, reason) for id in ids], actor=None, at=at)


def undo_event(event: RecordEvent, *, reason: str, actor: User | None, at: datetime) -> None:
    """Nothing is expected of it any more; with an actor, who cancels it, what was paid is reversed too.

    What was paid of what is announced anew stays: the new one counts it. In the caller's transaction.
    """
    rows = Entitlement.objects.select_for_update().filter(event=event).order_by("pk")
    states = dict(rows.values_list("pk", "state"))
    drop_expected(Entitlement.objects.filter(event=event), reason=reason, at=at)
    free_chosen(event.elections.order_by("pk").values_list("pk", flat=True), at=at)
    reverse_conversions(source_type="recordevent", source_ids=[event.pk], at=at)
    paid = [id for id, state in states.items() if state == EntitlementState.PAID]
    if actor is not None and paid:
        take_back_payments(paid, reason=reason, actor_id=actor.pk, at=at)
        reverse_changes(source_type=SOURCE, source_ids=paid, at=at)
        advance(Entitlement, "reverse", [Step(id, reason) for id in paid], actor=None, at=at)
