"""What the database holds about the parts of a settlement: its own checks, kept beside the model."""

from __future__ import annotations

from django.db.models import CheckConstraint, F, Q

_WITHIN_INTEREST = (
    Q(interest__gte=0, settled_interest__gte=0, settled_interest__lte=F("interest"))
    | Q(interest__lte=0, settled_interest__lte=0, settled_interest__gte=F("interest"))
)  # fmt: skip

PARTS = (
    CheckConstraint(
        condition=Q(settled_quantity__gte=0, settled_quantity__lte=F("quantity"))
        & Q(settled_amount__gte=0, settled_amount__lte=F("amount"))
        & _WITHIN_INTEREST,
        name="settlement_settled_within",
    ),
    # What is partly settled has a part that is final and one that is not.
    CheckConstraint(
        condition=~Q(settlement="PARTIAL")
        | Q(settled_quantity__gt=0, settled_quantity__lt=F("quantity")),
        name="settlement_partial_between",
    ),
    CheckConstraint(
        condition=Q(lot__gt=0) & (Q(minimum__isnull=True) | Q(minimum__gte=0)),
        name="settlement_part_terms",
    ),
    CheckConstraint(
        condition=Q(released_quantity__isnull=True)
        | Q(released_quantity__gt=0, released_quantity__lt=F("quantity")),
        name="settlement_released_within",
    ),
    CheckConstraint(condition=Q(priority__range=(0, 9)), name="settlement_priority_known"),
)
