"""Accounts, entries and postings. A posting is one movement of one asset: it cannot be unbalanced."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from ledger.state import AccountKind
from refdata.models import Asset, Book, Entity, Party, Place


class LedgerAccount(models.Model):
    """An account of our chart: what kind, whose, and where or with whom.

    The database itself says which are `guarded`: no posting brings those below zero.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="ledger_accounts")
    kind = models.CharField(max_length=12, choices=AccountKind)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    counterparty = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    book = models.ForeignKey(Book, models.PROTECT, null=True, related_name="+")
    guarded = models.BooleanField(db_default=False, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "kind", "owner", "place", "counterparty", "book"],
                nulls_distinct=False,
                name="ledgeraccount_once",
            ),
        ]
        permissions: ClassVar = [("view_ledger", "Can read the ledger")]

    def __str__(self) -> str:
        return f"{self.kind}-{self.pk}"


class JournalEntry(models.Model):
    """The postings of one business fact. A wrong one is reversed by another, never edited."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    source_type = models.CharField(max_length=30)
    source_id = models.BigIntegerField()
    part = models.SmallIntegerField(db_default=0)
    effective_date = models.DateField()
    unconfirmed = models.BooleanField(db_default=False)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    reason = models.CharField(max_length=500, blank=True, db_default="")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "source_type", "source_id", "kind", "part"],
                name="journalentry_once",
            ),
        ]

    def __str__(self) -> str:
        return f"E-{self.pk}"


class Posting(models.Model):
    """One movement of one asset from the credited to the debited account (проводка).

    The table is partitioned by month of recording; its key in the database is (id, recorded_month).
    """

    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="postings")
    debit_account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="+", db_index=False
    )
    credit_account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="+", db_index=False
    )
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    effective_date = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())
    recorded_month = models.DateField()

    class Meta:
        managed = False
        db_table = "ledger_posting"


class Movement(models.Model):
    """The sum of an account's postings in one asset, by effective date and by day of knowledge."""

    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    effective_date = models.DateField()
    known_day = models.DateField()
    amount = models.DecimalField(max_digits=32, decimal_places=8)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "asset", "effective_date", "known_day"],
                include=["amount"],
                name="movement_once",
            ),
        ]


class Fold(models.Model):
    """Up to which transaction the postings have been folded into movements: one row."""

    single = models.BooleanField(primary_key=True, default=True)
    horizon = models.BigIntegerField(db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(single=True), name="fold_is_one_row"),
        ]


class Holding(models.Model):
    """A row without a balance that exists to be locked: who may decide what is at hand."""

    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "asset"], name="holding_once"),
        ]
