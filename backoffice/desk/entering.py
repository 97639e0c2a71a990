"""Help while a deal is typed: what is wrong so far beside its field, what it would be, and what is like it.

Nothing is written: the deal is checked as its capture would check it. What is not typed yet is not asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import View

from backoffice.access.models import User
from backoffice.access.permissions import PermissionRequired
from backoffice.desk.inputs import Input, Problem, filled
from backoffice.desk.new_deal import INPUTS, beside_fields, document_of
from backoffice.kernel.errors import FieldProblem, Refusal
from deals.capturing.candidates import Candidate
from deals.capturing.intake import ForRepair
from deals.capturing.schema import terms_of
from deals.entering.rules import Dealt, Typed, Unusual, last_alike, same_as, unusual
from deals.entering.selectors import latest_with
from deals.exposing.asking import Asked, Use

# What the last deal alike offers for inputs that are empty, by their names.
OFFERED: Mapping[str, str] = {
    "book": "book", "currency": "currency", "settlement.method": "method", "capacity": "capacity",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """What is said beside the form: the deal as it would be, its limits, and deals with the same party."""

    candidate: Candidate | None = None
    uses: Sequence[Use] = ()
    problems: Sequence[Problem] = ()  # of no single field
    same: Dealt | None = None
    unusual: Unusual | None = None
    last: Dealt | None = None
    offers: str = ""  # what it had for inputs that are empty, as a script reads it


class HelpWithDeal(PermissionRequired, View):
    permission = "deals.capture_deal"

    def post(self, request: HttpRequest) -> HttpResponse:
        """What can be said of what is typed so far; fields in which nothing is typed are left in peace."""
        assert isinstance(request.user, User)
        typed = {each.name: request.POST.get(each.name, "").strip() for each in INPUTS}
        candidate, uses, found = _checked(typed, request.user)
        problems = beside_fields(found)
        help = _helped(typed, candidate, request.user)
        return render(request, "deals/entering.html", {
            "inputs": said_of_typed(INPUTS, typed, problems),
            "help": replace(
                help, candidate=candidate, uses=uses, problems=problems.get("", ()),
            ),
        })  # fmt: skip


def said_of_typed(
    inputs: Sequence[Input], typed: Mapping[str, str], problems: Mapping[str, Sequence[Problem]]
) -> list[Input]:
    """The inputs with the problems of those in which something stands."""
    there = {name: found for name, found in problems.items() if typed.get(name)}
    return filled(inputs, typed, there)


def _checked(
    typed: Mapping[str, str], user: User
) -> tuple[Candidate | None, Sequence[Use], Sequence[FieldProblem]]:
    """The deal as it would be captured with the limits that it needs; or what stands in its way."""
    asked = Asked(user, timezone.now())
    try:
        terms = terms_of(document_of(typed))
        return asked.tried(terms), asked.uses(terms), ()
    except ForRepair as waiting:
        return None, (), waiting.problems
    except Refusal as refusal:
        return None, (), refusal.problems


def _helped(typed: Mapping[str, str], candidate: Candidate | None, user: User) -> Help:
    if not typed["counterparty"]:
        return Help()
    dealt = latest_with(typed["counterparty"], visible_to=user)
    said = _said(typed, candidate)
    last = last_alike(said, dealt)
    offers = {
        name: str(getattr(last, member)) for name, member in OFFERED.items() if last and not typed[name]
    }  # fmt: skip
    return Help(
        same=same_as(said, dealt),
        unusual=unusual(said, dealt),
        last=last,
        offers=json.dumps(offers) if offers else "",
    )


def _said(typed: Mapping[str, str], candidate: Candidate | None) -> Typed:
    found = Typed(
        typed["product"] or "equity", typed["side"], typed["instrument"], typed["pair"], typed["currency"],
        _number(typed["quantity"]), _number(typed["price"]),
    )  # fmt: skip
    if candidate is None:
        return found
    deal = candidate.deal
    return found._replace(
        currency=deal.currency.code, quantity=deal.quantity, price=deal.price, gross=deal.amounts.gross,
        trade_date=deal.trade_date,
    )  # fmt: skip


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
