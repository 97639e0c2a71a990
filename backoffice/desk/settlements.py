"""Pages of settlements and their runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from backoffice.connectors.models import OutboundMessage
from backoffice.desk import listings
from backoffice.desk.base import StepButton, step_buttons, tell_refusal
from backoffice.desk.channels import said_by
from backoffice.desk.claims import claimed_for
from backoffice.desk.evidence import claims_of
from backoffice.desk.frame import frame_of
from backoffice.desk.left_out import around_of
from backoffice.desk.lists import ListView
from backoffice.desk.process_words import name_in
from backoffice.desk.run_words import clock_words
from backoffice.desk.screened import screening_of, screening_stop
from backoffice.desk.settlement_terms import terms_of
from backoffice.desk.things import Thing, ThingStep, proposed, states_then
from backoffice.events.models import Event
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Invalid, Refusal
from backoffice.templatetags import desk
from backoffice.workflow.models import StatefulModel
from deals.confirming.reading import evening_of
from ledger.selectors import entries_of
from refdata.firm_days import firm_day
from refdata.models import Place
from refdata.scopes import entities_seen_by
from settlements import room, selectors, services
from settlements.changing.instructions import cancel_settlements
from settlements.cycling.selectors import next_cycles
from settlements.enriching import enrich_settlements
from settlements.late import late_deliveries
from settlements.models import RunDecision, Settlement, SettlementRun
from settlements.running import services as runs
from settlements.running.state import RunObjective
from settlements.standing import STOPS, Stopped, stopped_settlements
from settlements.state import LIFECYCLES, ROLL_UP, SettlementStatus

AXES = tuple((each.column, each) for each in LIFECYCLES)
OPEN = ("PREPARED", "RELEASED", "REJECTED", "MATCHED", "PARTIALLY_SETTLED", "FAILED")


class Settlements(ListView):
    permission = "settlements.view_settlement"
    listing = listings.SETTLEMENTS


class ShowSettlement(Thing):
    permission = "settlements.view_settlement"
    template_name = "settlements/settlement.html"
    page_name = "settlement"
    tabs: Mapping[str, Any] = {
        "flows": _("Obligations"), "decisions": _("Decisions of runs"), "entries": _("Entries"),
        "evidence": _("Evidence"), "messages": _("Messages"),
    }  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        proofs = selectors.PROOFS if self.request.GET.get("tab") == "evidence" else selectors.ADVICE
        row = selectors.settlement(kwargs["reference"], visible_to=self.user, beside=proofs)
        history = history_of("settlement", row.pk)
        head = self.head(history, LIFECYCLES)
        at = head["slider"].at
        states = states_then(LIFECYCLES, head["known"]) if at else {}
        stopped = None if at else next(iter(stopped_settlements(ids=[row.pk])), None)
        status = roll_up(states) if at else row.status
        steps = [] if at else self.steps(row, stopped)
        due = end_of_day_of(row.due_date)
        next_step, others = proposed("settlement", steps, due)
        since = head["since"]
        linked = selectors.linked_with([row.pk])[row.pk]
        return {
            **head, "settlement": row, "status": status, "next_step": next_step, "others": others,
            "axes": [(name, states.get(name) or getattr(row, name), since[name]) for name, _each in AXES],
            "since_status": max(since.values(), key=lambda each: each.at),
            "deadline": due if not at and status in OPEN else None,
            "linked": linked, **({} if at else now_of(row)),
            "stopped": stopped, "stopped_words": gettext(STOPS[stopped.status]) if stopped else "",
            "ssi": ssi_then(row, head["slider"].at, history),
            **terms_of(row, linked, self.user),
            **({} if at else claimed_for(row, self.user)),
            **around_of(row, self.user, then=at, is_linked=bool(linked)),
            **self.tab_of(head["tab"], row, at, head["known"]),
        }  # fmt: skip

    def changes(self, event: Event) -> list[tuple[str, str, str]]:
        """What a person changed of how it settles."""
        facts = event.facts
        if event.kind == "settlement.react":
            return [(gettext("Step"), facts["version"], name_in(facts["name"]))]
        if event.kind == "settlement.prioritise":
            return [(gettext("Priority"), str(facts["before"]), str(facts["priority"]))]
        if event.kind == "settlement.allow_parts":
            return [(gettext("In parts"), _parts(facts["before"]), _parts(facts["terms"]))]
        return []

    def steps(self, row: Settlement, stopped: Stopped | None) -> list[StepButton]:
        done = row.settlement == "SETTLED" or row.cancellation == "AGREED"
        buttons = step_buttons(
            row, [] if done else LIFECYCLES, user=self.user, permission="settlements.{}_settlement",
            url=lambda action: reverse("settlement-step", args=[str(row), action]),
            asks_reason=("reject", "hold"),
            without=("release",) if stopped and not stopped.sent else ("enrich",),
        )  # fmt: skip
        gone = row.source_type == "net" and row.transmission != "NONE"  # with the clearing house
        asked = row.cancellation == "REQUESTED" or gone
        if not (done or asked) and self.user.has_perm("settlements.cancel_settlement"):
            url = reverse("settlement-step", args=[str(row), "cancel"])
            buttons.append(StepButton("cancel", url, asks_reason=True, seen=row.etag))
        if (
            row.netted_by_id and not done
        ):  # it moves with its set: only cancelling is about it alone
            buttons = [each for each in buttons if each.action == "cancel"]
        return [each for each in buttons if each.action in SettlementStep.actions]

    def tab_of(
        self, tab: str, row: Settlement, at: datetime | None, known: Sequence[Event]
    ) -> dict[str, Any]:
        """What the open tab shows, as it was known then; the others are not read."""
        if tab == "evidence":
            return {
                **screening_of(row, known, then=at, now=timezone.now(), user=self.user),
                **claims_of(row, self.user),
                "parts": list(row.parts.all()),
                **({"claim_steps": [], "may_propose": False} if at else {}),
            }
        if tab == "flows":
            return {"obligations": row.obligations.select_related("asset").order_by("id")}
        if tab == "entries":
            entries = entries_of(row.entity_id, [("settlement", row.pk)], visible_to=self.user)
            return {"entries": [e for e in entries if at is None or e.recorded_at <= at]}
        if tab == "messages":
            out = OutboundMessage.objects.filter(settlement=row).order_by("id")
            known_then = [m for m in out if at is None or m.created_at <= at]
            return {
                "messages_out": [(m, said_by(m) if m.channel else {}) for m in known_then],
                "advice": [
                    a
                    for a in row.advice.order_by("told_at", "id")
                    if at is None or a.recorded_at <= at
                ],
            }
        if tab == "decisions":
            whole = Q(plan=None) | Q(plan__written_by__isnull=False)
            rows = RunDecision.objects.filter(whole, settlement_id=row.pk).select_related("run")
            found = list(rows.order_by("-run_id")[:20])
            return {"decisions": [d for d in found if at is None or d.run.requested_at <= at]}
        return {}


def _parts(terms: Mapping[str, Any]) -> str:
    if not terms["allowed"]:
        return gettext("only whole")
    facts = {
        "minimum": desk.quantity(terms["minimum"] or terms["lot"]),
        "lot": desk.quantity(terms["lot"]),
    }
    return gettext("allowed, at least %(minimum)s, in lots of %(lot)s") % facts


def now_of(row: Settlement) -> dict[str, Any]:
    """What the present says of one that is open: limits, how late it is, until when it can be stopped."""
    over = row.settlement == "SETTLED" or row.cancellation == "AGREED"
    today = firm_day(timezone.now())
    found: dict[str, Any] = {}
    if not over and row.netted_by_id is None:
        found["screening_stop"] = screening_stop(row, now=timezone.now())
    if not over:
        found["limit_uses"] = room.limit_uses([row.pk], at=timezone.now())[row.pk]
    if not over and row.due_date < today:
        found["late"] = late_deliveries([row.pk], on=today).get(row.pk)
    if not row.quantity and not row.delivers:
        found["stop_by"] = selectors.stop_by_of([row.pk]).get(row.pk)
    return found


def ssi_then(
    row: Settlement, at: datetime | None, history: Sequence[Event]
) -> tuple[str, Mapping[str, Any]]:
    """The standing instruction it had at a moment, and its details: another is taken by enriching."""
    later = [e for e in history if e.kind == "settlement.enrich" and at and e.recorded_at > at]
    if later:
        return str(later[0].facts["before"]), later[0].facts["before_snapshot"]
    return str(row.ssi), row.ssi_snapshot


def roll_up(states: Mapping[str, str]) -> str:
    """The status that the axes give by the ordered table, as the database computes it."""
    return next(
        (str(status) for axis, value, status in ROLL_UP if states[axis] == value),
        str(SettlementStatus.PREPARED),
    )


def end_of_day_of(day: date) -> datetime | None:
    """The evening of a day, where settlements that have not come are late."""
    return evening_of(day)


class SettlementStep(ThingStep):
    model = Settlement
    app, subject = "settlements", "settlement"
    page_class = ShowSettlement
    actions = {  # noqa: RUF012
        "release": services.release_settlements,
        "reject": services.reject_settlements,
        "repair": services.repair_settlements,
        "enrich": enrich_settlements,
        "match": services.match_settlements,
        "hold": services.hold_settlements,
        "unhold": services.unhold_settlements,
        "cancel": cancel_settlements,
    }
    without_reason = ("release", "repair", "enrich", "match", "unhold")

    def id_of(self, reference: str) -> int:
        return selectors.settlement_id_of(reference, visible_to=self.user)

    def locked(self, id: int) -> StatefulModel:
        """With the others of its deal, in the order in which cancelling locks them."""
        own = Settlement.objects.filter(pk=id)
        source = own.values_list("source_type", "source_id").get()
        rows = Settlement.objects.filter(source_type=source[0], source_id=source[1])
        return next(row for row in rows.order_by("pk").select_for_update() if row.pk == id)


class BusinessDateMissing(Invalid):
    code = "business-date-missing"
    title = gettext_noop("A run needs a business date")
    detail = gettext_noop("%(value)s is not a date.")
    hint = gettext_noop("Choose the day for which the run settles.")


class ObjectiveUnknown(Invalid):
    code = "objective-unknown"
    title = gettext_noop("A run has one of a few aims")
    detail = gettext_noop("%(objective)s is none of them.")
    hint = gettext_noop("Choose the aim of the run from the list.")


class Runs(ListView):
    permission = "settlements.run_settlement"
    template_name = "settlements/runs.html"
    listing = listings.RUNS

    def more(self) -> dict[str, Any]:
        return {
            "business_date": frame_of(self.user).day.day.isoformat(), "entities": entities_seen_by(self.user),
            "objectives": RunObjective.choices, "places": Place.objects.order_by("code"), "next_cycles": [
                (each.place, clock_words(each.due_at, each.zone)) for each in next_cycles(timezone.now())
            ],
        }  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask for a run of a business date; a worker takes it up."""
        typed = request.POST.get("business_date", "")
        try:
            run = self.ask(typed)
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("runs"))
        return HttpResponseRedirect(reverse("run", args=[str(run)]))

    def ask(self, typed: str) -> SettlementRun:
        try:
            business_date = date.fromisoformat(typed)
        except ValueError:
            raise BusinessDateMissing(value=typed or "-") from None
        entity_id = runs.entity_to_run(self.request.POST.get("entity", ""), actor=self.user)
        objective = self.request.POST.get("objective", "")
        if objective and objective not in RunObjective.values:
            raise ObjectiveUnknown(objective=objective)
        return runs.request_run(
            business_date=business_date, objective=objective, entity_id=entity_id, actor=self.user,
            place_id=runs.place_to_run(self.request.POST.get("place", "")),
            is_last="is_last" in self.request.POST, at=timezone.now(),
        )  # fmt: skip
