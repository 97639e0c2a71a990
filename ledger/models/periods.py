"""Months and years of an entity: closed once all of their days are signed off."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from backoffice.workflow.models import StatefulModel, known_states
from ledger.state import BUSINESS_PERIOD_LIFECYCLE, PeriodKind, PeriodState
from refdata.models import Entity


class BusinessPeriod(StatefulModel):
    """A calendar month or year of an entity's books.

    `round` counts how often it was closed: above one a day of it was opened again.
    """

    lifecycles = (BUSINESS_PERIOD_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="business_periods")
    kind = models.CharField(max_length=5, choices=PeriodKind)
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=10, choices=PeriodState, default=PeriodState.OPEN)
    round = models.SmallIntegerField(default=1, db_default=1)
    sealed_number = models.BigIntegerField(null=True)
    sealed_hash = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [("sign_off_businessperiod", "Can sign off a closed month or year")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "kind", "first_day"], name="businessperiod_once"
            ),
            known_states(BUSINESS_PERIOD_LIFECYCLE, "businessperiod_state_known"),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="businessperiod_dated"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["CLOSED", "SIGNED_OFF"]) | Q(sealed_number__isnull=False),
                name="businessperiod_closed_is_sealed",
            ),
        ]

    def __str__(self) -> str:
        return f"BP-{self.pk}"

    @property
    def name(self) -> str:
        """`2026-11` of a month, `2026` of a year."""
        form = "%Y-%m" if self.kind == PeriodKind.MONTH else "%Y"
        return self.first_day.strftime(form)
