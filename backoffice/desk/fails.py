"""Pages of fails: what fails now, what it costs and who caused it, and the penalties it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.desk.charts import bars
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.naming import OWNER, PLACE, names_of
from backoffice.desk.tables import Column
from backoffice.templatetags import desk
from refdata.firm_days import firm_day
from settlements.fails import ageing, selectors
from settlements.fails.board import AGES, board, trend
from settlements.fails.filters import FailFilter, PenaltyFilter
from settlements.fails.state import Cause
from settlements.fails.statements import selectors as statements
from settlements.models import Settlement

VIEW = "settlements.view_settlement"


def today() -> date:
    return firm_day(timezone.now())


class WholeFilter(django_filters.Filter):  # type: ignore[misc]
    """A whole number; those of the library compare with floats."""

    field_class = forms.IntegerField


class FailsFilter(FailFilter):
    min_age = WholeFilter(method="at_least", min_value=0, max_value=250)
    max_age = WholeFilter(method="at_most", min_value=0, max_value=250)
    owner = django_filters.CharFilter(field_name="owner__code")

    def at_least(self, rows: QuerySet[Settlement], name: str, value: Any) -> QuerySet[Settlement]:
        return ageing.older_than(rows, int(value), on=today())

    def at_most(self, rows: QuerySet[Settlement], name: str, value: Any) -> QuerySet[Settlement]:
        older = ageing.older_than(rows, int(value) + 1, on=today())
        return rows.exclude(pk__in=older.order_by().values("pk"))


def how(row: Settlement) -> ageing.Failing:
    found: ageing.Failing = row.how  # type: ignore[attr-defined]
    return found


def _prepare(rows: Sequence[Settlement], user: User) -> None:
    """How each of a page stands, asked at once."""
    found = ageing.failing(rows, on=today())
    for row in rows:
        row.how = found[row.pk]  # type: ignore[attr-defined]


def _cost(row: Settlement) -> Any:
    if how(row).last_day is None:
        return ""
    url = f"{reverse('penalties')}?settlement={row}"
    return format_html('<a href="{}">{}</a>', url, desk.money(how(row).net, how(row).currency))


def _reason(row: Settlement) -> str:
    return ", ".join(desk.reason_words(reason) for reason in how(row).reasons)


FAILS = Listing(
    name="fails",
    title=_("Fails"),
    empty=_("Nothing fails. What was released and is not settled after its date appears here the next day."),
    rows=lambda user: ageing.fails(visible_to=user, on=today()),
    filters=FailsFilter,
    fields={
        "place": _("Place"), "counterparty": _("Counterparty"), "reason": _("Reason"),
        "min_age": _("Business days late, at least"), "max_age": _("At most"),
    },
    opens=lambda row: reverse("settlement", args=[str(row)]),
    total=("amount", "money_asset__code"),
    prepare=_prepare,
    columns=(
        Column(_("Settlement"), "reference", write=lambda s: link("settlement", s)),
        Column(_("State"), "status", "state"),
        Column(_("Days late"), "how.age", "number"),
        Column(_("Reason"), "how.reasons", write=_reason),
        Column(_("Who acts"), "how.desk", write=lambda s: how(s).desk.label),
        Column(_("Counterparty"), "counterparty", "name"),
        Column(_("Place"), "place", "code"),
        Column(_("Asset"), "asset.code", "code"),
        Column(_("Amount"), "amount", "money", "money_asset.code"),
        Column(_("Cost so far"), "how.net", "money", "how.currency", write=_cost),
        Column(_("A day"), "how.per_day", "money", "how.currency"),
        Column(_("Currency"), "how.currency"),
        Column(_("Caused by"), "how.cause", write=lambda s: Cause(how(s).cause).label),
        Column(_("Settlement date"), "due_date", "day", usual=False),
        Column(_("Quantity"), "quantity", "quantity", usual=False),
        Column(_("Owner"), "owner", "name", usual=False),
        Column(_("Entity"), "entity", "name", usual=False),
    ),
)  # fmt: skip


class Fails(ListView):
    """What fails, what it costs and who caused it; each number leads to what it is made of."""

    permission = VIEW
    template_name = "settlements/fails.html"
    listing = FAILS

    def more(self) -> dict[str, Any]:
        on = today()
        found = board(self.filtered(), on=on)
        here = reverse("fails")
        names = names_of([
            *((PLACE, g.key) for g in found.by_place), *((OWNER, g.key) for g in found.by_counterparty[:10]),
        ])  # fmt: skip
        return {
            "chart": bars(trend(self.user, until=on)), "total": found.total, "more": found.more,
            "groups": [
                (_("Business days late"), [
                    (*_age(int(g.key)), g) for g in found.by_age
                ]),
                (_("Place"), [
                    (names[PLACE, g.key], f"{here}?place={g.key}", g) for g in found.by_place
                ]),
                (_("Counterparty"), [
                    (names[OWNER, g.key], f"{here}?counterparty={g.key}", g)
                    for g in found.by_counterparty[:10]
                ]),
                (_("Caused by"), [
                    (Cause(g.key).label, f"{reverse('penalties')}?cause={g.key}", g)
                    for g in found.by_cause
                ]),
            ],
            "waiting": statements.breaks(visible_to=self.user).filter(state="OPEN").count(),
        }  # fmt: skip


def _age(first: int) -> tuple[str, str]:
    """An age as the days it begins and ends with, and the list of these."""
    url = f"{reverse('fails')}?min_age={first}"
    following = [age for age in AGES if age > first]
    if not following:
        return gettext("%(days)s and more") % {"days": first}, url
    last = following[0] - 1
    return gettext("%(first)s to %(last)s") % {
        "first": first,
        "last": last,
    }, f"{url}&max_age={last}"


def _made_of(row: Any) -> Any:
    if row.price is None:
        return ""
    return f"{desk.quantity(row.price.value)} {row.price.currency}"


PENALTIES = Listing(
    name="penalties",
    title=_("Penalties"),
    empty=_("No penalties fit. The night counts what each fail costs whom, where the place has a scheme."),
    rows=lambda user: selectors.penalties(visible_to=user),
    filters=PenaltyFilter,
    fields={
        "settlement": _("Settlement"), "place": _("Place"), "counterparty": _("Counterparty"),
        "counted_after": _("Counted from"), "counted_before": _("Counted until"), "payer": _("Who pays"),
        "cause": _("Caused by"), "status": _("State"),
    },
    opens=lambda row: reverse("settlement", args=[f"S-{row.settlement_id}"]),
    columns=(
        Column(_("Penalty"), "reference", "code"),
        Column(_("State"), "status", write=lambda p: desk.badge(p.status)),
        Column(_("Settlement"), "settlement", write=lambda p: link("settlement", p.settlement)),
        Column(_("Day"), "day", "day"),
        Column(_("Kind"), "kind", write=lambda p: p.get_kind_display()),
        Column(_("Who pays"), "payer", write=lambda p: p.get_payer_display()),
        Column(_("Quantity"), "quantity", "quantity"),
        Column(_("Price"), "price.value", "price", write=_made_of),
        Column(_("Rate"), "rate", "price"),
        Column(_("Rule"), "rule_id", write=lambda p: desk.ref("rule", p.rule_id) if p.rule_id else ""),
        Column(_("Amount"), "amount", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Caused by"), "cause", write=lambda p: p.get_cause_display()),
        Column(_("Scheme"), "scheme", write=lambda p: p.get_scheme_display(), usual=False),
        Column(_("Counterparty"), "settlement.counterparty", "name", usual=False),
        Column(_("Place"), "settlement.place", "code", usual=False),
        Column(_("Base"), "base", "price", usual=False),
        Column(_("Counted"), "counted_on", "day", usual=False),
        Column(_("Version"), "version", "number", usual=False),
    ),
)  # fmt: skip


class Penalties(ListView):
    permission = VIEW
    listing = PENALTIES
