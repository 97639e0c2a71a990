"""The page on which it is tried how a day would end, and the scenarios that were kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import Page
from backoffice.desk.frame import frame_of
from backoffice.desk.inputs import Input, Problem, filled, said_of, typed_day
from backoffice.desk.lists import Listing, ListView, opens
from backoffice.desk.tables import Column
from backoffice.desk.what_if import said_whole
from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import Refusal
from refdata.firm_days import firm_day
from refdata.models import Place
from refdata.scopes import entities_seen_by
from refdata.selectors import reference_data
from settlements.fails.supposing import supposable
from settlements.models import Settlement
from settlements.scenarios import selectors
from settlements.scenarios.answering import found_of
from settlements.scenarios.filters import ScenarioFilter
from settlements.scenarios.models import Scenario
from settlements.scenarios.rules import NO_HANDS
from settlements.scenarios.services import foresee, keep_scenario
from settlements.scenarios.terms import MOST_NAMED, SECONDS, Coming, ScenarioTerms
from settlements.selectors import settlements
from settlements.state import Reason

WHOLE = (
    Input(name="business_date", title=_("Business date"), kind="date"),
    Input(name="entity", title=_("Entity"), offers="entities"),
)
SUPPOSED = (
    Input(name="silent", title=_("Who brings nothing (codes, apart by spaces)"), offers="parties"),
    Input(name="volume", title=_("More of everything, per cent"), kind="number"),
    Input(name="releases", title=_("Settlements that people can still release (empty: all)"), kind="number"),
    Input(name="away", title=_("People who release and are away"), kind="number"),
    Input(name="seconds", title=_("Seconds for each release (empty: 60)"), kind="number"),
    Input(name="earlier", title=_("Markets that settle a day earlier (MIC)"), offers="markets"),
)  # fmt: skip
COMING = (
    Input(name="owner", title=_("Whose account"), offers="parties"),
    Input(name="place", title=_("Place"), offers="places"),
    Input(name="asset", title=_("Currency or ISIN"), offers="assets"),
    Input(name="quantity", title=_("Amount or quantity")),
    Input(name="after", title=_("Not before"), kind="time"),
)
NAME = Input(name="name", title=_("Keep it as"))
LONGEST = 400
SHOWN = 200  # of what fails in only one of the endings
WHY: Mapping[str, Any] = dict(Reason.choices) | {NO_HANDS: _("Nobody would release it in time")}


class TryDay(Page):
    """What is typed is tried; with a name it is kept too."""

    permission = "settlements.try_scenario"
    template_name = "settlements/what_if_day.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        start = {"business_date": frame_of(self.user).day.day.isoformat()}
        return self.page(start, None, None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        names = [each.name for each in (*WHOLE, *SUPPOSED, *COMING, NAME)]
        typed = {name: request.POST.get(name, "").strip()[:LONGEST] for name in (*names, "rule")}
        at = timezone.now()
        asked: dict[str, Any] = {
            "business_date": typed_day(typed["business_date"]) or firm_day(at), "entity": typed["entity"],
            "actor": self.user, "at": at,
        }  # fmt: skip
        try:
            if typed["name"] and self.user.has_perm("settlements.keep_scenario"):
                row = keep_scenario(typed["name"][:100], terms_typed(typed), **asked)
                return HttpResponseRedirect(reverse("scenario", args=[str(row)]))
            answer = found_of(foresee(terms_typed(typed), **asked))
        except Refusal as refused:
            return self.render_to_response(self.page(typed, None, refused), status=422)
        return self.render_to_response(self.page(typed, answer, None))

    def page(
        self, typed: Mapping[str, str], answer: dict[str, Any] | None, refusal: Refusal | None
    ) -> dict[str, Any]:
        problems: dict[str, list[Problem]] = {}
        for each in refusal.problems if refusal else ():
            first, *rest = each.pointer.strip("/").split("/")
            problems.setdefault(rest[-1] if first == "coming" and rest else first, []).append(
                said_of(each)
            )
        rules = [("", "–"), *((str(row), f"{row} {row.key}") for row in supposable()[:100])]
        rule = Input(name="rule", title=_("A drafted rule of penalties"), choices=rules)
        keeps = (NAME,) if self.user.has_perm("settlements.keep_scenario") else ()
        return {
            "whole": filled(WHOLE, typed, problems), "supposed": filled((*SUPPOSED, rule), typed, problems),
            "coming": filled(COMING, typed, problems), "keeping": filled(keeps, typed, problems),
            "refusal": said_whole(refusal) if refusal and not refusal.problems else None,
            "lists": self.lists(), "found": shown(answer, self.user) if answer else None,
        }  # fmt: skip

    def lists(self) -> dict[str, list[tuple[str, Any]]]:
        reference = reference_data()
        assets = {**{i.code: i.name for i in reference.instruments.values()}}
        return {
            "entities": [(row.code, row.name) for row in entities_seen_by(self.user)],
            "parties": sorted({p.code: p.name for p in reference.parties.values()}.items()),
            "places": list(Place.objects.order_by("code").values_list("code", "name")),
            "assets": [(code, "") for code in sorted(reference.currencies)] + sorted(assets.items()),
            "markets": sorted({(row.market, "") for row in reference.cycles}),
        }  # fmt: skip


def terms_typed(typed: Mapping[str, str]) -> ScenarioTerms:
    """What was typed; a number that is none is below nought, which is refused beside its field."""
    coming: tuple[Coming, ...] = ()
    if any(typed[each.name] for each in COMING):
        owner, place, asset = typed["owner"], typed["place"], typed["asset"]
        coming = (Coming(owner, place, asset, _number(typed["quantity"]), _time(typed["after"])),)
    releases = typed["releases"]
    return ScenarioTerms(
        silent=tuple(typed["silent"].replace(",", " ").split()[: MOST_NAMED + 1]), coming=coming,
        volume=_number(typed["volume"]) if typed["volume"] else Decimal(0),
        earlier=tuple(typed["earlier"].replace(",", " ").split()[: MOST_NAMED + 1]),
        releases=int(releases) if releases.isdecimal() else None, away=_count(typed["away"], 0),
        seconds=_count(typed["seconds"], SECONDS), rule=typed["rule"],
    )  # fmt: skip


def _count(text: str, otherwise: int) -> int:
    """A whole number; what is none is below nought, which is refused beside its field."""
    return otherwise if not text else int(text) if text.isdecimal() and len(text) < 10 else -1


def _number(text: str) -> Decimal:
    try:
        return parse(text, scale=8)
    except (ValueError, Refusal):
        return Decimal(-1)


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def shown(found: Mapping[str, Any], user: Any) -> dict[str, Any]:
    """Both endings as a page shows them; of settlements only those that the person sees."""
    found = {**found, "now": _with_amounts(found["now"]), "then": _with_amounts(found["then"])}
    named = [*found["fails_besides"], *found["fails_no_longer"]]
    ids = [int(each["settlement"].removeprefix("S-")) for each in named[: 2 * SHOWN]]
    rows = (
        settlements(visible_to=user)
        .select_related("asset", "money_asset", "counterparty")
        .in_bulk(ids)
    )
    limits = {each["limit"]: each for end in ("now", "then") for each in found[end]["breaches"]}

    def fails(which: str) -> list[tuple[Settlement, Any]]:
        told = (
            (int(each["settlement"].removeprefix("S-")), each["reason"]) for each in found[which]
        )
        return [(rows[id], WHY.get(why, why)) for id, why in told if id in rows][:SHOWN]

    return {
        **found, "fails_besides": fails("fails_besides"), "fails_no_longer": fails("fails_no_longer"),
        "breaches_besides": [limits[each] for each in found["breaches_besides"]],
        "breaches_no_longer": [limits[each] for each in found["breaches_no_longer"]],
        "besides": len(found["fails_besides"]), "no_longer": len(found["fails_no_longer"]),
    }  # fmt: skip


def _with_amounts(end: Mapping[str, Any]) -> dict[str, Any]:
    """An ending with its money as numbers."""

    def amounts(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [{**each, "amount": Decimal(each["amount"])} for each in rows]

    breaches = [{**each, "excess": amounts([each["excess"]])[0]} for each in end["breaches"]]
    return {
        **end, "costs": amounts(end["costs"]), "claims": amounts(end["claims"]), "breaches": breaches,
    }  # fmt: skip


def _supposed(row: Scenario) -> str:
    """What a scenario supposes, in a few words."""
    terms = row.terms
    parts: Sequence[str] = [
        " ".join(terms["silent"]), f"+{terms['volume']} %" if terms["volume"] != "0" else "",
        " ".join(terms["earlier"]), terms["rule"],
        gettext("%(n)s away") % {"n": terms["away"]} if terms["away"] else "",
        *(f"{each['asset']} +{each['quantity']}" for each in terms["coming"]),
    ]  # fmt: skip
    return ", ".join(part for part in parts if part)


SCENARIOS = Listing(
    name="scenarios", title=_("Scenarios"), rows=lambda user: selectors.scenarios(visible_to=user),
    empty=_("Nobody has kept a scenario. What is tried on a day can be kept under a name."),
    filters=ScenarioFilter, fields={"business_date": _("Business date"), "kept_by": _("By")},
    opens=opens("scenario"),
    columns=(
        Column(_("Reference"), "pk", write=str),
        Column(_("Name"), "name"),
        Column(_("Business date"), "business_date"),
        Column(_("Supposed"), "terms", write=_supposed),
        Column(_("Fails now"), "found.now", "number", write=lambda row: row.found["now"]["fails"]),
        Column(_("Would fail"), "found.then", "number", write=lambda row: row.found["then"]["fails"]),
        Column(_("By"), "kept_by", write=lambda row: row.kept_by.username),
        Column(_("Kept"), "kept_at", "moment"),
    ),
)  # fmt: skip


class Scenarios(ListView):
    permission = "settlements.try_scenario"
    listing = SCENARIOS


class ShowScenario(Page):
    """One kept scenario, and beside it another one of the same entity."""

    permission = "settlements.try_scenario"
    template_name = "settlements/scenario.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.scenario(kwargs["reference"], visible_to=self.user)
        others = (
            selectors.scenarios(visible_to=self.user).filter(entity=row.entity).exclude(pk=row.pk)
        )
        chosen = self.request.GET.get("with", "")
        other = selectors.scenario(chosen, visible_to=self.user) if chosen else None
        return {
            "row": row, "found": shown(row.found, self.user), "supposed": _supposed(row),
            "others": list(others[:50]), "other": other,
            "other_found": shown(other.found, self.user) if other else None,
            "other_supposed": _supposed(other) if other else "",
        }  # fmt: skip
