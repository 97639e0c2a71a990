"""What we must know of an individual with whom we deal: who it is, where it lives, where it is paid."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.identifiers import problem_with_account
from refdata.models.parties import Party, PartyKind


class IdentityKind(models.TextChoices):
    """By which document a person was identified."""

    PASSPORT_RU = "PASSPORT_RU", _("Passport of a citizen of Russia")
    PASSPORT = "PASSPORT", _("Passport of another state")
    RESIDENCE = "RESIDENCE", _("Residence permit")


class IndividualDetails(models.Model):
    """The identity document, address and bank of a party that is a person, valid for a period.

    Personal data: who is shown a row is noted (`backoffice/access/personal.py`), and two people
    change it. Another passport or account is another row.
    """

    party = models.ForeignKey(Party, models.PROTECT, related_name="individual_details")
    birth_date = models.DateField()
    identity_kind = models.CharField(max_length=12, choices=IdentityKind)
    identity_number = models.CharField(max_length=20)
    identity_issued_by = models.CharField(max_length=200)
    identity_issued_on = models.DateField()
    address = models.CharField(max_length=200)
    address_en = models.CharField(max_length=200, blank=True, db_default="")
    bank_name = models.CharField(max_length=120)
    bank_name_en = models.CharField(max_length=120, blank=True, db_default="")
    bank_bik = models.CharField(max_length=9)
    bank_correspondent = models.CharField(max_length=20)
    bank_account = models.CharField(max_length=20)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "details of individuals"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party", "valid_from"], name="individualdetails_from_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gt=models.F("valid_from")),
                name="individualdetails_some_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party.code}, {self.valid_from:%Y-%m-%d}"


def check_individual(row: IndividualDetails) -> None:
    """Refuses details of what is no person, and a document or account that cannot be right."""
    if row.party.kind != PartyKind.INDIVIDUAL:
        raise ValidationError({"party": _("This party is not an individual.")})
    digits = row.identity_number.replace(" ", "")
    if row.identity_kind == IdentityKind.PASSPORT_RU and not (
        digits.isascii() and digits.isdigit() and len(digits) == 10
    ):
        raise ValidationError({"identity_number": _("A passport of Russia has ten digits.")})
    if row.identity_issued_on <= row.birth_date:
        raise ValidationError({"identity_issued_on": _("It was issued before the birth.")})
    for name in ("bank_account", "bank_correspondent"):
        if problem_with_account(getattr(row, name), row.bank_bik):
            raise ValidationError({name: _("The account does not fit the BIK.")})
