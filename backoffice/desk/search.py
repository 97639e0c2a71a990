"""Finding things by reference, external reference, name or page: the palette and the field above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.access.permissions import SIGNED_IN
from backoffice.access.personal import note_ids
from backoffice.connectors.receiving.selectors import inbound_files
from backoffice.desk import rails
from backoffice.desk.base import Page
from backoffice.desk.reference import ALL
from deals.confirming.selectors import confirmations
from deals.selectors import deals
from deals.selectors import inbound as inbound_deals
from ledger.selectors import entries
from limits.selectors import breaches, caps, closings, limits, openings, overrides
from reconciliation.breaks.selectors import breaks
from reconciliation.matching.selectors import matches
from reconciliation.selectors import statements
from refdata.scopes import visible_by_entity
from refdata.selectors import reference_data
from reporting.selectors import report_runs
from settlements.clearing.selectors import net_obligations
from settlements.netting.selectors import netting_sets
from settlements.selectors import claims, settlement_runs, settlements
from settlements.transforming.selectors import record_events

MOST_OF_A_KIND = 6
SHORTEST = 2  # letters before names are searched


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: what kind of thing, what it is called, and where it is."""

    kind: Any
    title: Any
    url: str
    more: Any = ""


# prefix: what it is, permission, the rows a person may see, name of the page
REFERENCES: Mapping[str, tuple[Any, str, Any, str]] = {
    "D": (_("Deal"), "deals.view_deal", lambda u: deals(visible_to=u), "deal"),
    "RC": (_("Confirmation"), "deals.view_deal", lambda u: confirmations(visible_to=u), "confirmation"),
    "S": (_("Settlement"), "settlements.view_settlement", lambda u: settlements(visible_to=u), "settlement"),
    "NO": (_("Net obligation"), "settlements.view_settlement",
           lambda u: net_obligations(visible_to=u), "net-obligation"),
    "CA": (_("Event of a record date"), "settlements.view_settlement",
           lambda u: record_events(), "record-event"),
    "NT": (_("Netting set"), "settlements.view_settlement",
           lambda u: netting_sets(visible_to=u), "netting-set"),
    "R": (_("Run"), "settlements.view_settlement", lambda u: settlement_runs(visible_to=u), "run"),
    "RR": (_("Report"), "reporting.view_report", lambda u: report_runs(visible_to=u), "report-run"),
    "I": (_("Inbound"), "deals.view_deal", lambda u: inbound_deals(visible_to=u), "inbound"),
    "L": (_("Limit"), "limits.view_limit", lambda u: limits(visible_to=u), "limit"),
    "BR": (_("Breach"), "limits.view_limit", lambda u: breaches(visible_to=u), "breach"),
    "OV": (_("Override"), "limits.view_limit", lambda u: overrides(visible_to=u), "override"),
    "LC": (_("New cap"), "limits.view_limit", lambda u: caps(visible_to=u), "cap"),
    "LO": (_("New limit"), "limits.view_limit", lambda u: openings(visible_to=u), "opening"),
    "LE": (_("End of a limit"), "limits.view_limit", lambda u: closings(visible_to=u), "closing"),
    "E": (_("Entry"), "ledger.view_ledger", lambda u: entries(visible_to=u), "entry"),
    "DF": (_("Break"), "reconciliation.view_match", lambda u: breaks(visible_to=u), "break"),
    "M": (_("Match"), "reconciliation.view_match", lambda u: matches(visible_to=u), "match"),
    "ST": (_("Bank statement"), "reconciliation.view_statement", lambda u: statements(visible_to=u), "statement"),
    "IF": (_("File"), "connectors.view_inboundfile", lambda u: inbound_files(visible_to=u), "inbound-file"),
    "EV": (_("Evidence"), "settlements.view_settlement",
           lambda u: claims(visible_to=u), "evidence"),
}  # fmt: skip


def found(asked: str, user: User, request: HttpRequest) -> list[Hit]:
    """What fits, the surest first, only what this person may open."""
    asked = asked.replace("\x00", "").strip()[:100]
    hits = [*_by_reference(asked, user), *_by_external_reference(asked, user)]
    hits += islice(_pages(asked, request), MOST_OF_A_KIND)
    if len(asked) >= SHORTEST and user.has_perm("refdata.view_refdata"):
        hits += islice(_instruments(asked, user), MOST_OF_A_KIND)
        hits += islice(_parties(asked, user), MOST_OF_A_KIND)
    return hits


def _by_reference(asked: str, user: User) -> Iterator[Hit]:
    prefix, dash, digits = asked.upper().partition("-")
    if not dash or prefix not in REFERENCES or not _is_number(digits):
        return
    kind, _permission, rows, _page = REFERENCES[prefix]
    reference = f"{prefix}-{int(digits)}"
    address = address_of(reference, user)
    if address and rows(user).filter(pk=int(digits)).exists():
        yield Hit(kind, reference, address)


def address_of(reference: str, user: User) -> str:
    """Where a reference such as `D-12` leads this person; nowhere if it is none, or their role sees none of these.

    Nothing is looked up: for references that stand in what the person may read.
    """
    prefix, dash, digits = reference.partition("-")
    if not dash or prefix not in REFERENCES or not _is_number(digits):
        return ""
    _, permission, _, page = REFERENCES[prefix]
    if not user.has_perm(permission):
        return ""
    return reverse(page, args=[int(digits) if prefix == "E" else reference])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _by_external_reference(asked: str, user: User) -> Iterator[Hit]:
    if not asked or not user.has_perm("deals.view_deal"):
        return
    mine = visible_by_entity(deals(visible_to=user), user, book="book_id")
    mine = mine.filter(external_ref=asked)
    for deal in mine.order_by("-id")[:MOST_OF_A_KIND]:
        yield Hit(_("Deal"), str(deal), reverse("deal", args=[str(deal)]), deal.external_ref)
    rows = inbound_deals(visible_to=user).filter(external_ref=asked, deal=None)
    for row in rows[:MOST_OF_A_KIND]:
        yield Hit(_("Inbound"), str(row), reverse("inbound", args=[str(row)]), row.external_ref)


def _pages(asked: str, request: HttpRequest) -> Iterator[Hit]:
    for entry in rails.entries(request):
        if asked.lower() in str(entry.title).lower():
            yield Hit(_("Page"), entry.title, entry.url)
    if asked and request.user.has_perm("refdata.view_refdata"):
        for name, table in ALL.items():
            if asked.lower() in str(table.title).lower():
                yield Hit(_("Page"), table.title, reverse("reference-table", args=[name]))


def _instruments(asked: str, user: User) -> Iterator[Hit]:
    wanted, seen = asked.lower(), set()
    for name, row in reference_data().instruments.items():
        fits = wanted in name.lower() or wanted in row.name.lower()
        if fits and row.asset_id not in seen:
            seen.add(row.asset_id)
            yield Hit(
                _("Instrument"), row.name, f"{reverse('deals')}?instrument={row.code}", row.code
            )


def _parties(asked: str, user: User) -> Iterator[Hit]:
    wanted, seen = asked.lower(), set()
    for name, row in reference_data().parties.items():
        if (wanted in name.lower() or wanted in row.name.lower()) and row.id not in seen:
            seen.add(row.id)
            note_ids("refdata.party", [row.id])
            yield Hit(_("Party"), row.name, f"{reverse('deals')}?counterparty={row.code}", row.code)


class Search(Page):
    """What the palette shows for what was typed so far."""

    permission = SIGNED_IN
    template_name = "desk/found.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.request.GET.get("q", "")
        return {"hits": found(asked, self.user, self.request), "asked": asked}


class Find(Page):
    """The surest hit at once; nothing found stays where it was, and says so."""

    permission = SIGNED_IN

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.GET.get("q", "").strip()
        hits = found(asked, self.user, request) if asked else []
        if hits:
            return HttpResponseRedirect(hits[0].url)
        text = gettext("Nothing is called %(asked)s.") % {"asked": asked}
        hint = gettext("Type a reference such as D-12 or S-7, or a whole external reference.")
        messages.warning(request, text, extra_tags=hint)
        return HttpResponseRedirect(reverse("home"))
