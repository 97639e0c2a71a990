"""Pages of what differs from statements: the queue, and one break with its remedies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.break_next import (
    NEXT,
    asked_words,
    look_again_on,
    owner_of,
    party_of,
    pointers,
    why_words,
)
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.templatetags import desk
from reconciliation.breaks import selectors, services
from reconciliation.breaks.filters import BreakFilter
from reconciliation.breaks.penalties import penalty_break_of
from reconciliation.breaks.remedies import RemedyDoesNotFit, depositor, fitting_remedies
from reconciliation.breaks.state import BREAK_LIFECYCLE, WITH_A_PERSON, BreakState, Remedy
from reconciliation.matching.evidence import Waiting, waiting_at
from reconciliation.matching.state import Why
from reconciliation.models import Break
from refdata.firm_days import firm_day
from refdata.models import Party
from refdata.selectors import reference_data

VIEW = "reconciliation.view_match"
MAY_PROPOSE = "reconciliation.propose_break"
MAY_OWN = "reconciliation.own_break"
MOST_OFFERED = 5  # settlements that a line might prove


def _figure(row: Break, value: Any) -> Any:
    money = row.asset.kind == "CURRENCY"
    return desk.money(value, row.asset.code) if money else desk.quantity(value)


def _age(row: Break) -> int:
    calendar = reference_data().calendars[row.place.calendar.code]
    return selectors.age_of(row.day, firm_day(timezone.now()), calendar)


def _due(row: Break) -> date | None:
    told = row.facts.get("due")
    return date.fromisoformat(told) if told else None


BREAKS = Listing(
    name="breaks",
    title=_("Breaks"),
    empty=_("Nothing fits. What statements say otherwise than our books appears here until it is matched."),
    rows=lambda user: selectors.breaks(visible_to=user),
    filters=BreakFilter,
    fields={"status": _("State"), "live": _("Still differs"), "kind": _("What"), "place": _("Place"),
            "owner": _("Who looks after it"), "day_after": _("From"), "day_before": _("Until")},
    start={"live": "true"},
    opens=lambda row: reverse("break", args=[str(row)]),
    columns=(
        Column(_("Break"), "reference", write=lambda b: link("break", b)),
        Column(_("State"), "state", "state"),
        Column(_("What"), "kind", write=lambda b: b.get_kind_display()),
        Column(_("Difference"), "differs", "money", write=lambda b: _figure(b, b.theirs - b.ours),
               value=lambda b: b.theirs - b.ours),
        Column(_("Asset"), "asset.code"),
        Column(_("Why"), "why", write=why_words),
        Column(_("Place"), "place", "name"),
        Column(_("Day"), "day", "day"),
        Column(_("Business days"), "age", "number", value=_age),
        Column(_("Who looks after it"), "owner.username"),
        Column(_("Theirs"), "theirs", "money", usual=False, write=lambda b: _figure(b, b.theirs)),
        Column(_("Ours"), "ours", "money", usual=False, write=lambda b: _figure(b, b.ours)),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("Opened"), "opened_at", "moment", usual=False),
    ),
)  # fmt: skip


class Breaks(ListView):
    permission = VIEW
    listing = BREAKS


@dataclass(frozen=True, slots=True)
class Proves:
    """A payment that the line of a break might be, with whom."""

    settlement: Waiting
    party: Any


class ShowBreak(Thing):
    permission = VIEW
    template_name = "reconciliation/break.html"
    page_name = "break"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.break_of(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, BREAK_LIFECYCLE, permission="reconciliation.{}_break", asks_reason=("explain", "decline"),
        )  # fmt: skip
        shown["others"] = [s for s in shown["others"] if s.action not in ("chase", "propose")]
        if shown["next_step"] and shown["next_step"].step.action == "explain":
            # What makes it agree stands on the page; to say why it may differ is what is left.
            shown["others"].insert(0, shown["next_step"].step)
            shown["next_step"] = None
        now = not shown["slider"].at
        open_now = now and row.state in WITH_A_PERSON
        may = open_now and self.user.has_perm(MAY_PROPOSE)
        return {
            **shown, **self._next(row, open_now=open_now), "row": row, "age": _age(row),
            "why": Why(row.why).label if row.why else "",
            "theirs": _figure(row, row.theirs), "ours": _figure(row, row.ours),
            "differs": _figure(row, row.theirs - row.ours),
            "remedies": [r for r in fitting_remedies(row) if r != Remedy.EVIDENCE] if may else (),
            "proves": self._proves(row) if may else (), "may_chase": may,
            "may_own": now and row.state != BreakState.CLOSED and self.user.has_perm(MAY_OWN),
            "party": party_of(row), "due": _due(row),
            "remedy": Remedy(row.remedy).label if row.remedy else "",
            "depositor": depositor(row).owner if row.remedy == Remedy.DEPOSIT else None,
            "before": selectors.decided_before([row]).get(row.pk), "remedy_names": dict(Remedy.choices),
        }  # fmt: skip

    @staticmethod
    def _next(row: Break, *, open_now: bool) -> dict[str, Any]:
        """What to do about it, and what is known of whom to ask."""
        if not open_now:
            return {}
        number = penalty_break_of(row)
        return {
            "todo": NEXT[row.kind], "asked": asked_words(row), "pointers": pointers(row, owner_of(row)),
            "look_again_on": look_again_on(row, firm_day(timezone.now())).isoformat(),
            "penalty": f"PB-{number}" if number else "",
        }  # fmt: skip

    def _proves(self, row: Break) -> Sequence[Proves]:
        """Payments at that bank that wait for its word, of the amount of the line; the nearest day first."""
        if Remedy.EVIDENCE not in fitting_remedies(row):
            return ()
        waiting = waiting_at(entity_id=row.entity_id, place_id=row.place_id, asset_id=row.asset_id)
        near = sorted(
            (each for each in waiting if each.amount == row.theirs),
            key=lambda each: abs(each.due_date - row.day),
        )[:MOST_OFFERED]
        parties = Party.objects.in_bulk({each.counterparty_id for each in near})
        return [Proves(each, parties[each.counterparty_id]) for each in near]


class BreakStep(ThingStep):
    model = Break
    app, subject = "reconciliation", "break"
    find = staticmethod(selectors.break_of)
    page_class = ShowBreak
    without_reason = ("accept", "own")
    actions: Mapping[str, Any] = {
        "own": services.own_breaks, "explain": services.explain_breaks, "chase": services.chase_breaks,
        "propose": services.propose_remedies, "accept": services.accept_remedies,
        "decline": services.decline_remedies,
    }  # fmt: skip

    def given(self, action: str) -> dict[str, Any]:
        typed = self.request.POST
        if action == "chase":
            try:
                day = date.fromisoformat(typed.get("chase_on", ""))
            except ValueError:
                day = date.min
            return super().given(action) | {"chase_on": day}
        if action == "propose":
            if typed.get("remedy", "") not in Remedy.values:
                raise RemedyDoesNotFit(
                    reference=self.kwargs["reference"], remedy=typed.get("remedy", "")[:20] or "–"
                )
            number = typed.get("settlement", "")
            is_number = number.isascii() and number.isdigit() and len(number) <= 18
            more = {"settlement_id": int(number)} if is_number else {}
            return super().given(action) | {"remedy": Remedy(typed["remedy"])} | more
        return super().given(action)
