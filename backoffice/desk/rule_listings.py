"""The list of dated rules, as data."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.lists import Listing
from backoffice.desk.tables import Column
from backoffice.templatetags import desk
from refdata.dated_rules.filters import RuleFilter
from refdata.dated_rules.kinds import KINDS
from refdata.dated_rules.selectors import rules
from refdata.models import DatedRule


def _opens(row: DatedRule) -> str:
    return reverse("rule", args=[str(row)])


def _link(row: DatedRule) -> Any:
    return format_html('<a class="mono" href="{}">{}</a>', _opens(row), row)


def _kind(row: DatedRule) -> Any:
    kind = KINDS.get(row.kind)
    title = kind.title if kind else row.kind
    return format_html('<span title="{}">{}</span>', row.kind, title)


def _until(row: DatedRule) -> Any:
    """The first day on which it no longer computes, and whether another row set it."""
    if row.superseded_from is None:
        return desk.day(row.valid_until)
    return gettext("%(day)s, superseded") % {"day": desk.day(row.superseded_from)}


RULES = Listing(
    name="rules",
    title=_("Dated rules"),
    empty=_("No rule fits. The base data brings those that every installation needs; others are proposed."),
    rows=lambda user: rules(),
    filters=RuleFilter,
    fields={
        "status": _("State"), "kind": _("Kind of rule"), "on": _("In force on"),
        "verification": _("Checked"),
    },
    opens=_opens,
    columns=(
        Column(_("Rule"), "reference", write=_link),
        Column(_("Kind of rule"), "kind", write=_kind),
        Column(_("Scope"), "key", "code"),
        Column(_("State"), "state", "state"),
        Column(_("Checked"), "verification", "state"),
        Column(_("Valid from"), "valid_from", "day"),
        Column(_("Until"), "valid_until", write=_until),
        Column(_("Source"), "source"),
        Column(_("Proposed by"), "proposed_by.username"),
        Column(_("Approved by"), "approved_by.username"),
        Column(_("Checked by"), "verified_by.username", usual=False),
        Column(_("Proposed at"), "proposed_at", "moment", usual=False),
    ),
)  # fmt: skip
