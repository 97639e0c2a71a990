"""The page on which a deal is typed in: the same Struct and the same capture as over REST."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, get_args

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View

from backoffice.access.models import User
from backoffice.access.permissions import PermissionRequired
from backoffice.access.problems import translated
from backoffice.desk.confirmations import prefilled
from backoffice.desk.deal_words import PAID, PRICE_KINDS, PRODUCTS, REPAID, SIDES, STUBS
from backoffice.desk.inputs import Input, Problem, filled, said_of
from backoffice.desk.would_pass import would_pass
from backoffice.kernel.errors import FieldProblem, Refusal
from deals.capturing.answers import render_captured
from deals.capturing.candidates import RequestKey
from deals.capturing.capture import capture_deals
from deals.capturing.intake import ForRepair, candidate_of, store_for_repair
from deals.capturing.schema import terms_of
from deals.confirming.selectors import confirmation
from deals.products.money_market import DayCount
from refdata.firm_days import FIRM_ZONE
from refdata.scopes import books_seen_by
from refdata.selectors import reference_data

IN_SECURITIES = "equity bond repo individual_purchase"
IN_PAIRS, OF_MONEY = "fx_spot fx_forward fx_swap", "deposit loan"
DAY_COUNTS = tuple((name, name) for name in get_args(DayCount))
# The order in which a dealer says it; what one product alone has is left out for another.
INPUTS: tuple[Input, ...] = (
    Input(name="product", title=_("Product"), choices=tuple(PRODUCTS.items())),
    Input(name="side", title=_("Side"), choices=tuple(SIDES.items())),
    Input(name="pair", title=_("Currency pair, such as EUR/USD"), offers="pairs", only=IN_PAIRS),
    Input(name="instrument", title=_("Instrument"), offers="instruments", only=IN_SECURITIES),
    Input(name="quantity", title=_("Quantity"), kind="number"),
    Input(
        name="price", title=_("Price (of a bond in percent)"), kind="number",
        only=f"{IN_SECURITIES} {IN_PAIRS}",
    ),
    Input(name="price_kind", title=_("Price kind"), only="bond repo", choices=tuple(PRICE_KINDS.items())),
    Input(name="rate", title=_("Rate a year (0.155 is 15.5 %)"), kind="number", only=f"{OF_MONEY} repo"),
    Input(name="day_count", title=_("Day count"), only=f"{OF_MONEY} repo", choices=DAY_COUNTS),
    Input(name="interest", title=_("Interest is paid"), only=OF_MONEY, choices=tuple(PAID.items())),
    Input(name="stub", title=_("Odd period"), only=OF_MONEY, choices=tuple(STUBS.items())),
    Input(name="repaid", title=_("Principal is repaid"), only="loan", choices=tuple(REPAID.items())),
    Input(name="haircut", title=_("Haircut (0.15 is 15 %)"), kind="number", only="repo"),
    Input(name="far_price", title=_("Far price"), kind="number", only="fx_swap"),
    Input(name="currency", title=_("Currency"), only=f"{IN_SECURITIES} {OF_MONEY}"),
    Input(name="counterparty", title=_("Counterparty"), offers="parties"),
    Input(name="book", title=_("Book"), offers="books"),
    Input(name="traded_at", title=_("Dealt at (firm's time)"), kind="datetime-local"),
    Input(
        name="settlement.method", title=_("Method"), only="equity bond",
        choices=(("DVP", _("Delivery against payment")), ("FOP", _("Free of payment"))),
    ),
    Input(
        name="settlement.date", title=_("Settlement date (empty: by the market's cycle)"), kind="date"
    ),
    Input(
        name="tenor", title=_("Tenor, such as 1W or 3M, or a date"), only=f"fx_forward fx_swap {OF_MONEY} repo"
    ),
    Input(name="far_date", title=_("Far date"), kind="date", only=f"fx_swap {OF_MONEY} repo"),
    Input(
        name="payment_date", title=_("Payment date (empty: with the delivery)"), kind="date",
        only="individual_purchase",
    ),
    Input(
        name="seller_cost", title=_("What the seller paid, as documents show"), kind="number",
        only="individual_purchase",
    ),
    Input(
        name="stage", title=_("Stage"),
        choices=(("proposed", _("Proposed")), ("executed", _("Executed"))),
    ),
    Input(
        name="capacity", title=_("Capacity"),
        choices=(("OWN", _("Own")), ("CLIENT", _("Client")), ("AGENT", _("Agent"))),
    ),
    Input(name="client", title=_("Client"), offers="parties"),
    Input(name="account", title=_("Client's account")),
    Input(name="external_ref", title=_("External reference")),
)  # fmt: skip
FIRST_SIDES = dict.fromkeys(OF_MONEY.split(), "place")
ONLY = {each.name: each.only for each in INPUTS if each.only}


class NewDeal(PermissionRequired, View):
    permission = "deals.capture_deal"

    def get(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now().astimezone(FIRM_ZONE)
        start = {
            "external_ref": f"VOICE-{now:%y%m%d}-{secrets.token_hex(3)}",
            "traded_at": f"{now:%Y-%m-%dT%H:%M}", "currency": "RUB", "side": "buy",
            "product": "equity",
        }  # fmt: skip
        product = request.GET.get("product", "")
        if product in PRODUCTS:
            start |= {"product": product, "side": FIRST_SIDES.get(product, "buy")}
        assert isinstance(request.user, User)
        told = request.GET.get("confirmation", "")
        if told:
            start |= prefilled(confirmation(told, visible_to=request.user))
        return self.show(request, start, secrets.token_hex(16))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Capture once however often the form is sent; every problem stays beside its field."""
        typed = {each.name: request.POST.get(each.name, "").strip() for each in INPUTS}
        key = request.POST.get("key", "")[:64] or secrets.token_hex(16)
        try:
            return HttpResponseRedirect(self.capture(request, typed, key))
        except Refusal as refusal:
            return self.show(request, typed, key, refusal)

    def capture(self, request: HttpRequest, typed: Mapping[str, str], key: str) -> str:
        assert isinstance(request.user, User)
        at = timezone.now()
        digest = hashlib.sha256(repr(sorted(typed.items())).encode()).digest()
        try:
            candidate = candidate_of(
                terms_of(document_of(typed)), actor=request.user, at=at,
                key=RequestKey(f"page:{key}", digest),
            )  # fmt: skip
        except ForRepair as waiting:
            row = store_for_repair(waiting, actor=request.user, at=at)
            messages.warning(request, gettext("The deal waits in the repair queue."))
            return reverse("inbound", args=[str(row)])
        (outcome,) = capture_deals([candidate], render=render_captured)
        if outcome.refusal is not None:
            raise outcome.refusal
        assert outcome.answer is not None
        return reverse("deal", args=[outcome.answer.location.rstrip("/").rpartition("/")[2]])

    def show(
        self,
        request: HttpRequest,
        typed: Mapping[str, str],
        key: str,
        refusal: Refusal | None = None,
    ) -> HttpResponse:
        assert isinstance(request.user, User)
        problems = beside_fields(refusal.problems if refusal else ())
        inputs = filled(INPUTS, typed, problems)
        named = {each.name for each in INPUTS}
        context = {
            "inputs": inputs, "key": key, "refusal": described(refusal),
            "would_pass": would_pass(refusal, document_of(typed), request.user),
            "others": [p for name, rest in problems.items() if name not in named for p in rest],
            "lists": offered(request.user),
        }  # fmt: skip
        return render(request, "deals/new.html", context, status=422 if refusal else 200)


def offered(user: User) -> dict[str, list[tuple[str, str]]]:
    """The codes that inputs offer while somebody types."""
    reference = reference_data()
    return {
        "pairs": [(f"{row.base}/{row.quote}", "") for row in reference.pairs],
        "books": [(code, "") for code in books_seen_by(user)],
        "parties": sorted({p.code: p.name for p in reference.parties.values()}.items()),
        "instruments": sorted({i.code: i.name for i in reference.instruments.values()}.items()),
    }


def document_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed as the document of a deal; empty fields are absent members.

    An FX deal is in the second currency of its pair: that is not typed twice.
    """
    product = typed.get("product") or "equity"
    document: dict[str, Any] = {"product": product, "origin": "VOICE"}
    if product in IN_PAIRS.split():
        document["currency"] = typed.get("pair", "").partition("/")[2]
    for name, value in typed.items():
        if value == "" or product not in ONLY.get(name, product).split():
            continue
        outer, _dot, inner = name.partition(".")
        if inner:
            document.setdefault(outer, {})[inner] = value
        else:
            document[outer] = value
    if "traded_at" in document:
        document["traded_at"] = with_offset(document["traded_at"])
    return document


def with_offset(text: str) -> str:
    """The browser's local time is the firm's; anything else stays as typed and is refused by the rules."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=FIRM_ZONE).isoformat()
    except ValueError:
        return text


def beside_fields(found: Iterable[FieldProblem]) -> dict[str, list[Problem]]:
    """Problems by the name of the field that their pointer names."""
    problems: dict[str, list[Problem]] = {}
    for each in found:
        name = each.pointer.strip("/").replace("/", ".")
        problems.setdefault(name, []).append(said_of(each))
    return problems


def described(refusal: Refusal | None) -> dict[str, str] | None:
    if refusal is None:
        return None
    detail = translated(refusal.detail, refusal.facts)
    return {
        "title": translated(refusal.title, refusal.facts), "detail": detail,
        "hint": translated(refusal.hint, refusal.facts),
    }  # fmt: skip
