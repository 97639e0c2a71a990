"""What happens to agreements beside the changes that two people make: numbers, and the end in sight."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from backoffice.workflow.services import NewItem, close_items, open_items
from refdata.agreements.rule_kinds import NOTICE
from refdata.models import Agreement
from refdata.selectors import reference_data

SUBJECT = "agreement"
ENDING, ENDING_OPINION = "ending-agreement", "ending-opinion"
PATTERN = "A-{year}/{serial:05d}"
KNOWN_PRODUCTS: set[str] = set()  # what can be dealt; the app that knows adds them when it is ready

_DRAW = """
INSERT INTO refdata_agreementseries AS s (entity_id, year, last) VALUES (%s, %s, 1)
    ON CONFLICT (entity_id, year) DO UPDATE SET last = s.last + 1
RETURNING last
"""
# What ends within the days of notice: agreements, and the opinions that their netting stands on.
_ENDING = """
SELECT id, entity_id, number, valid_until, %(agreement)s FROM refdata_agreement
 WHERE valid_until > %(today)s AND valid_until <= %(until)s
UNION ALL
SELECT id, entity_id, number, netting_until, %(opinion)s FROM refdata_agreement
 WHERE netting AND netting_until > %(today)s AND netting_until <= %(until)s
   AND (valid_until IS NULL OR valid_until > netting_until)
 ORDER BY 1
"""
_WAITING = """
SELECT kind, subject_id, reason FROM workflow_workitem
 WHERE kind = ANY(%s) AND subject_type = %s AND closed_at IS NULL
"""


def check_agreement(row: Agreement) -> None:
    """Give a new agreement its number where it brings none. Raises ValidationError.

    Called in the transaction that writes the row: what fails after it leaves no gap in the series.
    """
    unknown = sorted(set(row.products) - KNOWN_PRODUCTS)
    if unknown:
        text = _("Nothing is dealt under the name %(names)s.") % {"names": ", ".join(unknown)}
        raise ValidationError({"products": ValidationError(text, "unknown-product")})
    unknown = sorted(set(row.currencies) - set(reference_data().currencies))
    if unknown:
        text = _("No currency is known as %(names)s.") % {"names": ", ".join(unknown)}
        raise ValidationError({"currencies": ValidationError(text, "unknown-currency")})
    if row.party_id == row.entity.own_party_id:
        raise ValidationError({"party": ValidationError(_("It takes two to agree."), "own-party")})
    if not row._state.adding:
        _require_kept(row)
    elif not row.number:
        row.year, row.serial = row.signed_on.year, _drawn(row.entity_id, row.signed_on.year)
        row.number = PATTERN.format(year=row.year, serial=row.serial)


def _require_kept(row: Agreement) -> None:
    """Whose agreement it is, and a number of our series, stay what they are."""
    before = Agreement.objects.get(pk=row.pk)
    kept = ["entity_id", "party_id", *(["number"] if before.serial is not None else [])]
    for name in kept:
        if getattr(before, name) != getattr(row, name):
            text = _("It stays what it is: register another agreement.")
            raise ValidationError({name.removesuffix("_id"): ValidationError(text, "kept")})
    if not row.number:
        text = _("An agreement has a number.")
        raise ValidationError({"number": ValidationError(text, "required")})


def _drawn(entity_id: int, year: int) -> int:
    """The next number of a series, locked until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, [entity_id, year])
        return int(cursor.fetchone()[0])


@transaction.atomic
def tell_ending(*, today: date, at: datetime) -> int:
    """Open work for what ends within the days of notice; close it where that is past or put off.

    How many end soon. Running twice does nothing.
    """
    rule = reference_data().rules.find(NOTICE, today)
    until = today + timedelta(days=0 if rule is None else rule.days)
    facts: dict[str, Any] = {
        "today": today,
        "until": until,
        "agreement": ENDING,
        "opinion": ENDING_OPINION,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ENDING, facts)
        ending = {(row[4], row[0]): row for row in cursor.fetchall()}
        cursor.execute(_WAITING, [[ENDING, ENDING_OPINION], SUBJECT])
        waiting = {(kind, id): reason for kind, id, reason in cursor.fetchall()}
    reasons = {key: f"{row[2]}, {row[3].isoformat()}" for key, row in ending.items()}
    for kind, id in (key for key, reason in waiting.items() if reasons.get(key) != reason):
        close_items(subject_type=SUBJECT, subject_ids=[id], kinds=[kind], at=at)
    items = [
        NewItem(
            kind=kind, queue="clerk", subject_type=SUBJECT, subject_id=id, entity_id=row[1],
            reason=reasons[kind, id], due_at=datetime.combine(row[3], time.min, tzinfo=UTC),
        )
        for (kind, id), row in ending.items()
        if waiting.get((kind, id)) != reasons[kind, id]
    ]  # fmt: skip
    open_items(items, at=at)
    return len(ending)
