"""The lists of the close: business days, months and years, valuations."""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from backoffice.desk.cells import dated
from backoffice.desk.lists import Listing, opens
from backoffice.desk.tables import Column
from backoffice.templatetags import desk
from ledger import day_selectors, period_selectors
from ledger.filters import BusinessDayFilter, BusinessPeriodFilter, ValuationFilter

DAYS = Listing(
    name="days",
    title=_("Close"),
    empty=_("No business day yet. The first one is opened with the books of an entity."),
    rows=lambda user: day_selectors.days(visible_to=user),
    filters=BusinessDayFilter,
    fields={"status": _("State"), "entity": _("Entity")},
    opens=opens("business-day"),
    columns=(
        Column(_("Day"), "day", write=lambda d: format_html(
            '<a href="{}">{}</a>', reverse("business-day", args=[str(d)]), desk.day(d.day))),
        Column(_("Entity"), "entity", "name"),
        Column(_("State"), "state", "state"),
        Column(_("Cut-off"), "cut_off_at", "moment"),
        Column(_("Final from"), "final_from_at", "moment"),
        Column(_("Sealed at event"), "sealed_number", "number"),
    ),
)  # fmt: skip


PERIODS = Listing(
    name="periods",
    title=_("Months and years"),
    empty=_("No month yet. A month and a year begin with the first business day in them."),
    rows=lambda user: period_selectors.periods(visible_to=user),
    filters=BusinessPeriodFilter,
    fields={"status": _("State"), "kind": _("Kind"), "entity": _("Entity")},
    opens=opens("period"),
    columns=(
        Column(_("Period"), "first_day", write=lambda p: format_html(
            '<a href="{}">{}</a>', reverse("period", args=[str(p)]), p.name)),
        Column(_("Entity"), "entity", "name"),
        Column(_("Kind"), "kind", "state"),
        Column(_("State"), "state", "state"),
        Column(_("Until"), "last_day", "day"),
        Column(_("Sealed at event"), "sealed_number", "number"),
    ),
)  # fmt: skip


VALUATIONS = Listing(
    name="valuations",
    title=_("Valuation at the close"),
    empty=_("Nothing was valued. A night values every position of its entity by the stored prices and rates."),
    rows=lambda user: day_selectors.valuations(visible_to=user),
    filters=ValuationFilter,
    fields={
        "entity": _("Entity"), "day": _("Day"), "stage": _("Stage"), "owner": _("Owner"),
        "asset": _("Asset"), "stale": _("Stale price or rate"),
    },
    total=("base_value", "base_currency"),
    columns=(
        Column(_("Day"), "night.day.day", "day", usual=False),
        Column(_("Stage"), "night.stage", usual=False, write=lambda v: v.night.get_stage_display()),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("Owner"), "owner", "name"),
        Column(_("Asset"), "asset", "name"),
        Column(_("Settled"), "settled", "quantity"),
        Column(_("Not settled"), "unsettled", "quantity"),
        Column(_("Price"), "price", "price"),
        Column(_("Price date"), "price_date", write=lambda v: dated(v.price_date, stale=v.price_stale)),
        Column(_("Price source"), "price_source", usual=False),
        Column(_("Value"), "value", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Rate"), "rate", "price"),
        Column(_("Rate date"), "rate_date", write=lambda v: dated(v.rate_date, stale=v.rate_stale)),
        Column(_("Made of"), "rate_names", "code", usual=False),
        Column(_("In base currency"), "base_value", "money", "base_currency"),
        Column(_("Base currency"), "base_currency"),
    ),
)  # fmt: skip
