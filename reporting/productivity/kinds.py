"""The dated rule of productivity: when work was done anew, what is too little to be told, and who sees when."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from refdata.dated_rules.kinds import RuleKind, declare


class Counting(Struct, frozen=True, forbid_unknown_fields=True):
    """`again_days` business days of `calendar` after an item was done what undoes it still counts as its own.

    Of fewer than `least_items` no handling time is told, of fewer than `least_people` nothing without names. Who
    leads sees a week of a person `head_after_days` business days after it is over, and before that once the
    person has seen it.
    """

    calendar: str
    again_days: int
    least_items: int
    least_people: int
    head_after_days: int

    def __post_init__(self) -> None:
        if min(self.again_days, self.least_items, self.least_people, self.head_after_days) < 1:
            raise ValueError("days, items and people are 1 at least")


class Told(Struct, frozen=True, forbid_unknown_fields=True):
    people: int


def may_tell(rule: Counting, given: Told) -> bool:
    """Whether so many people may be told of without names."""
    return given.people >= rule.least_people


PRODUCTIVITY: RuleKind[Counting] = RuleKind(
    name="work.productivity", title=_("Work: what is told of productivity, and to whom"), value=Counting,
    given=Told, found=bool, compute=may_tell,
)  # fmt: skip

declare(PRODUCTIVITY)
