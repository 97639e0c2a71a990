"""What differs between statements and our books."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from ledger.models import JournalEntry, LedgerAccount
from reconciliation.breaks.state import BREAK_LIFECYCLE, BreakKind, BreakState, Remedy
from reconciliation.models.matching import Reconciliation
from reconciliation.models.statements import Statement, StatementLine
from refdata.models import Asset, Entity, NostroAccount, Place
from settlements.models import Settlement

_NOTHING = models.Value({}, models.JSONField())


class Break(StatefulModel):
    """One thing that differs, from the day on which it does until it does no more.

    `key` names it for ever: what comes back is the same row, open again. `theirs` is what the statement
    has and `ours` what our books have, in `asset`; `why` says what the rules found about it. `held` means
    that a person undid its match: rules match it no more. `pattern` is what its line has in common with others like it,
    by which earlier decisions are found. `day` is that of the fact. The keys of what it is about are without
    constraints of the database: a rule opens it for what it has just read, and none of that is ever deleted
    (decision 0291).
    """

    lifecycles = (BREAK_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_constraint=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False,
                              db_constraint=False)  # fmt: skip
    reconciliation = models.ForeignKey(Reconciliation, models.PROTECT, null=True, related_name="breaks",
                                       db_index=False, db_constraint=False)  # fmt: skip
    kind = models.CharField(max_length=8, choices=BreakKind)
    key = models.CharField(max_length=160)
    line = models.ForeignKey(
        StatementLine, models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    entry = models.ForeignKey(
        JournalEntry, models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    account = models.ForeignKey(LedgerAccount, models.PROTECT, null=True, related_name="+", db_index=False,
                                db_constraint=False)  # fmt: skip
    statement = models.ForeignKey(
        Statement, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    nostro = models.ForeignKey(
        NostroAccount,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    asset = models.ForeignKey(
        Asset, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    day = models.DateField()
    theirs = models.DecimalField(max_digits=28, decimal_places=8, db_default=0)
    ours = models.DecimalField(max_digits=28, decimal_places=8, db_default=0)
    why = models.CharField(max_length=9, blank=True, db_default="")
    held = models.BooleanField(db_default=False)
    pattern = models.CharField(max_length=64, blank=True, db_default="")
    facts = models.JSONField(db_default=_NOTHING)
    state = models.CharField(max_length=9, choices=BreakState, default=BreakState.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    reason = models.CharField(max_length=500, blank=True, db_default="")
    chase_on = models.DateField(null=True)
    remedy = models.CharField(max_length=9, choices=Remedy, blank=True, db_default="")
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("explain_break", "Can say why something differs from a statement"),
            ("chase_break", "Can note that somebody was asked about a difference"),
            ("propose_break", "Can propose what is booked for a difference"),
            ("accept_break", "Can accept what is booked for a difference"),
            ("decline_break", "Can decline what is booked for a difference"),
            ("own_break", "Can take over a difference"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="break_once"),
            known_states(BREAK_LIFECYCLE, "break_state_known"),
            models.CheckConstraint(condition=Q(kind__in=BreakKind.values), name="break_kind_known"),
            models.CheckConstraint(
                condition=Q(remedy__in=["", *Remedy.values]), name="break_remedy_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["reconciliation", "id"], condition=~Q(state="CLOSED"), name="break_live"
            ),
            models.Index(fields=["pattern", "id"], condition=~Q(remedy=""), name="break_decided"),
        ]

    def __str__(self) -> str:
        return f"DF-{self.pk}"
