"""Who read whose personal data: which data that is, and one row for each request that showed any.

What is personal is the table below. Whatever shows such rows notes them where it reads them, lists
and administration by themselves; outside of a request nothing is noted. The rows are written when
the answer is made: an answer that could not be noted does not leave. The address alone says what
for; what was typed into it may name people and is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from backoffice.access.authentication import sender_of
from backoffice.access.models import User

MOST_OF_A_REQUEST = 100_000


@dataclass(frozen=True, slots=True)
class Personal:
    """Whose data a row of a model is: the subject, the path to their key, which fields, and when.

    `when` is a path and the value that makes a row personal: organisations are not.
    """

    subject: str
    key: str
    fields: tuple[str, ...]
    when: tuple[str, str] | None = None


PERSONAL: dict[str, Personal] = {
    "access.user": Personal("user", "pk", ("first_name", "last_name", "email")),
    "refdata.party": Personal("party", "pk", ("name", "name_ru"), ("kind", "INDIVIDUAL")),
    "refdata.partyidentifier": Personal(
        "party", "party_id", ("value",), ("party.kind", "INDIVIDUAL")
    ),
    "refdata.individualdetails": Personal(
        "party",
        "party_id",
        (
            "birth_date",
            "identity_kind",
            "identity_number",
            "identity_issued_by",
            "identity_issued_on",
            "address",
            "address_en",
            "bank_name",
            "bank_name_en",
            "bank_bik",
            "bank_correspondent",
            "bank_account",
        ),
    ),
    "refdata.partycontact": Personal("contact", "pk", ("name", "position", "phone")),
    "refdata.callback": Personal("contact", "contact_id", ("phone", "note")),
    "onboarding.partyfile": Personal(
        "partyfile",
        "pk",
        ("name", "name_ru", "identity", "details", "contact"),
        ("kind", "INDIVIDUAL"),
    ),
    "onboarding.fileperson": Personal(
        "fileperson",
        "pk",
        ("name", "name_ru", "birth_date", "value", "signs_as"),
        ("kind", "INDIVIDUAL"),
    ),
    "refdata.upload": Personal("upload", "pk", ("name", "preview", "outcome")),
}

# What the request of this thread has shown so far: kind of subject, keys. None outside of requests.
_noted: ContextVar[dict[str, set[int]] | None] = ContextVar("personal_reads", default=None)

_WRITE = """
INSERT INTO access_personalread (user_id, key_id, method, address, sender, subject_type, subject_ids)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


def note_read(rows: Iterable[Any]) -> None:
    """The rows are shown in the answer; those that are not personal are passed over."""
    noted = _noted.get()
    if noted is None:
        return
    for row in rows:
        personal = PERSONAL.get(row._meta.label_lower) if isinstance(row, Model) else None
        if personal is not None and _is_personal(personal, row):
            noted.setdefault(personal.subject, set()).add(int(_at(row, personal.key)))


def note_ids(label: str, ids: Iterable[int]) -> None:
    """The same for rows that are known by their keys alone."""
    wanted = list(ids)
    if wanted:
        note_all(apps.get_model(label)._default_manager.filter(pk__in=wanted))


def note_all(rows: QuerySet[Any]) -> None:
    """All of a set of rows, such as those of a file: one question, which of them are personal."""
    noted, personal = _noted.get(), PERSONAL.get(rows.model._meta.label_lower)
    if noted is None or personal is None:
        return
    if personal.when is not None:
        path, value = personal.when
        rows = rows.filter(**{path.replace(".", "__"): value})
    found = rows.order_by().values_list(personal.key, flat=True)[:MOST_OF_A_REQUEST]
    noted.setdefault(personal.subject, set()).update(found)


def _is_personal(personal: Personal, row: Model) -> bool:
    return personal.when is None or str(_at(row, personal.when[0])) == personal.when[1]


def _at(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = getattr(row, name)
    return row


class PersonalReads:
    """Writes what the views of a request noted; sees by itself what administration shows."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        noted: dict[str, set[int]] = {}
        before = _noted.set(noted)
        try:
            response = self.get_response(request)
        finally:
            _noted.reset(before)
        if noted and response.status_code < 400:
            write_reads(request, noted)
        return response

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        """Administration: the rows of a list, the thing of a page, and what hangs on it."""
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            note_read(shown["cl"].result_list)
        if isinstance(shown.get("original"), Model):
            note_read([shown["original"]])
        for inline in shown.get("inline_admin_formsets") or ():
            note_read(form.instance for form in inline.formset.initial_forms)
        return response


def write_reads(request: HttpRequest, noted: dict[str, set[int]]) -> None:
    """One row for each kind of subject, in the transaction of nobody else."""
    user, key = request.user, getattr(request, "auth", None)
    if not isinstance(user, User):
        return  # nobody is shown personal data without having signed in
    key_id = getattr(key, "key_id", None)
    with connection.cursor() as cursor:
        for subject, ids in sorted(noted.items()):
            if ids:
                cursor.execute(
                    _WRITE,
                    [user.pk, key_id, request.method, request.path[:300], sender_of(request)[:45],
                     subject, sorted(ids)],
                )  # fmt: skip


def prepare_months(first: date, *, months: int = 3) -> None:
    """Make sure that reads of the coming months have their partitions."""
    with connection.cursor() as cursor:
        for number in range(months):
            year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
            cursor.execute("SELECT access_prepare_month(%s)", [date(year, month + 1, 1)])


def forget_months(before: date) -> list[str]:
    """Drop the partitions of all months before that of the date; their names."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'access_personalread'::regclass AND c.relname ~ '_[0-9]{6}$'"
            " ORDER BY c.relname"
        )
        names = [name for (name,) in cursor.fetchall() if name[-6:] < f"{before:%Y%m}"]
        for name in names:
            cursor.execute(f'DROP TABLE "{name}"')
    return names
