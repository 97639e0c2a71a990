"""The page on which risk tries what would become of limits: a deal, a price that moves, another cap."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.access.problems import translated
from backoffice.desk.base import Page
from backoffice.desk.inputs import Input, Problem, filled
from backoffice.desk.new_deal import INPUTS, beside_fields, document_of
from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import FieldProblem, Refusal
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.schema import WrongShape, terms_of
from deals.exposing.what_if import Found, Shock, if_capped, if_dealt, if_moved
from limits import selectors
from refdata.firm_days import firm_day
from refdata.scopes import books_seen_by
from refdata.selectors import reference_data

SHOCK = (
    Input(name="percent", title=_("Move, per cent"), kind="number"),
    Input(name="instrument", title=_("Instrument (empty: all prices)"), offers="instruments"),
    Input(name="shocked", title=_("Or a currency against all others"), offers="currencies"),
)
CAP = (
    Input(name="limit", title=_("Limit"), offers="limits"),
    Input(name="amount", title=_("New cap"), kind="number"),
)
NOT_SAID = frozenset({"external_ref", "stage"})  # of a deal that nobody makes
DEAL = tuple(each for each in INPUTS if each.name not in NOT_SAID)
FORMS = {"deal": DEAL, "shock": SHOCK, "cap": CAP}


class WhatIf(Page):
    permission = "limits.try_limit"
    template_name = "limits/what_if.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return self.page("", {}, None, None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Nothing is written: what was typed comes back beside what would become of it."""
        what = request.POST.get("what", "")
        what = what if what in FORMS else "deal"
        typed = {each.name: request.POST.get(each.name, "").strip() for each in FORMS[what]}
        try:
            found, refusal = self.tried(what, typed), None
        except Refusal as refused:
            found, refusal = None, refused
        context = self.page(what, typed, found, refusal)
        return self.render_to_response(context, status=422 if refusal else 200)

    def tried(self, what: str, typed: Mapping[str, str]) -> Found:
        at = timezone.now()
        if what == "shock":
            shock = Shock(
                number(typed, "percent"), instrument=typed["instrument"], currency=typed["shocked"]
            )
            return if_moved(shock, business_date=firm_day(at), actor=self.user, at=at)
        if what == "cap":
            return if_capped(typed["limit"], number(typed, "amount"), actor=self.user, at=at)
        document = document_of(typed) | {"external_ref": "what-if"}
        return if_dealt(terms_of(document), actor=self.user, at=at)

    def page(
        self, what: str, typed: Mapping[str, str], found: Found | None, refusal: Refusal | None
    ) -> dict[str, Any]:
        problems = beside_fields(refusal.problems) if refusal else {}
        start = {"currency": "RUB", "traded_at": _now()}
        return {
            "what": what, "found": found,
            "refusal": said_whole(refusal) if refusal and not refusal.problems else None,
            "forms": {
                name: filled(
                    inputs, typed if name == what else start, problems if name == what else {}
                )
                for name, inputs in FORMS.items()
            },
            "lists": self.lists(),
        }  # fmt: skip

    def lists(self) -> dict[str, list[tuple[str, str]]]:
        reference = reference_data()
        limits = selectors.limits(visible_to=self.user).order_by("pk")
        return {
            "pairs": [(f"{row.base}/{row.quote}", "") for row in reference.pairs],
            "books": [(code, "") for code in books_seen_by(self.user)],
            "parties": sorted({p.code: p.name for p in reference.parties.values()}.items()),
            "instruments": sorted({i.code: i.name for i in reference.instruments.values()}.items()),
            "currencies": [(code, "") for code in sorted(reference.currencies)],
            "limits": [(f"L-{row.pk}", row.name) for row in limits],
        }


def _now() -> str:
    return timezone.localtime().strftime("%Y-%m-%dT%H:%M")


def number(typed: Mapping[str, str], name: str) -> Decimal:
    """A number as it was typed. Raises WrongShape beside its field."""
    try:
        return parse(typed[name], scale=4)
    except (ValueError, Refusal):
        problem = FieldProblem(
            f"/{name}", "not-a-number", gettext_noop("%(value)s is not a plain decimal number."),
            gettext_noop("At most 15 digits before the point and %(scale)s after it."),
            {"value": typed[name], "scale": 4},
        )  # fmt: skip
        raise WrongShape([problem], count=1) from None


def said_whole(refusal: Refusal) -> Problem:
    """A refusal that no field explains."""
    return Problem(
        translated(refusal.detail, refusal.facts) or translated(refusal.title, refusal.facts),
        translated(refusal.hint, refusal.facts),
    )
