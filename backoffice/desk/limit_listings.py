"""The lists of limits and of what went beyond them, as data."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.desk.lists import Listing
from backoffice.desk.tables import Column
from backoffice.templatetags import desk
from limits import selectors as limiting
from limits.filters import BreachFilter, LimitFilter, OpeningFilter
from limits.models import Breach

NEARLY_FULL = 80  # per cent from which a limit is told to be nearly full


def shares(limit: Any) -> dict[str, Any]:
    """How full a limit is, in per cent of what it allows, as a bar and in words."""
    allowed, taken = limit.cap + limit.in_force, limit.used + limit.reserved
    whole = max(allowed, taken, Decimal(1))
    return {
        "limit": limit,
        "available": limiting.available(limit),
        "used": int(min(limit.used, allowed) * 100 / whole),
        "held": int(limit.reserved * 100 / whole),
        "over": int(max(limit.used - allowed, Decimal(0)) * 100 / whole),
        "full": int(taken * 100 / max(allowed, Decimal(1))),
        "words": _fullness(taken, allowed),
    }


def _fullness(taken: Decimal, allowed: Decimal) -> tuple[str, Any]:
    """A tone and the word for it: the colour never stands alone."""
    if taken > allowed:
        return "bad", _("Exceeded")
    if taken and taken * 100 >= allowed * NEARLY_FULL:
        return "warn", _("Nearly full")
    return "good", _("Within the limit")


def _bar(limit: Any) -> Any:
    part = shares(limit)
    tone, word = part["words"]
    return format_html(
        '<span class="filled"><span class="bar" aria-hidden="true"><i style="width:{}%"></i><i class="held"'
        ' style="width:{}%"></i><i class="over" style="width:{}%"></i></span>{}&nbsp;%</span>'
        ' <span class="badge {}">{}</span>',
        part["used"], part["held"], part["over"], desk.quantity(part["full"]), tone, word,
    )  # fmt: skip


def _add_available(rows: Sequence[Any], user: User) -> None:
    for row in rows:
        row.available = limiting.available(row)


LIMITS = Listing(
    name="limits",
    title=_("Limits"),
    empty=_("No limit fits. Risk proposes new ones, and the manager approves them."),
    rows=lambda user: limiting.limits_at(timezone.now(), visible_to=user),
    filters=LimitFilter,
    fields={"status": _("State"), "kind": _("Kind")},
    start={"status": "OPEN"},
    opens=lambda limit: reverse("limit", args=[f"L-{limit.pk}"]),
    columns=(
        Column(_("Limit"), "name", write=lambda x: format_html(
            '<a href="{}">{}</a>', reverse("limit", args=[f"L-{x.pk}"]), x.name)),
        Column(_("Kind"), "kind", "label"),
        Column(_("Entity"), "entity.code"),
        Column(_("Filled"), "filled", "bar", write=_bar, value=lambda x: shares(x)["full"]),
        Column(_("Cap"), "cap", "money", "currency"),
        Column(_("Used"), "used", "money", "currency"),
        Column(_("Reserved"), "reserved", "money", "currency"),
        Column(_("Available"), "available", "money", "currency"),
        Column(_("Excess"), "excess", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Override"), "in_force", "money", "currency", usual=False),
        Column(_("Closed"), "closed_at", "moment", usual=False),
    ),
    prepare=_add_available,
)  # fmt: skip

OPENINGS = Listing(
    name="openings",
    title=_("New limits"),
    empty=_("No new limit was proposed. Risk proposes one from the list of limits."),
    rows=lambda user: limiting.openings(visible_to=user),
    filters=OpeningFilter,
    fields={"status": _("State")},
    opens=lambda row: reverse("opening", args=[row]),
    columns=(
        Column(_("Proposal"), "reference", write=lambda x: format_html(
            '<a class="mono" href="{}">{}</a>', reverse("opening", args=[x]), x)),
        Column(_("Limit"), "name"),
        Column(_("Kind"), "kind", "label"),
        Column(_("Entity"), "entity.code"),
        Column(_("State"), "state", "state"),
        Column(_("Cap"), "amount", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("From"), "valid_from", "moment"),
        Column(_("Proposed by"), "proposed_by.username"),
        Column(_("Approved by"), "approved_by.username"),
    ),
)  # fmt: skip

BREACHES = Listing(
    name="breaches",
    title=_("Limit breaches"),
    empty=_("No limit is exceeded. What goes beyond one would appear here, with its cause."),
    rows=lambda user: limiting.breaches(visible_to=user),
    filters=BreachFilter,
    fields={"status": _("State")},
    start={"status": "LIVE"},
    opens=lambda breach: reverse("breach", args=[breach]),
    columns=(
        Column(_("Breach"), "reference", "code"),
        Column(_("Limit"), "limit.name", write=lambda b: format_html(
            '<a href="{}">{}</a>', reverse("limit", args=[f"L-{b.limit_id}"]), b.limit.name)),
        Column(_("State"), "state", "state"),
        Column(_("Beyond the limit"), "amount", "money", "limit.currency"),
        Column(_("Excess now"), "limit.excess", "money", "limit.currency"),
        Column(_("Currency"), "limit.currency"),
        Column(_("Why"), "cause", write=lambda b: format_html(
            "{} {}", b.get_cause_display(), desk.ref(b.source_type, b.source_id))),
        Column(_("Since"), "opened_at", "moment"),
        Column(_("Owner"), "owner.username"),
        Column(_("Ended"), "closed_at", "moment"),
        Column(_("Next step"), "pk", write=lambda b: _next_step(b)),
    ),
)  # fmt: skip


def _next_step(breach: Breach) -> Any:
    """What risk does next about it: says why, then has it covered or waits until it is cured."""
    words = {
        "OPEN": gettext("Say why"), "EXPLAINED": gettext("Override it, or see it cured"),
    }  # fmt: skip
    return words.get(breach.state, "")
