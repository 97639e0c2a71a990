"""Reading limits without locking them: what was so a moment ago, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.db.models import Count, DateTimeField, DecimalField, F, Func, Q, QuerySet, Sum, Value

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.kernel.errors import NotFound
from backoffice.kernel.money import Money
from backoffice.kernel.references import number_in
from limits.models import Breach, CapChange, Closing, Limit, Opening, Override, Reservation
from refdata.quotes import rate_on
from refdata.scopes import visible
from refdata.selectors import reference_data

DAYS = 366  # settlement dates that a limit is shown by
STORY = 500  # the last events of a limit that its history shows


def with_overrides(rows: QuerySet[Limit], *, at: datetime) -> QuerySet[Any]:
    """Each limit with `in_force`, what its overrides add at a moment, counted from them."""
    counted = Func(
        F("pk"), Value(at, DateTimeField()), function="limits_override_in_force",
        output_field=DecimalField(max_digits=24, decimal_places=4),
    )  # fmt: skip
    return rows.annotate(in_force=counted)


def about(limit: Limit | Opening) -> dict[str, str]:
    """What a limit, or one that is proposed, is about, by the codes of what it names."""
    named = {
        "book": limit.book and limit.book.code,
        "party": limit.party and limit.party.code,
        "group": limit.group and limit.group.code,
        "instrument": limit.instrument and limit.instrument.asset.code,
        "trader": limit.trader,
        "tenor": limit.tenor,
        "nostro_currency": limit.nostro_currency,
    }
    return {key: code for key, code in named.items() if code}


def available(row: Any) -> Decimal:
    """What is left under a limit of `with_overrides`, never below zero."""
    left: Decimal = row.cap + row.in_force - row.used - row.reserved
    return max(left, Decimal(0))


def headroom_in(row: Any, currency: str, *, on: date) -> Money | None:
    """What is left under a limit in another currency, at the last rate of a day; None without a rate."""
    known = reference_data().currencies.get(currency)
    rate = rate_on(row.currency, currency, on) if known else None
    if known is None or rate is None:
        return None
    return Money(available(row), row.currency).converted(rate.value, currency, known.minor_unit)


def available_under(limit_ids: Sequence[int], *, at: datetime) -> dict[int, Decimal]:
    """What is left under each of some limits at a moment."""
    rows = with_overrides(Limit.objects.filter(pk__in=limit_ids), at=at)
    return {row.pk: available(row) for row in rows}


def limits(*, visible_to: User) -> QuerySet[Limit]:
    """The limits a person may see: a book's by the book, all others by the whole entity."""
    rows = Limit.objects.select_related("entity", "book", "party", "group", "instrument__asset")
    return visible(rows, visible_to, book="book_id")


def limits_at(at: datetime, *, visible_to: User) -> QuerySet[Any]:
    """The limits a person may see, with the overrides in force at a moment."""
    return with_overrides(limits(visible_to=visible_to), at=at)


def limit_of(reference: str, *, visible_to: User, at: datetime) -> Any:
    """The limit of a reference such as `L-7`, as of a moment. Raises NotFound."""
    id = number_in(reference, "L", "limit")
    row = limits_at(at, visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="limit", reference=reference)
    return row


class DayUse(NamedTuple):
    """What counts under a limit for one settlement date, and for how many settlements."""

    day: date
    amount: Decimal
    settlements: int


def days_of(limit_id: int) -> list[DayUse]:
    """What a limit is used with by settlement date, the earliest first; empty where none has one."""
    rows = Reservation.objects.filter(limit=limit_id, state="COMMITTED", day__isnull=False)
    found = rows.values_list("day").annotate(total=Sum("amount"), count=Count("id"))
    return [DayUse(*row) for row in found.order_by("day")[:DAYS]]


Changes = TypeVar("Changes", Override, CapChange, Closing, Breach)


def _visible(rows: QuerySet[Changes], user: User) -> QuerySet[Changes]:
    return visible(rows, user, book="limit__book_id")


def overrides(*, visible_to: User) -> QuerySet[Override]:
    """The overrides of the limits a person may see."""
    rows = Override.objects.select_related("limit", "proposed_by", "approved_by")
    return _visible(rows, visible_to)


def caps(*, visible_to: User) -> QuerySet[CapChange]:
    """The changes of caps of the limits a person may see."""
    rows = CapChange.objects.select_related("limit", "proposed_by", "approved_by")
    return _visible(rows, visible_to)


def closings(*, visible_to: User) -> QuerySet[Closing]:
    """The proposed ends of the limits a person may see."""
    return _visible(
        Closing.objects.select_related("limit", "proposed_by", "approved_by"), visible_to
    )


def openings(*, visible_to: User) -> QuerySet[Opening]:
    """The proposed limits a person may see: a book's by the book, all others by the whole entity."""
    rows = Opening.objects.select_related(
        "entity", "book", "party", "group", "instrument__asset", "proposed_by", "approved_by"
    )
    return visible(rows, visible_to, book="book_id")


def breaches(*, visible_to: User) -> QuerySet[Breach]:
    """The breaches of the limits a person may see."""
    return _visible(Breach.objects.select_related("limit", "owner"), visible_to)


def override_of(reference: str, *, visible_to: User) -> Override:
    """The override of a reference such as `OV-3`. Raises NotFound."""
    return _one(overrides(visible_to=visible_to), reference, "OV", "override")


def cap_of(reference: str, *, visible_to: User) -> CapChange:
    """The change of a cap of a reference such as `LC-3`. Raises NotFound."""
    return _one(caps(visible_to=visible_to), reference, "LC", "cap")


def closing_of(reference: str, *, visible_to: User) -> Closing:
    """The end of a limit of a reference such as `LE-3`. Raises NotFound."""
    return _one(closings(visible_to=visible_to), reference, "LE", "closing")


def opening_of(reference: str, *, visible_to: User) -> Opening:
    """The proposed limit of a reference such as `LO-3`. Raises NotFound."""
    rows = openings(visible_to=visible_to)
    row = rows.filter(pk=number_in(reference, "LO", "new limit")).first()
    if row is None:
        raise NotFound(what="new limit", reference=reference)
    return row


def breach_of(reference: str, *, visible_to: User) -> Breach:
    """The breach of a reference such as `BR-3`. Raises NotFound."""
    return _one(breaches(visible_to=visible_to), reference, "BR", "breach")


def _one(rows: QuerySet[Changes], reference: str, prefix: str, what: str) -> Changes:
    row = rows.filter(pk=number_in(reference, prefix, what)).first()
    if row is None:
        raise NotFound(what=what, reference=reference)
    return row


_OF_A_LIMIT: dict[str, Any] = {
    "override": Override, "cap": CapChange, "breach": Breach, "opening": Opening, "closing": Closing,
}  # fmt: skip


def story_of(limit_id: int) -> list[Event]:
    """Everything that happened to a limit: how it came and went, reservations, overrides, caps, breaches."""
    subjects = Q(subject_type="limit", subject_id=limit_id)
    for subject, model in _OF_A_LIMIT.items():
        ids = model.objects.filter(limit_id=limit_id).values("pk")
        subjects |= Q(subject_type=subject, subject_id__in=ids)
    rows = Event.objects.filter(subjects).select_related("actor")
    return list(rows.order_by("-tx", "-id")[:STORY])[::-1]
