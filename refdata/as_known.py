"""Reference data as they were known below a horizon: what two people changed since is put back.

Whatever a person changes leaves an event with what was and what is (`proposals`). Files only ever add days to
calendars and name none of them: those count as known always.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import ForeignKey, Model

from backoffice.events.models import Event
from backoffice.events.selectors import NO_HORIZON
from backoffice.kernel.business_days import BusinessDays
from refdata.dated_rules.rows import rules_as_known
from refdata.models import Calendar, CalendarDay, CurrencyCalendar
from refdata.rows import CurrencyCalendarRow
from refdata.selectors import ReferenceData, reference_data
from refdata.values import Field, fields_of


def reference_as_known(horizon: int) -> ReferenceData:
    """The snapshot with the dated rules and the calendars that were known; of the present it is the snapshot itself."""
    reference = reference_data()
    if horizon == NO_HORIZON:
        return reference
    names = ("currency__code", "calendar__code", "valid_from", "valid_until")
    rows = sorted(
        (CurrencyCalendarRow(*row) for row in rows_as_known(CurrencyCalendar, names, horizon)),
        key=lambda row: row.valid_from, reverse=True,
    )  # fmt: skip
    return replace(
        reference, rules=rules_as_known(horizon), calendars=_calendars(horizon),
        currency_calendars=rows,
    )  # fmt: skip


def rows_as_known(
    model: type[Model], names: Sequence[str], horizon: int
) -> Iterator[tuple[Any, ...]]:
    """These values of the rows that were there, by ascending key; a reference is named as `calendar__code`."""
    before = _values_before(model, horizon)
    fields = fields_of(model)
    for pk, *values in model._default_manager.order_by("pk").values_list("pk", *names):
        was = before.get(pk, {})
        if not _is_new(fields, was):
            told = zip(names, values, strict=True)
            yield tuple(_value(fields, name, value, was) for name, value in told)


def added_since(model: type[Model], horizon: int) -> list[int]:
    """The keys of the rows that people added at the horizon or later, ascending."""
    fields = fields_of(model)
    return sorted(pk for pk, was in _values_before(model, horizon).items() if _is_new(fields, was))


def _values_before(model: type[Model], horizon: int) -> Mapping[int, Mapping[str, Any]]:
    """By key what each value that was changed since was before its first change."""
    if horizon == NO_HORIZON:
        return {}
    rows = Event.objects.filter(
        tx__gte=horizon, kind="refdata.change", subject_type=model._meta.model_name
    )
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for id, facts in rows.order_by("tx", "id").values_list("subject_id", "facts"):
        for name, (was, _) in facts.get("changes", {}).items():
            found[id].setdefault(name, was)
    return found


def _is_new(fields: Mapping[str, Field], was: Mapping[str, Any]) -> bool:
    """Whether what can never be empty was: then the row was not there."""
    return any(value is None and not fields[name].null for name, value in was.items())


def _value(fields: Mapping[str, Field], name: str, value: Any, was: Mapping[str, Any]) -> Any:
    named = name.partition("__")[0]
    if named not in was:
        return value
    field, told = fields[named], was[named]
    return (
        told if isinstance(field, ForeignKey) else field.to_python(told)
    )  # a reference is written by its code


def _calendars(horizon: int) -> dict[str, BusinessDays]:
    days: dict[str, dict[date, tuple[bool, date | None]]] = defaultdict(dict)
    names = ("calendar__code", "day", "is_open", "trade_date")
    for code, day, is_open, trade_date in rows_as_known(CalendarDay, names, horizon):
        days[code][day] = (is_open, trade_date)
    return {
        row.code: BusinessDays(
            row.code,
            {day: is_open for day, (is_open, _) in days[row.code].items()},
            row.listed_from,
            row.listed_until,
            {day: told for day, (_, told) in days[row.code].items() if told and told != day},
        )
        for row in Calendar.objects.all()
    }
