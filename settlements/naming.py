"""What people name by its code, and how much of it there may be."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

from django.db.models import Model, Q

from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from refdata.models import Asset, Entity, Party, Place
from refdata.selectors import reference_data
from settlements.inventory.selectors import UnknownCode

Row = TypeVar("Row", Entity, Party, Place)


class NotSoDivisible(Invalid):
    code = "not-so-divisible"
    title = gettext_noop("Money does not come in such parts")
    detail = gettext_noop("%(quantity)s is no amount of %(asset)s.")
    hint = gettext_noop("Round it to the minor unit of the currency.")


def key_named(model: type[Model], code: str) -> int | None:
    """The key of the row with a code; None where there is none."""
    keys = model._default_manager.filter(code=code).values_list("pk", flat=True)
    found: int | None = keys.first()
    return found


def unknown_at(pointer: str, value: str) -> FieldProblem:
    """What is typed there names nothing."""
    return FieldProblem(
        pointer, "unknown", gettext_noop("%(value)s is not known."),
        gettext_noop("Name it by its code or reference."), {"value": value or "-"},
    )  # fmt: skip


def not_positive_at(pointer: str) -> FieldProblem:
    return FieldProblem(
        pointer, "not-positive", gettext_noop("It must be above zero."),
        gettext_noop("Say how much more there is."),
    )  # fmt: skip


def named(model: type[Row], what: str, code: str) -> Row:
    """The row with a code. Raises UnknownCode."""
    row = model._default_manager.filter(code=code).first()
    if row is None:
        raise UnknownCode(what=what, value=code)
    return row


def asset_named(code: str) -> Asset:
    """The asset of a code or ISIN. Raises UnknownCode."""
    row = Asset.objects.filter(Q(code=code) | Q(instrument__isin=code)).first()
    if row is None:
        raise UnknownCode(what="asset", value=code)
    return row


def require_amount(asset: Asset, quantity: Decimal) -> None:
    """Money is in minor units. Raises NotSoDivisible."""
    currency = reference_data().currencies.get(asset.code)
    if currency is not None and quantity != round(quantity, currency.minor_unit):
        raise NotSoDivisible(quantity=plain(quantity), asset=asset.code)
