"""The page *Reads of personal data*: who was shown whose, for those who audit."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import PersonalRead
from backoffice.access.personal import PERSONAL
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column

SHOWN_IDS = 10
SUBJECTS = {
    "user": _("Person of ours"), "party": _("Client or counterparty"), "contact": _("Contact"),
    "upload": _("Uploaded file"),
    "partyfile": _("File of a party"),
    "fileperson": _("Owner or signatory"),
}  # fmt: skip


class ReadFilter(django_filters.FilterSet):  # type: ignore[misc]
    user = django_filters.CharFilter(field_name="user__username")
    subject = django_filters.ChoiceFilter(
        field_name="subject_type",
        choices=[(each, SUBJECTS[each]) for each in sorted({p.subject for p in PERSONAL.values()})],
    )
    of = django_filters.CharFilter(method="of_one")
    since = django_filters.DateFilter(field_name="recorded_at", lookup_expr="date__gte")

    class Meta:
        model = PersonalRead
        fields: tuple[str, ...] = ()

    def of_one(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Requests that showed the data of this one, by key."""
        if not (value.isascii() and value.isdigit() and len(value) <= 18):
            return rows.none()
        return rows.filter(subject_ids__contains=[int(value)])


def of_whom(row: PersonalRead) -> str:
    ids = ", ".join(map(str, row.subject_ids[:SHOWN_IDS]))
    more = len(row.subject_ids) - SHOWN_IDS
    return f"{ids} (+{more})" if more > 0 else ids


READS = Listing(
    name="personal-reads",
    title=_("Reads of personal data"),
    empty=_("Nobody was shown personal data."),
    rows=lambda user: PersonalRead.objects.select_related("user", "key"),
    filters=ReadFilter,
    fields={
        "user": _("Who"),
        "subject": _("Whose"),
        "of": _("Whose, by number"),
        "since": _("Since"),
    },
    columns=(
        Column(_("When"), "recorded_at", "moment"),
        Column(_("Who"), "user.username"),
        Column(_("By key"), "key", write=lambda row: row.key.label if row.key else ""),
        Column(
            _("Whose"),
            "subject_type",
            write=lambda row: SUBJECTS.get(row.subject_type, row.subject_type),
        ),
        Column(_("Number"), "subject_ids", write=of_whom),
        Column(
            _("Page or operation"),
            "address",
            "code",
            write=lambda row: f"{row.method} {row.address}",
        ),
        Column(_("From where"), "sender", "code"),
    ),
)


class PersonalReadsPage(ListView):
    permission = "access.view_personalread"
    listing = READS
