"""Where assets are held and settle, and what a counterparty told us to use."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.identifiers import (
    UNKNOWN_COUNTRY,
    WRONG_BIK,
    WRONG_CHARACTERS,
    WRONG_CHECK_DIGIT,
    WRONG_LENGTH,
    problem_with,
    problem_with_cash_account,
)
from backoffice.workflow.models import StatefulModel, known_states
from refdata.custody.state import AccountPurpose
from refdata.models.calendars import Calendar
from refdata.models.parties import Entity, Party
from refdata.state import SSI_LIFECYCLE, SsiStatus

NUMBER_PROBLEMS = {
    WRONG_LENGTH: _("The length is wrong"),
    WRONG_CHARACTERS: _("A character does not belong there"),
    UNKNOWN_COUNTRY: _("The country is not known"),
    WRONG_CHECK_DIGIT: _("The check digit does not fit"),
    WRONG_BIK: _("The BIK is none"),
}


class Place(models.Model):
    """A depository, a bank, or our own books. `finality` says whose word makes a settlement final."""

    class Finality(models.TextChoices):
        INTERNAL = "INTERNAL"
        EXTERNAL = "EXTERNAL"

    class Matching(models.TextChoices):
        AUTO = "AUTO"
        PERSON = "PERSON"
        MESSAGE = "MESSAGE"

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    name_ru = models.CharField(max_length=120, blank=True, db_default="")
    finality = models.CharField(max_length=8, choices=Finality)
    matching = models.CharField(max_length=8, choices=Matching)
    bic = models.CharField(max_length=11, blank=True, db_default="")
    bik = models.CharField(max_length=9, blank=True, db_default="")
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(bik="") | Q(bik__regex=r"^[0-9]{9}$"), name="place_bik_shape"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """Refuses a BIC or BIK that is none."""
        for scheme, name in (("BIC", "bic"), ("BIK", "bik")):
            value = getattr(self, name)  # a default of the database's own until it is saved
            if isinstance(value, str) and value and (problem := problem_with(scheme, value)):
                raise ValidationError({name: NUMBER_PROBLEMS[problem]})


class DepositoryAccount(models.Model):
    """An account for securities at a place, and whose it is."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="depository_accounts")
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=AccountPurpose)
    number = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "number"], name="depositoryaccount_once"),
            models.CheckConstraint(
                condition=Q(kind__in=AccountPurpose.values), name="depositoryaccount_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class NostroAccount(models.Model):
    """An account for money at a place, and whose it is. After `closed_on` its bank moves nothing on it."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="nostro_accounts")
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    number = models.CharField(max_length=40)
    kind = models.CharField(
        max_length=20, choices=AccountPurpose, default=AccountPurpose.OWN, db_default="OWN"
    )
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place", "number", "currency"], name="nostroaccount_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=AccountPurpose.values), name="nostroaccount_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.currency}"

    def clean(self) -> None:
        """Refuses a number that cannot be an account at its place."""
        place = Place.objects.filter(pk=self.place_id).first()  # none chosen is said elsewhere
        if place and (problem := problem_with_cash_account(self.number, bik=place.bik)):
            raise ValidationError({"number": NUMBER_PROBLEMS[problem]})


class StandingInstruction(StatefulModel):
    """SSI: a counterparty's standing settlement details, valid for a period, for what it names.

    A key left empty fits everything; the most specific valid one is taken, of equals the latest.
    Its details never change: other details are another row. Who proposed it may not approve it,
    and a counterparty's takes effect only after a call-back (domain-decisions 11).
    """

    lifecycles = (SSI_LIFECYCLE,)
    Status = SsiStatus

    party = models.ForeignKey(Party, models.PROTECT, related_name="standing_instructions")
    entity = models.ForeignKey(Entity, models.PROTECT, null=True, blank=True, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3, blank=True, db_default="")
    instrument_kind = models.CharField(max_length=20, blank=True, db_default="")
    market = models.CharField(max_length=4, blank=True, db_default="")
    depository_account = models.CharField(max_length=40)
    cash_account = models.CharField(max_length=40)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=SsiStatus, default=SsiStatus.PROPOSED)
    revoked_date = models.DateField(null=True, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        permissions: ClassVar = [
            ("propose_ssi", "Can propose an SSI"),
            ("approve_ssi", "Can approve an SSI"),
            ("revoke_ssi", "Can revoke an SSI"),
            ("call_back_ssi", "Can call a counterparty back about an SSI"),
        ]
        constraints: ClassVar = [
            known_states(SSI_LIFECYCLE, "ssi_status_known"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="ssi_approved_by_other_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(status="APPROVED") | Q(approved_by__isnull=False),
                name="ssi_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="ssi_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"SSI-{self.pk}"
