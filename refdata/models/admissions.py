"""Which parties may be dealt with, and until when, as far as somebody keeps a file of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from refdata.models.parties import Party
from refdata.state import Ending, Stopped


class PartyAdmission(models.Model):
    """What the file of a party says about dealing with it in a role. A cache of now; without a file there is no row.

    `stopped` says why nobody deals with it; `until` is the first day on which that ends by itself, for the
    reason `ends`.
    """

    party = models.ForeignKey(Party, models.PROTECT, related_name="admissions")
    role = models.CharField(max_length=12)
    file = models.CharField(max_length=20)
    stopped = models.CharField(max_length=20, choices=Stopped, blank=True, db_default="")
    until = models.DateField(null=True)
    ends = models.CharField(max_length=20, choices=Ending, blank=True, db_default="")

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["party", "role"], name="partyadmission_once"),
            models.CheckConstraint(
                condition=Q(until__isnull=True, ends="") | (Q(until__isnull=False) & ~Q(ends="")),
                name="partyadmission_ends_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file} {self.stopped or self.until or ''}".strip()
