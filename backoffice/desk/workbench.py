"""The workbench of reconciliation: what the bank has, what our books have, and what may belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from backoffice.access.permissions import PermissionRequired
from backoffice.desk.base import Page, tell_refusal
from backoffice.kernel.errors import NotFound, Refusal
from backoffice.kernel.references import number_in
from backoffice.templatetags import desk
from ledger.models import JournalEntry
from reconciliation.breaks.selectors import breaks_like_before, decided_before
from reconciliation.breaks.state import BOOKED, Remedy
from reconciliation.looking import hold_against_books
from reconciliation.matching import selectors
from reconciliation.matching.by_persons import make_match
from reconciliation.matching.items import Entry, Line, Proposed, day_of, total
from reconciliation.models import Break, Reconciliation, StatementLine
from refdata.firm_days import firm_day
from refdata.models import Party
from refdata.selectors import reference_data

VIEW = "reconciliation.view_match"
MAY_MATCH, MAY_RUN = "reconciliation.make_match", "reconciliation.run_reconciliation"
MAY_PROPOSE = "reconciliation.propose_break"
MOST_PROPOSALS = 100


@dataclass(frozen=True, slots=True)
class Side:
    """A line or an entry as the workbench shows it. `units` is its amount in minor units, to be summed exactly."""

    id: int
    reference: str
    day: date
    amount: Decimal
    units: int
    who: Any
    text: str
    of: tuple[str, int] | None = None  # what an entry is of
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What is proposed: with a form that matches it where nothing differs."""

    number: int
    proposed: Proposed
    lines: Sequence[Side]
    entries: Sequence[Side]
    difference: Decimal

    @property
    def takes(self) -> bool:
        """One click matches it: the sums agree, and there are no rivals to choose from."""
        return not self.difference and (len(self.lines) == 1 or len(self.entries) == 1) and (
            self.proposed.why not in ("RIVALS", "AMOUNT")
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repeated:
    """A line without an entry whose like was remedied before: offered again with one click, which other eyes accept."""

    row: Break
    remedy: Any
    before: str


class Workbench(Page):
    permission = VIEW
    template_name = "reconciliation/workbench.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pools = list(selectors.reconciliations(visible_to=self.user))
        row = self._chosen(pools)
        shown = {
            "pools": pools, "pool": row, "may_match": self.user.has_perm(MAY_MATCH),
            "may_run": self.user.has_perm(MAY_RUN), "may_propose": self.user.has_perm(MAY_PROPOSE),
        }  # fmt: skip
        return shown | (self._sides(row) if row is not None else {})

    def _chosen(self, pools: Sequence[Reconciliation]) -> Reconciliation | None:
        """The one of the address; without one that with the most that is open."""
        wanted = self.request.GET.get("reconciliation", "")
        if wanted:
            return selectors.reconciliation(wanted, visible_to=self.user)
        return max(pools, key=lambda pool: pool.open, default=None)  # type: ignore[attr-defined]

    def _sides(self, row: Reconciliation) -> dict[str, Any]:
        day = firm_day(timezone.now())
        items = selectors.open_items(row, day=day)
        unit = reference_data().currencies[row.currency].minor_unit
        lines = _lines(items.lines, unit, self.request.GET.getlist("line"))
        entries = _entries(items.entries, unit, self.request.GET.getlist("entry"))
        by_line, by_entry = {s.id: s for s in lines}, {s.id: s for s in entries}
        offers = [
            Offer(
                number, each, [by_line[x.id] for x in each.lines], [by_entry[x.id] for x in each.entries],
                each.difference,
            )
            for number, each in enumerate(selectors.proposals_of(row, items, day=day)[:MOST_PROPOSALS])
        ]  # fmt: skip
        return {
            "unit": unit, "lines": lines, "entries": entries, "offers": offers, "most": selectors.MOST_OPEN,
            "repeated": _repeated(row),
            "theirs": total(items.lines), "ours": total(items.entries),
            "difference": total(items.lines) - total(items.entries),
        }  # fmt: skip


def _repeated(row: Reconciliation) -> list[Repeated]:
    """Of open lines those whose like people gave a remedy before."""
    rows = list(breaks_like_before(row)[:MOST_PROPOSALS])
    before = decided_before(rows)
    return [
        Repeated(each, Remedy(before[each.pk].remedy), before[each.pk].reference)
        for each in rows
        if each.pk in before and before[each.pk].remedy in BOOKED
    ]


def _lines(items: Sequence[Line], unit: int, chosen: Sequence[str]) -> list[Side]:
    told = StatementLine.objects.in_bulk([item.id for item in items])
    return [
        Side(
            item.id, f"SL-{item.id}", day_of(item.day), item.amount, _units(item.amount, unit),
            told[item.id].counterparty_name,
            told[item.id].text or told[item.id].our_reference or told[item.id].reference,
            chosen=str(item.id) in chosen,
        )
        for item in items
    ]  # fmt: skip


def _entries(items: Sequence[Entry], unit: int, chosen: Sequence[str]) -> list[Side]:
    told = JournalEntry.objects.in_bulk([item.id for item in items])
    sides = selectors.counterparties_of([item.id for item in items])
    parties = Party.objects.in_bulk(set(sides.values()))
    return [
        Side(
            item.id, f"E-{item.id}", day_of(item.day), item.amount, _units(item.amount, unit),
            desk.name(parties[sides[item.id]]) if item.id in sides else "", told[item.id].reason,
            (told[item.id].source_type, told[item.id].source_id), chosen=str(item.id) in chosen,
        )
        for item in items
    ]  # fmt: skip


def _units(amount: Decimal, unit: int) -> int:
    return int(amount.scaleb(unit))


class RunNow(PermissionRequired, View):
    """Compare everything of the entity now: statements with the books, openings, and positions."""

    permission = MAY_RUN

    def post(self, request: HttpRequest) -> HttpResponse:
        reference, at = request.POST.get("reconciliation", ""), timezone.now()
        try:
            row = selectors.reconciliation(reference, visible_to=request.user)  # type: ignore[arg-type]
            hold_against_books(entity_id=row.entity_id, day=firm_day(at), at=at)
        except NotFound as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("workbench"))
        return HttpResponseRedirect(
            f"{reverse('workbench')}?{urlencode({'reconciliation': reference})}"
        )


class MatchChosen(PermissionRequired, View):
    """Match what was chosen on both sides, or what was proposed; refused, it stays chosen."""

    permission = MAY_MATCH

    def post(self, request: HttpRequest) -> HttpResponse:
        reference = request.POST.get("reconciliation", "")
        lines, entries = request.POST.getlist("line"), request.POST.getlist("entry")
        query: dict[str, Any] = {"reconciliation": reference}
        try:
            row = selectors.reconciliation(reference, visible_to=request.user)  # type: ignore[arg-type]
            make_match(
                reconciliation_id=row.pk, actor=request.user, at=timezone.now(),  # type: ignore[arg-type]
                line_ids=[number_in(f"SL-{each}", "SL", "line of a statement") for each in lines],
                entry_ids=[number_in(f"E-{each}", "E", "entry") for each in entries],
            )  # fmt: skip
        except NotFound as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("workbench"))
        except Refusal as refusal:
            tell_refusal(request, refusal)
            query |= {"line": lines, "entry": entries}
        return HttpResponseRedirect(f"{reverse('workbench')}?{urlencode(query, doseq=True)}")
