"""Rows of reference data as JSON and back: values that people read and that two can compare.

A reference is written by the code of what it names, a decimal in plain notation without zeros that say
nothing, a date as ISO writes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models
from django.db.models.expressions import DatabaseDefault, Value
from django.utils.duration import duration_string
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.decimals import parse, plain

# By what a reference names another row; the path leads to a code of its own.
NATURAL = {
    "party": "code", "entity": "code", "book": "code", "place": "code", "calendar": "code",
    "currency": "code", "asset": "code", "instrument": "asset__code", "user": "username",
    "partygroup": "code",
}  # fmt: skip
NO_CONTROLS = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]*\Z")
LONGEST_LIST = 200

Field: TypeAlias = "models.Field[Any, Any]"


def fields_of(model: type[models.Model]) -> dict[str, Field]:
    """The fields that people may change, by name."""
    return {
        each.name: each
        for each in model._meta.concrete_fields
        if each.editable and not isinstance(each, models.AutoField)
    }


def written(row: models.Model, field: Field) -> Any:
    """A value as JSON holds it; what the database would give by default is None."""
    value = getattr(row, field.attname)
    if isinstance(value, DatabaseDefault):
        given = getattr(value, "expression", None)
        value = given.value if isinstance(given, Value) else None
    if value is None:
        return None
    if isinstance(field, models.ForeignKey):
        return code_of(getattr(row, field.name))
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_string(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def written_row(row: models.Model) -> dict[str, Any]:
    """All values of a row that people may change."""
    return {name: written(row, field) for name, field in fields_of(type(row)).items()}


def code_of(row: models.Model) -> Any:
    """How others name a row."""
    value: Any = row
    for name in NATURAL[str(row._meta.model_name)].split("__"):
        value = getattr(value, name)
    return value


def read(field: Field, value: Any) -> Any:
    """A value as the model takes it. Raises ValidationError for what is none."""
    if value is None or (value == "" and field.null):
        return None
    if isinstance(field, models.ForeignKey):
        return _named(field, value)
    if isinstance(field, ArrayField):
        if not isinstance(value, list) or len(value) > LONGEST_LIST:
            raise _wrong_kind()
        return [_single(field.base_field, each) for each in value]
    return _single(field, value)


def _single(field: Field, value: Any) -> Any:
    is_text = isinstance(value, str) and NO_CONTROLS.match(value) is not None
    if isinstance(field, models.BooleanField):
        fits = isinstance(value, bool)
    elif isinstance(field, models.IntegerField):  # numbers also as text
        fits = is_text or (isinstance(value, int) and not isinstance(value, bool))
    else:
        fits = is_text
    if not fits:
        raise _wrong_kind()
    return _decimal(value) if isinstance(field, models.DecimalField) else field.to_python(value)


def _wrong_kind() -> ValidationError:
    return ValidationError(_("The value is not of the kind that stands there."), "wrong-kind")


def _decimal(text: str) -> Decimal:
    try:
        return parse(text)
    except ValueError:
        raise ValidationError(_("It is not a number in plain notation."), "not-a-number") from None


def _named(field: Any, value: Any) -> models.Model:
    model = field.related_model
    path = NATURAL[str(model._meta.model_name)]
    found = None
    if isinstance(value, str) and NO_CONTROLS.match(value):
        try:
            found = model._default_manager.get(**{path: value})
        except ObjectDoesNotExist:
            found = None
    if found is None:
        raise ValidationError(_("Nothing of that name is known."), "unknown")
    return found  # type: ignore[no-any-return]


def filled(row: models.Model, values: Mapping[str, Any]) -> dict[str, ValidationError]:
    """Put values into a row; what is wrong with some of them, by field."""
    fields, wrong = fields_of(type(row)), {}
    for name, value in values.items():
        field = fields.get(name)
        if field is None:
            wrong[name] = ValidationError(_("There is no such field."), "no-such-field")
            continue
        try:
            setattr(row, name, read(field, value))
        except ValidationError as error:
            wrong[name] = error
    return wrong
