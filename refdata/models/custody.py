"""What may be done with what is held: members of accounts, uses, restrictions, earmarks, credit lines.

Each is dated and changed by two people. A row keeps what it says: only its end, and the permit that
ends it, are written later.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.events.functions import TxNow
from refdata.custody.state import EarmarkKind, RestrictedAct
from refdata.models.accounts import Place
from refdata.models.assets import Asset
from refdata.models.parties import Entity, Party


def _dated(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
        name=f"{name}_dated",
    )


class Dated(models.Model):
    """In force from a day until another, that day excluded, by a document."""

    document = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    recorded_tx = models.BigIntegerField(db_default=TxNow(), editable=False)

    class Meta:
        abstract = True


class AccountMember(Dated):
    """Who is behind an account of several clients at a place."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    account = models.CharField(max_length=40)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place", "account", "owner", "valid_from"], name="accountmember_once"
            ),
            _dated("accountmember"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.owner}"


class UseRight(Dated):
    """A client lets us use its assets, by its contract; without one they are never used.

    `assets` are the codes of those it means; none: all. It moves nothing by itself: what is used by it is moved by
    an entry of its own (`settlements.using`), and no balance of the client falls below zero by it.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    client = models.ForeignKey(Party, models.PROTECT, related_name="+")
    agreement = models.CharField(max_length=64)
    assets = ArrayField(models.CharField(max_length=20), db_default=[], default=list, blank=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "client", "agreement", "valid_from"], name="useright_once"
            ),
            _dated("useright"),
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.agreement}"


class Restriction(Dated):
    """What may not be done with an asset, on an account, for a party, at a place. A key left empty means all.

    PERMIT_REQUIRED forbids what NO_DELIVER and NO_PAY do until a permit is there, and again after
    `permit_until`. INCOME_TO names where income goes instead. It is lifted with its permit.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, null=True, blank=True, related_name="+")
    act = models.CharField(max_length=16, choices=RestrictedAct)
    asset = models.ForeignKey(Asset, models.PROTECT, null=True, blank=True, related_name="+")
    party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    account = models.CharField(max_length=40, blank=True, db_default="")
    income_account = models.CharField(max_length=40, blank=True, db_default="")
    permit = models.CharField(max_length=200, blank=True, db_default="")
    permit_until = models.DateField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(asset__isnull=False)
                | Q(party__isnull=False)
                | Q(place__isnull=False)
                | ~Q(account=""),
                name="restriction_of_something",
                violation_error_message=_("Say what is restricted: an asset, a party, a place or an account."),
            ),
            models.CheckConstraint(
                condition=~Q(act="INCOME_TO") | ~Q(income_account=""),
                name="restriction_income_somewhere",
                violation_error_message=_("Say to which account the income goes."),
            ),
            models.CheckConstraint(
                condition=Q(permit_until__isnull=True) | ~Q(permit=""),
                name="restriction_permit_named",
                violation_error_message=_("A permit that ends is named."),
            ),
            models.CheckConstraint(
                condition=Q(act__in=RestrictedAct.values), name="restriction_act_known"
            ),
            _dated("restriction"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"RS-{self.pk}"

    @property
    def row(self) -> str:
        """How the register of reference data calls it."""
        return f"restriction-{self.pk}"


class CreditLine(Dated):
    """How far an owner's money at a place may go below zero. Never a client's: nobody else's money covers it."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=24, decimal_places=4)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "owner", "place", "currency", "valid_from"],
                name="creditline_once",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="creditline_not_negative"),
            _dated("creditline"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.place} {self.currency}"


class Earmark(Dated):
    """A part of what an owner holds at a place that cannot be delivered, and why."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=EarmarkKind)
    quantity = models.DecimalField(max_digits=28, decimal_places=8)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="earmark_positive"),
            models.CheckConstraint(
                condition=Q(kind__in=EarmarkKind.values), name="earmark_kind_known"
            ),
            # One that ends on the day it began was taken back: it is in force on no day.
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="earmark_dated",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "place", "owner", "asset"], name="earmark_of_holding")
        ]

    def __str__(self) -> str:
        return f"EM-{self.pk}"

    @property
    def row(self) -> str:
        """How the register of reference data calls it."""
        return f"earmark-{self.pk}"


class StatedPosition(models.Model):
    """What a place states that an account holds at the end of a day, by its document."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    account = models.CharField(max_length=40)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    day = models.DateField()
    document = models.CharField(max_length=200)
    recorded_tx = models.BigIntegerField(db_default=TxNow(), editable=False)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place", "account", "asset", "day", "document"], name="statedposition_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.asset} {self.day}"
