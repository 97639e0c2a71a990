"""Pages of fees: schedules with what they make of their borders, and what was accrued for which cause."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import Page
from backoffice.desk.deal_words import PRODUCTS
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.naming import OWNER, names_of
from backoffice.desk.tables import Column
from backoffice.templatetags import desk
from expenses.fees import selectors
from expenses.fees.api import cause_of
from expenses.fees.filters import AccrualFilter
from expenses.fees.models import FeeAccrual
from expenses.fees.selectors import Vector
from expenses.fees.state import Cause, FeeSide
from refdata.fee_kinds import Basis
from refdata.firm_days import firm_day
from refdata.models import FeeSchedule

VIEW = "expenses.view_fee"


def _cause(row: FeeAccrual) -> Any:
    reference = cause_of(row)
    words = Cause(row.cause).label
    return words if reference is None else desk.by_reference(reference)


def _amount(row: FeeAccrual) -> Any:
    text = desk.money(row.amount, row.currency)
    if row.reverses_id is None:
        return text
    why = f"FA-{row.reverses_id}, {row.reason}"
    return format_html(
        '<span title="{}">{}</span> <span class="badge">{}</span>', why, text, gettext("taken back")
    )


ACCRUALS = Listing(
    name="fees",
    title=_("Fees"),
    empty=_("No fees fit. The night accrues what deals, settlements and holdings cost."),
    rows=lambda user: selectors.accruals(visible_to=user),
    filters=AccrualFilter,
    fields={
        "month": _("Month"), "party": _("Party"), "side": _("Who pays"),
        "kind": _("Kind"), "cause": _("For what"),
    },
    total=("amount", "currency"),
    columns=(
        Column(_("Accrual"), "reference"),
        Column(_("Accrued on"), "accrued_on", "day"),
        Column(_("Who pays"), "side", write=lambda a: a.get_side_display()),
        Column(_("Party"), "party", "name"),
        Column(_("Kind"), "kind", "code"),
        Column(_("For what"), "cause", write=_cause),
        Column(_("Counted on"), "measure", "quantity"),
        Column(_("Net"), "net", "money", "currency", usual=False),
        Column(_("VAT"), "vat", "money", "currency"),
        Column(_("Amount"), "amount", "money", "currency", write=_amount),
        Column(_("Currency"), "currency"),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("Schedule"), "schedule", usual=False, write=lambda a: desk.ref("feeschedule", a.schedule_id)
               if a.schedule_id else ""),
    ),
)  # fmt: skip


class Fees(ListView):
    """What was accrued, and what all of the filter comes to."""

    permission = VIEW
    template_name = "expenses/fees.html"
    listing = ACCRUALS

    def more(self) -> dict[str, Any]:
        totals = selectors.totals(self.filtered())
        names = names_of((OWNER, each["party__code"]) for each in totals)
        return {
            "totals": [(each, names[OWNER, each["party__code"]]) for each in totals],
            "sides": dict(FeeSide.choices),
            "waiting": selectors.breaks(visible_to=self.user).filter(state="OPEN").count(),
        }  # fmt: skip


PAYERS = {"US": _("We"), "CLIENT": _("The client"), "COUNTERPARTY": _("The counterparty")}


def percent(share: Decimal) -> str:
    return f"{desk.quantity(share * 100)}\u00a0%"


class Shown:
    """A schedule as the page writes it: for what, how it is counted, and its vectors."""

    def __init__(self, row: FeeSchedule) -> None:
        self.row = row
        self.vectors: Sequence[Vector] = selectors.vectors_of(row)

    @property
    def for_what(self) -> str:
        """The keys of the schedule that are not empty."""
        row = self.row
        named = [
            str(PRODUCTS.get(row.product, row.product)), row.market,
            str(row.get_capacity_display()) if row.capacity else "",
            desk.name(row.place) if row.place else "",
            desk.name(row.counterparty) if row.counterparty else "",
        ]  # fmt: skip
        return ", ".join(filter(None, named)) or gettext("everything")

    @property
    def payer(self) -> Any:
        return PAYERS.get(self.row.payer, self.row.payer)

    @property
    def tiers(self) -> list[tuple[Decimal, str]]:
        """From where on which rate holds."""
        row = self.row
        steps = [(Decimal(0), row.rate), *zip(row.tier_from, row.tier_rates, strict=True)]
        return [(begins, self.rate(rate)) for begins, rate in steps]

    def rate(self, rate: Decimal) -> str:
        """A share of money in percent, an amount for each of anything else."""
        if self.row.basis in (Basis.NOTIONAL, Basis.ASSETS):
            return percent(rate)
        return f"{desk.quantity(rate)} {self.row.currency}"

    @property
    def rebates(self) -> list[tuple[Decimal, str]]:
        shares = zip(self.row.rebate_from, self.row.rebate_shares, strict=True)
        return [(begins, percent(share)) for begins, share in shares]

    @property
    def url(self) -> str:
        return reverse("reference-row", args=[f"feeschedule-{self.row.pk}"])


class FeeSchedules(Page):
    """Every schedule in force or to come, with its borders worked out: what is proposed is looked at by them."""

    permission = "refdata.view_refdata"
    template_name = "expenses/schedules.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = firm_day(timezone.now())
        rows = selectors.schedules(visible_to=self.user, on=today)
        return {"schedules": [Shown(row) for row in rows], "today": today}


def about_words(about: str) -> SafeString | str:
    """What a line or a difference is for: a reference that leads on, a kind, or theirs."""
    if about.startswith("#"):
        return about[1:]
    if about.startswith("?"):
        return format_html(
            '<span class="mono">{}</span> <span class="badge warn">{}</span>',
            about[1:],
            gettext("not known"),
        )
    return desk.by_reference(about)
