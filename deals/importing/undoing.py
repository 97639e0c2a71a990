"""Taking back a whole import while nothing of it was confirmed or settled: asked by one, done by another.

Its deals are cancelled by the step that cancels any deal, what waits for repair is withdrawn, and the
same rows may be imported again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.access.problems import problem_of
from backoffice.events.models import Event
from backoffice.kernel.errors import Conflict, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.services import close_items
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from deals.importing.models import DealImport
from deals.importing.putting import taken_in
from deals.importing.services import SMALL_BYTES
from deals.importing.state import ImportState
from deals.models import Inbound
from deals.services import cancel_deals
from deals.state import DealState, InboundState

NAMED = 20  # deals that are named where they are in the way; all of them are counted


class DealsInTheWay(Conflict):
    code = "deals-in-the-way"
    title = gettext_noop("Some deals of the import have gone on, so none is taken back")
    detail = gettext_noop("%(count)s deals were confirmed or settled: %(deals)s.")
    hint = gettext_noop("Cancel or reverse those by themselves; the import stays loaded.")


class NothingTakenIn(Conflict):
    code = "nothing-taken-in"
    title = gettext_noop("There is nothing to undo")
    detail = gettext_noop("No row of %(reference)s was taken in.")
    hint = gettext_noop("It can be left as it is: a preview captures nothing.")


# The deals of an import: captured from a row, or repaired from what a row left waiting.
_DEALS = """
SELECT d.id, d.state FROM deals_deal d
 WHERE d.id IN (SELECT deal_id FROM deals_importrow WHERE deal_import_id = %(id)s AND deal_id IS NOT NULL
                 UNION ALL
                SELECT i.deal_id FROM deals_importrow r JOIN deals_inbound i ON i.id = r.inbound_id
                 WHERE r.deal_import_id = %(id)s AND i.deal_id IS NOT NULL)
 ORDER BY d.id
"""
# One that is captured again may have settled in part before (a repo between its dates).
_PREPARED = """
SELECT DISTINCT subject_id FROM events_event
 WHERE subject_type = 'deal' AND kind = 'deal.prepare' AND subject_id = ANY(%s)
"""


@transaction.atomic
def request_undo_imports(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Ask that all deals of an import be cancelled; another person decides.

    Of one whose load was broken off, those that it made. Raises DealsInTheWay, NothingTakenIn.
    """

    def ask(id: int) -> None:
        row = DealImport.objects.select_for_update().filter(pk=id).first()
        if row and row.state == ImportState.PREVIEWED and not taken_in(row):
            raise NothingTakenIn(reference=str(row))
        _live_deals(id)
        steps = [Step(id, reason)]
        advance(DealImport, "request_undo", steps, actor=actor, at=at).raise_single()

    return each_by_itself(ids, ask)


@transaction.atomic
def undo_imports(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """As the second pair of eyes: have all deals of each import cancelled, or none of them.

    A worker does it unless the import is small; what is in the way by then leaves the import as it was.
    """

    def undo(id: int) -> None:
        advance(DealImport, "undo", [Step(id)], actor=actor, at=at).raise_single()
        if DealImport.objects.get(pk=id).size <= SMALL_BYTES:
            _take_back(id, actor, at)
        else:
            _live_deals(id)

    return each_by_itself(ids, undo)


@transaction.atomic
def keep_imports(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The import stays: what was asked for is not done. One that was not loaded whole may be loaded further."""
    outcome = advance(DealImport, "keep", [Step(id, reason) for id in ids], actor=actor, at=at)
    partly = [Step(id) for id in outcome.done if _asked_from(id) == ImportState.PREVIEWED]
    advance(DealImport, "reopen", partly, actor=None, at=at)
    return outcome


def work_on_undo(*, import_id: int, at: datetime) -> None:
    """Cancel what somebody decided to undo, in one transaction for all of it. Again: nothing."""
    try:
        with transaction.atomic():
            row = DealImport.objects.select_for_update().get(pk=import_id)
            if row.state == ImportState.UNDOING:
                _take_back(import_id, _decided_by(import_id), at)
    except Refusal as refusal:
        give_up_undo(import_id=import_id, why=problem_of(refusal, ""), at=at)


@transaction.atomic
def give_up_undo(*, import_id: int, why: dict[str, Any], at: datetime) -> None:
    """Nothing was cancelled, and why stands beside the import: it may be kept, or undone later."""
    step = Step(import_id, str(why.get("code", "")))
    if advance(DealImport, "give_up", [step], actor=None, at=at).done:
        DealImport.objects.filter(pk=import_id).update(why=why)


def _decided_by(id: int) -> User:
    decided = _steps(id, "undo").select_related("actor").latest("id").actor
    assert decided is not None
    return decided


def _asked_from(id: int) -> str:
    """The state in which an import was when its undo was asked for."""
    return _steps(id, "request_undo").latest("id").source


def _steps(id: int, name: str) -> QuerySet[Event]:
    return Event.objects.filter(
        subject_type="dealimport", subject_id=id, kind=f"dealimport.{name}"
    )  # fmt: skip


def _take_back(id: int, actor: User, at: datetime) -> None:
    waiting = list(
        Inbound.objects.select_for_update(of=("self",))
        .filter(import_rows__deal_import_id=id, state=InboundState.REPAIR)
        .order_by("id")
        .values_list("pk", flat=True)
    )
    live = _live_deals(id, locked=True)
    cancel_deals(ids=live, reason=f"IM-{id}", actor=actor, at=at).raise_single()
    steps = [Step(each, f"IM-{id}") for each in waiting]
    advance(Inbound, "withdraw", steps, actor=actor, at=at).raise_single()
    close_items(
        subject_type="inbound", subject_ids=waiting, kinds=["repair"], at=at, actor_id=actor.pk
    )  # fmt: skip
    facts = {"deals": len(live), "inbound": len(waiting)}
    advance(DealImport, "take_back", [Step(id, facts=facts)], actor=None, at=at).raise_single()


def _live_deals(id: int, *, locked: bool = False) -> list[int]:
    """The deals of an import that are not cancelled yet. Raises DealsInTheWay where some have gone on."""
    with connection.cursor() as cursor:
        cursor.execute(_DEALS + ("FOR UPDATE OF d" if locked else ""), {"id": id})
        found = cursor.fetchall()
        live = [deal for deal, state in found if state == DealState.CAPTURED]
        cursor.execute(_PREPARED, [live])
        gone_on = {deal for (deal,) in cursor.fetchall()}
    free = (DealState.CAPTURED, DealState.CANCELLED)
    gone_on |= {deal for deal, state in found if state not in free}
    if gone_on:
        named = ", ".join(f"D-{deal}" for deal in sorted(gone_on)[:NAMED])
        raise DealsInTheWay(count=len(gone_on), deals=named)
    return live
