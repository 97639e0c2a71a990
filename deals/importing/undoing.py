"""Taking back a whole import while nothing of it was confirmed or settled: asked by one, done by another.

Its deals are cancelled by the step that cancels any deal, what waits for repair is withdrawn, and the
same rows may be imported again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.services import close_items
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from deals.importing.models import DealImport, ImportRow
from deals.models import Deal, Inbound
from deals.services import cancel_deals
from deals.state import DealState, InboundState

NAMED = 20  # deals that are named where they are in the way; all of them are counted


class DealsInTheWay(Conflict):
    code = "deals-in-the-way"
    title = gettext_noop("Some deals of the import have gone on, so none is taken back")
    detail = gettext_noop("%(count)s deals were confirmed or settled: %(deals)s.")
    hint = gettext_noop("Cancel or reverse those by themselves; the import stays loaded.")


@transaction.atomic
def request_undo_imports(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Ask that all deals of an import be cancelled; another person decides. Raises DealsInTheWay."""

    def ask(id: int) -> None:
        _require_free(_deals_of(id))
        steps = [Step(id, reason)]
        advance(DealImport, "request_undo", steps, actor=actor, at=at).raise_single()

    return each_by_itself(ids, ask)


@transaction.atomic
def undo_imports(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """As the second pair of eyes: cancel all deals of each import, or none of them."""

    def undo(id: int) -> None:
        advance(DealImport, "undo", [Step(id)], actor=actor, at=at).raise_single()
        inbound = Inbound.objects.filter(import_rows__deal_import_id=id).order_by("id")
        waiting = list(inbound.select_for_update().filter(state=InboundState.REPAIR))
        deals = _deals_of(id)
        list(Deal.objects.select_for_update().filter(pk__in=deals).order_by("id").values("pk"))
        _require_free(deals)
        live = Deal.objects.filter(pk__in=deals).exclude(state=DealState.CANCELLED)
        outcome = cancel_deals(
            ids=list(live.values_list("pk", flat=True)), reason=f"IM-{id}", actor=actor, at=at
        )
        outcome.raise_single()
        steps = [Step(each.pk, f"IM-{id}") for each in waiting]
        advance(Inbound, "withdraw", steps, actor=actor, at=at).raise_single()
        close_items(
            subject_type="inbound", subject_ids=[each.pk for each in waiting], kinds=["repair"],
            at=at, actor_id=actor.pk,
        )  # fmt: skip

    return each_by_itself(ids, undo)


@transaction.atomic
def keep_imports(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The import stays: what was asked for is not done."""
    return advance(DealImport, "keep", [Step(id, reason) for id in ids], actor=actor, at=at)


def _deals_of(id: int) -> list[int]:
    """The deals of an import: captured from a row, or repaired from what a row left waiting."""
    rows = ImportRow.objects.filter(deal_import_id=id)
    pairs = rows.values_list("deal_id", "inbound__deal_id")
    return sorted({deal for pair in pairs for deal in pair if deal is not None})


def _require_free(deals: Sequence[int]) -> None:
    free = (DealState.CAPTURED, DealState.CANCELLED)
    gone_on = Deal.objects.filter(pk__in=deals).exclude(state__in=free)
    # One that is captured again may have settled in part before (a repo between its dates).
    prepared = Event.objects.filter(
        subject_type="deal", subject_id__in=deals, kind="deal.prepare"
    ).values("subject_id")
    again = Deal.objects.filter(pk__in=prepared, state=DealState.CAPTURED)
    ids = sorted({*gone_on.values_list("pk", flat=True), *again.values_list("pk", flat=True)})
    if ids:
        named = ", ".join(f"D-{id}" for id in ids[:NAMED])
        raise DealsInTheWay(count=len(ids), deals=named)
