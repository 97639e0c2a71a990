"""What is reconciled with what, and which lines of statements are which movements of our books."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from ledger.models import JournalEntry, LedgerAccount
from reconciliation.matching.state import MatchRule
from reconciliation.models.statements import StatementLine
from refdata.models import Asset, Entity, NostroAccount, Place

_NOTHING = models.Value({}, models.JSONField())


class Reconciliation(models.Model):
    """Accounts with a bank in one currency, held against the cash accounts of those whose money it is.

    Entries before `since` belong to the opening balance of the first statement; up to `until` statements are there.
    What was recorded below `horizon` is matched, or has a break, or nothing is expected of it: a run looks only at
    what came since then, and at what has a break.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    since = models.DateField()
    until = models.DateField(null=True)
    horizon = models.BigIntegerField(db_default=0)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"RN-{self.pk}"


class ReconciledNostro(models.Model):
    """Which reconciliation an account with a bank belongs to."""

    reconciliation = models.ForeignKey(Reconciliation, models.PROTECT, related_name="nostros")
    nostro = models.OneToOneField(NostroAccount, models.PROTECT, related_name="reconciled")

    class Meta:
        default_permissions = ()


class ReconciledAccount(models.Model):
    """Which reconciliation the movements of a currency on a cash account belong to."""

    reconciliation = models.ForeignKey(Reconciliation, models.PROTECT, related_name="accounts")
    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "asset"], name="reconciledaccount_once")
        ]


class Match(models.Model):
    """Lines and entries that are the same money: by which rule, or by whom. Undone it stays, and counts no more.

    A line and an entry are one row, a pair. Of several no pair is claimed: the match is a row of neither, and each
    line and entry a row that is `part_of` it; their sums agree. Each line and entry is in one match that counts.
    `amount` is what both sides come to, of a part its own; zero where what is matched takes itself back.

    `facts` say what else spoke for it. What a rule matches tells no event of its own: the reconciliation tells one
    for all that a run matched. Who made or undid it is a person that there is, by a trigger: a key would be looked at
    for every row, though none but a person's has one. The other keys are without constraints of the database too: a
    rule writes what it read in the same statement, and none of it is ever deleted (decisions 0255, 0316).
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False,
                               db_constraint=False)  # fmt: skip
    reconciliation = models.ForeignKey(Reconciliation, models.PROTECT, related_name="matches",
                                       db_constraint=False)  # fmt: skip
    rule = models.CharField(max_length=9, choices=MatchRule)
    part_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts", db_index=False,
                                db_constraint=False)  # fmt: skip
    line = models.ForeignKey(StatementLine, models.PROTECT, null=True, related_name="+", db_index=False,
                             db_constraint=False)  # fmt: skip
    entry = models.ForeignKey(JournalEntry, models.PROTECT, null=True, related_name="+", db_index=False,
                              db_constraint=False)  # fmt: skip
    account = models.ForeignKey(LedgerAccount, models.PROTECT, null=True, related_name="+", db_index=False,
                                db_constraint=False)  # fmt: skip
    amount = models.DecimalField(max_digits=28, decimal_places=8)
    facts = models.JSONField(db_default=_NOTHING)
    matched_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+",
                                   db_index=False, db_constraint=False)  # fmt: skip
    matched_at = models.DateTimeField(db_default=Now())
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+",
                                  db_index=False, db_constraint=False)  # fmt: skip
    undone_at = models.DateTimeField(null=True)
    undone_reason = models.CharField(max_length=500, blank=True, db_default="")
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("run_reconciliation", "Can have statements held against the books"),
            ("view_match", "Can see what is matched and what differs"),
            ("make_match", "Can match lines of statements with entries"),
            ("undo_match", "Can undo a match"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undone_reason=""),
                name="match_undone_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["line"], condition=Q(undone_at__isnull=True, line__isnull=False), name="match_line_once"
            ),
            models.UniqueConstraint(
                fields=["entry", "account"], condition=Q(undone_at__isnull=True, entry__isnull=False),
                name="match_entry_once",
            ),
            models.CheckConstraint(
                condition=Q(part_of__isnull=True, line__isnull=True, entry__isnull=True)
                | Q(part_of__isnull=True, line__isnull=False, entry__isnull=False)
                | Q(part_of__isnull=False, line__isnull=False, entry__isnull=True)
                | Q(part_of__isnull=False, line__isnull=True, entry__isnull=False),
                name="match_pair_or_parts",
            ),
            models.CheckConstraint(
                condition=Q(entry__isnull=False, account__isnull=False)
                | Q(entry__isnull=True, account__isnull=True),
                name="match_entry_whole",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(
                KT("facts__pattern"), "id", condition=Q(rule="PERSON"), name="match_learned"
            ),
            models.Index(
                fields=["part_of"], condition=Q(part_of__isnull=False), name="match_part_of"
            ),
        ]

    def __str__(self) -> str:
        return f"M-{self.pk}"

    @property
    def whole(self) -> Match:
        """The match that this is a part of, or itself."""
        return self.part_of or self

    @property
    def items(self) -> list[Match]:
        """Its lines and entries: itself where it is a pair, else its parts in their order."""
        if self.line_id is not None or self.entry_id is not None:
            return [self]
        return sorted(self.parts.all(), key=lambda part: part.pk)
