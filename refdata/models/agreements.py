"""Master agreements and contracts, and the series that number those that are ours."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from refdata.agreements.state import AgreementKind
from refdata.models.parties import Entity, Party


class AgreementSeries(models.Model):
    """How many agreements of a year an entity has numbered; moves only with the row that takes a number."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    year = models.IntegerField()
    last = models.IntegerField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "year"], name="agreementseries_once"),
        ]


class Agreement(models.Model):
    """What an entity of ours and another party signed: deals name it by its `number`.

    `number` is the other side's, or ours where none is given: then `year` and `serial` say its place in
    the series. `products` and `currencies` narrow what it covers; none: all that its kind covers.
    With `netting` the deals under it are one claim when the party defaults, as its legal opinion says
    (`netting_opinion`, which holds until `netting_until`, the day itself excluded). With `payment_netting` what is
    due on one date in one currency is paid by its net, as both sides agree each time.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="agreements")
    party = models.ForeignKey(Party, models.PROTECT, related_name="agreements")
    kind = models.CharField(max_length=10, choices=AgreementKind)
    number = models.CharField(max_length=64, blank=True)
    signed_on = models.DateField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    governing_law = models.CharField(max_length=60, blank=True, db_default="")
    products = ArrayField(models.CharField(max_length=30), db_default=[], default=list, blank=True)
    currencies = ArrayField(models.CharField(max_length=3), db_default=[], default=list, blank=True)
    netting = models.BooleanField(default=False, db_default=False)
    netting_opinion = models.CharField(max_length=200, blank=True, db_default="")
    netting_until = models.DateField(null=True, blank=True)
    payment_netting = models.BooleanField(default=False, db_default=False)
    document = models.CharField(max_length=200, blank=True, db_default="")
    year = models.IntegerField(null=True, editable=False)
    serial = models.IntegerField(null=True, editable=False)

    class Meta:
        permissions: ClassVar = [("issue_agreement", "Can issue the sheet of an agreement")]
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "party", "number"], name="agreement_once"),
            models.UniqueConstraint(
                fields=["entity", "year", "serial"], name="agreement_numbered_once"
            ),
            models.CheckConstraint(
                condition=Q(year__isnull=True, serial__isnull=True)
                | Q(year__isnull=False, serial__isnull=False),
                name="agreement_in_a_series",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="agreement_dated",
            ),
            models.CheckConstraint(
                condition=Q(netting=False) | ~Q(netting_opinion=""),
                name="agreement_netting_by_opinion",
                violation_error_message=_(
                    "Netting counts only by a legal opinion: name it, its author and its date."
                ),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["entity", "id"], name="agreement_by_entity")]

    def __str__(self) -> str:
        return self.number or str(self.get_kind_display())

    @property
    def reference(self) -> str:
        return f"AG-{self.pk}"
