"""Statements of our accounts with their lines, as banks sent them: facts."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from reconciliation.state import LineStatus, StatementKind, Verdict
from refdata.models import Entity, NostroAccount

_REFERENCES = ("reference", "our_reference", "end_to_end_id")


class Statement(models.Model):
    """What a bank says of one account in one file. Never edited; the same again is another row without lines.

    `source` is the reference of the file, `position` its place in it. Of its `lines` so many were `added`: told for
    the first time. `credits` and `debits` are what its booked lines sum to, `turnover` what it states of them.
    `difference` is closing less opening less booked lines, None where that cannot be told; `balanced` says whether
    it agrees with itself. `follows` is the statement before it as known when it came, and `gap` its opening less the
    closing of that one; as it stands now, `selectors.statements` tells it. `rank` sorts the statements of an account
    by day, number and page; it is empty for what proves nothing.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    nostro = models.ForeignKey(NostroAccount, models.PROTECT, related_name="+", db_index=False)
    format = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=StatementKind)
    bank_reference = models.CharField(max_length=140, blank=True, db_default="")
    number = models.CharField(max_length=35, blank=True, db_default="")
    sequence = models.CharField(max_length=35, blank=True, db_default="")
    from_date = models.DateField(null=True)
    until_date = models.DateField(null=True)
    rank = models.CharField(max_length=90, blank=True, db_default="", db_collation="C")
    opening = models.DecimalField(max_digits=38, decimal_places=8, null=True)
    closing = models.DecimalField(max_digits=38, decimal_places=8, null=True)
    currency = models.CharField(max_length=3)
    credits = models.DecimalField(max_digits=38, decimal_places=8)
    debits = models.DecimalField(max_digits=38, decimal_places=8)
    turnover = models.JSONField(db_default=models.Value({}, models.JSONField()))
    lines = models.IntegerField()
    added = models.IntegerField()
    difference = models.DecimalField(max_digits=38, decimal_places=8, null=True)
    balanced = models.BooleanField(null=True)
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="followed_by", db_index=False
    )
    gap = models.DecimalField(max_digits=38, decimal_places=8, null=True)
    source = models.CharField(max_length=20)
    position = models.IntegerField()
    text = models.TextField(blank=True, db_default="")
    remarks = models.JSONField(db_default=models.Value([], models.JSONField()))
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "position"], name="statement_once"),
            models.CheckConstraint(
                condition=Q(kind__in=StatementKind.values), name="statement_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(added__gte=0) & Q(lines__gte=models.F("added")),
                name="statement_counts",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["nostro", "rank", "id"], name="statement_of_account"),
        ]

    def __str__(self) -> str:
        return f"ST-{self.pk}"

    @property
    def duplicates(self) -> int:
        return self.lines - self.added

    @property
    def verdict(self) -> Verdict:
        """Whether it agrees with itself, as a word."""
        if self.balanced is None:
            return Verdict.UNCHECKED
        return Verdict.BALANCED if self.balanced else Verdict.UNBALANCED


class StatementLine(models.Model):
    """One booking of a bank, told for the first time by this statement. Never edited.

    A booking is known by account, day, signed amount, currency, reference, whether it is booked, and how many
    of its like stood before it (`occurrence`): however often banks tell it, it is one row. `amount` is positive
    where money came. `day` is the value date, else the booking date, else the last day of its statement, or the
    day on which the bank wrote that.

    `own_names` are those of its references that look like ours, as they are compared, and `may_name` says whether
    anything of it could be one on a closer look: told once, when it comes, for whoever matches it.
    """

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="entries", db_index=False)
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    nostro = models.ForeignKey(NostroAccount, models.PROTECT, related_name="+", db_index=False)
    position = models.IntegerField()
    day = models.DateField()
    booking_date = models.DateField(null=True)
    amount = models.DecimalField(max_digits=28, decimal_places=8)
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=140, blank=True, db_default="")
    occurrence = models.IntegerField()
    booked = models.BooleanField()
    status = models.CharField(max_length=11, choices=LineStatus)
    reversal = models.BooleanField(db_default=False)
    type_code = models.CharField(max_length=80, blank=True, db_default="")
    our_reference = models.TextField(blank=True, db_default="")
    bank_reference = models.TextField(blank=True, db_default="")
    end_to_end_id = models.TextField(blank=True, db_default="")
    uetr = models.TextField(blank=True, db_default="")
    counterparty_name = models.TextField(blank=True, db_default="")
    counterparty_account = models.TextField(blank=True, db_default="")
    counterparty_bank = models.TextField(blank=True, db_default="")
    counterparty_tax_number = models.TextField(blank=True, db_default="")
    text = models.TextField(blank=True, db_default="")
    details = models.JSONField(db_default=models.Value([], models.JSONField()))
    recorded_tx = models.BigIntegerField(db_default=TxNow())
    own_names = models.GeneratedField(
        expression=Func(*_REFERENCES, function="reconciliation_own_names"),
        output_field=ArrayField(models.TextField()), db_persist=True,
    )  # fmt: skip
    may_name = models.GeneratedField(
        expression=Func(*_REFERENCES, "text", function="reconciliation_may_name"),
        output_field=models.BooleanField(), db_persist=True,
    )  # fmt: skip

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["nostro", "day", "amount", "reference", "booked", "currency", "occurrence"],
                name="statementline_once",
            ),
            models.UniqueConstraint(
                fields=["statement", "position"], name="statementline_positioned"
            ),
            models.CheckConstraint(
                condition=Q(status__in=LineStatus.values)
                & (Q(booked=True, status="BOOKED") | Q(booked=False) & ~Q(status="BOOKED")),
                name="statementline_status_known",
            ),
            models.CheckConstraint(
                condition=Q(occurrence__gte=1), name="statementline_counted_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"SL-{self.pk}"


class RepeatedLine(models.Model):
    """A line of a statement that another one told before: which booking it is. Never edited."""

    statement = models.ForeignKey(
        Statement, models.PROTECT, related_name="repeated", db_index=False
    )
    position = models.IntegerField()
    line = models.ForeignKey(StatementLine, models.PROTECT, related_name="+", db_index=False)
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "position"], name="repeatedline_once"),
        ]
