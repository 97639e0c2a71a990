"""How old a list of sanctions may be: beyond it no payment leaves, until a newer one is loaded.

Whoever was added to a list since it was brought is not looked for. The age counts from the day of the
source, which moves with every file that is brought, whether or not an entry of it has changed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, NamedTuple

import msgspec
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.models import WorkItem
from backoffice.workflow.services import NewItem, close_items, open_items
from refdata.dated_rules.kinds import RuleKind, declare
from refdata.models import SanctionsVersion
from refdata.selectors import reference_data

Days = Annotated[int, msgspec.Meta(ge=0, le=3650)]
OLD, SUBJECT = "list-too-old", "rule"


class ListAge(Struct, frozen=True, forbid_unknown_fields=True):
    """How many calendar days old a list may be; None: any age. `lists` have bounds of their own."""

    days: Days | None = None
    lists: dict[str, Days] = {}

    def of(self, code: str) -> int | None:
        return self.lists.get(code, self.days)


class Aged(Struct, frozen=True, forbid_unknown_fields=True):
    list: str
    days: int


def is_too_old(rule: ListAge, aged: Aged) -> bool:
    most = rule.of(aged.list)
    return most is not None and aged.days > most


LIST_AGE: RuleKind[ListAge] = RuleKind(
    name="screening.list_age", title=_("Screening: how many days old a list may be"),
    value=ListAge, given=Aged, found=bool, compute=is_too_old,
)  # fmt: skip

declare(LIST_AGE)


class ListTooOld(Conflict):
    code = "sanctions-list-old"
    title = gettext_noop("A list of sanctions is too old")
    detail = gettext_noop(
        "%(version)s is of %(dated)s, %(days)s days old; at most %(most)s are allowed."
    )
    hint = gettext_noop(
        "Have an administrator load the list of today under Reference data, Upload a file."
    )


class OldList(NamedTuple):
    """A version in use that is older than it may be."""

    id: int
    version: str
    dated: date
    days: int
    most: int

    @property
    def refusal(self) -> ListTooOld:
        return ListTooOld(
            version=self.version, dated=self.dated.isoformat(), days=self.days, most=self.most
        )


def old_lists(on: date) -> list[OldList]:
    """The lists in use that are too old on a day; asks nothing where no age is bounded."""
    rule = reference_data().rules.find(LIST_AGE, on)
    if rule is None or (rule.days is None and not rule.lists):
        return []
    found = []
    rows = SanctionsVersion.objects.order_by("list_code", "-number").distinct("list_code")
    for row in rows:
        days, most = (on - row.source_date).days, rule.of(row.list_code)
        if most is not None and days > most:
            found.append(OldList(row.pk, str(row), row.source_date, days, most))
    return found


def require_young_lists(on: date) -> None:
    """Raises ListTooOld."""
    for each in old_lists(on):
        raise each.refusal


def tell_old_lists(*, today: date, at: datetime) -> int:
    """Open work for an administrator, about the rule, while lists are too old; how many are.

    Another list that grows too old makes another item of it. Running twice does nothing.
    """
    old = old_lists(today)
    row = reference_data().rules.row_of(LIST_AGE, today)
    reason = ", ".join(f"{each.version} ({each.dated.isoformat()})" for each in old)[:500]
    open_now = WorkItem.objects.filter(kind=OLD, closed_at=None).exclude(reason=reason)
    over = list(open_now.values_list("subject_id", flat=True))
    close_items(subject_type=SUBJECT, subject_ids=over, kinds=[OLD], at=at)
    if row is not None and old:
        item = NewItem(
            kind=OLD, queue="admin", subject_type=SUBJECT, subject_id=row.id, reason=reason
        )
        open_items([item], at=at)
    return len(old)
