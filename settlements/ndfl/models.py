"""The end of a tax year of an entity, and what each of its clients owed then."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Entity, Party
from settlements.ndfl.state import TAX_YEAR_LIFECYCLE, TaxYearState


class TaxYear(StatefulModel):
    """A year of an entity as a tax agent. `people` and `owed` are those of the day on which it was proposed."""

    lifecycles = (TAX_YEAR_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    year = models.SmallIntegerField()
    people = models.IntegerField()
    owed = models.DecimalField(max_digits=24, decimal_places=4)
    ended_on = models.DateField(null=True)
    state = models.CharField(
        max_length=8, choices=TaxYearState, default=TaxYearState.PROPOSED, db_default="PROPOSED"
    )
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_taxyear", f"Can {verb} the end of a tax year")
            for verb in ("propose", "approve", "decline")
        ]
        constraints: ClassVar = [
            known_states(TAX_YEAR_LIFECYCLE, "taxyear_state_known"),
            models.UniqueConstraint(
                fields=["entity", "year"], condition=~Q(state="DECLINED"), name="taxyear_once"
            ),
            models.CheckConstraint(
                condition=Q(state="ENDED", ended_on__isnull=False)
                | ~Q(state="ENDED") & Q(ended_on=None),
                name="taxyear_ended_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"TY-{self.pk}"


class TaxYearResult(models.Model):
    """What a client owed when a year ended: a fact. `withheld` was at hand, `unwithheld` is told to the tax office,
    `excess` was withheld too much and is given back when the client asks (art. 226.1 p. 14, 231).
    """

    tax_year = models.ForeignKey(TaxYear, models.PROTECT, related_name="results")
    taxpayer = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    tax = models.DecimalField(max_digits=24, decimal_places=4)
    before = models.DecimalField(max_digits=24, decimal_places=4)
    withheld = models.DecimalField(max_digits=24, decimal_places=4)
    unwithheld = models.DecimalField(max_digits=24, decimal_places=4)
    excess = models.DecimalField(max_digits=24, decimal_places=4)
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tax_year", "taxpayer"], name="taxyearresult_once"),
            models.CheckConstraint(
                condition=Q(tax=models.F("before") + models.F("withheld") + models.F("unwithheld") - models.F("excess"))
                & Q(withheld__gte=0, unwithheld__gte=0, excess__gte=0),
                name="taxyearresult_adds_up",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.tax_year}, {self.taxpayer}"
