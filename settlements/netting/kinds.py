"""Dated rules: until when a net is agreed with a counterparty, and how large an instruction to a place may be."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.kernel.decimals import plain
from deals.confirming.kinds import WEEKDAYS
from refdata.dated_rules.kinds import Number, RuleKind, declare
from refdata.selectors import reference_data
from settlements.clearing.kinds import HOUSE, cut_off_of, cut_offs
from settlements.netting.rules import shapes_of

CUT_OFFS = cut_offs(
    "netting.cut_offs", _("Netting: until when a net is agreed with the counterparty")
)

declare(CUT_OFFS)


def agreed_by(party: str, due_date: date) -> datetime | None:
    """Until when the net of a date is agreed with a party; None where no rule is in force: nothing is netted."""
    rules = reference_data().rules
    rule = rules.find(CUT_OFFS, due_date, party) or rules.find(CUT_OFFS, due_date)
    if rule is None:
        return None
    return cut_off_of(rule, due_date, reference_data().calendars.get(rule.calendar, WEEKDAYS))


class LargestShape(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a security one instruction may be about: in all cases, and by kind of instrument."""

    most: Number
    kinds: dict[str, Number] = {}

    def of(self, kind: str) -> Decimal:
        return Decimal(self.kinds.get(kind, self.most))

    def __post_init__(self) -> None:
        if any(Decimal(each) <= 0 for each in (self.most, *self.kinds.values())):
            raise ValueError("a shape is more than nothing")


class Large(Struct, frozen=True, forbid_unknown_fields=True):
    """A settlement of so much of a kind of instrument."""

    kind: str
    quantity: Number


def _quantities(rule: LargestShape, given: Large) -> list[str]:
    found = shapes_of(Decimal(given.quantity), Decimal(0), most=rule.of(given.kind), minor_unit=2)
    return [plain(each.quantity) for each in found]


SHAPES = RuleKind(
    name="settlement.shapes",
    title=_("Settlement: how large one instruction may be at a place"),
    keys=(),
    key_pattern=HOUSE,
    value=LargestShape,
    given=Large,
    found=list[str],
    compute=_quantities,
)

declare(SHAPES)


def largest_at(place: str, on: date) -> LargestShape | None:
    """The rule of a place on a day; None where instructions may be of any size."""
    return reference_data().rules.find(SHAPES, on, place)


def places_with_shapes() -> list[str]:
    """The codes of places that have such a rule on some day."""
    return sorted({row.key for row in reference_data().rules.rows if row.kind == SHAPES.name})
