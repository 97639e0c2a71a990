"""A place's penalty statement with its lines, and what is different from our own computation."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Entity, Place
from settlements.fails.state import Payer, PenaltyKind, PenaltyStatus
from settlements.fails.statements.state import (
    BREAK_LIFECYCLE,
    STATEMENT_LIFECYCLE,
    BreakState,
    Difference,
    StatementState,
)
from settlements.models import Settlement


class PenaltyStatement(StatefulModel):
    """What a place says of a month: one after the other is numbered, the last that is booked counts.

    `sha256` is of its lines: the same statement again is the same one.
    """

    lifecycles = (STATEMENT_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    number = models.SmallIntegerField()
    document = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=StatementState, default=StatementState.RECEIVED)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )  # nobody: a channel brought it
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("receive_penaltystatement", "Can bring a place's statement of penalties"),
            ("book_penaltystatement", "Can book a place's statement of penalties"),
            ("decline_penaltystatement", "Can decline a place's statement of penalties"),
        ]
        constraints: ClassVar = [
            known_states(STATEMENT_LIFECYCLE, "penaltystatement_state_known"),
            models.UniqueConstraint(
                fields=["entity", "place", "month", "number"], name="penaltystatement_once"
            ),
            models.UniqueConstraint(
                fields=["entity", "place", "month", "sha256"],
                condition=~Q(state="DECLINED"), name="penaltystatement_same_once",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="penaltystatement_month_begins"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"PS-{self.pk}"


class PenaltyLine(models.Model):
    """One line of a place's statement, as it came. Never edited.

    `settlement` is ours where the place names one that we sent there; `amount` is zero where the place has
    removed or not computed it.
    """

    statement = models.ForeignKey(
        PenaltyStatement, models.PROTECT, related_name="lines", db_index=False
    )
    number = models.IntegerField()
    their_ref = models.CharField(max_length=60)
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, null=True, related_name="+", db_index=False
    )
    day = models.DateField()
    kind = models.CharField(max_length=4, choices=PenaltyKind)
    payer = models.CharField(max_length=7, choices=Payer)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=4, choices=PenaltyStatus)
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "number"], name="penaltyline_once"),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & Q(status__in=PenaltyStatus.values),
                name="penaltyline_fits",
            ),
        ]


class PenaltyBreak(StatefulModel):
    """What a place says of one side and day of a settlement, and what we have counted: not the same.

    `their_ref` is told where the settlement is not known. Until `appeal_by` the place hears us.
    """

    lifecycles = (BREAK_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    statement = models.ForeignKey(PenaltyStatement, models.PROTECT, related_name="breaks")
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, null=True, related_name="+", db_index=False
    )
    their_ref = models.CharField(max_length=60, blank=True, db_default="")
    day = models.DateField()
    kind = models.CharField(max_length=4, choices=PenaltyKind)
    payer = models.CharField(max_length=7, choices=Payer)
    what = models.CharField(max_length=10, choices=Difference)
    ours = models.DecimalField(max_digits=24, decimal_places=4)
    theirs = models.DecimalField(max_digits=24, decimal_places=4)
    currency = models.CharField(max_length=3)
    appeal_by = models.DateField()
    state = models.CharField(max_length=8, choices=BreakState, default=BreakState.OPEN)
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("appeal_penaltybreak", "Can appeal against a penalty of a place"),
            ("accept_penaltybreak", "Can accept a penalty as its place says"),
            ("win_penaltybreak", "Can record that the place agrees with our penalty"),
        ]
        constraints: ClassVar = [
            known_states(BREAK_LIFECYCLE, "penaltybreak_state_known"),
            models.UniqueConstraint(
                fields=["entity", "place", "month", "settlement", "their_ref", "day", "kind", "payer",
                        "currency"],
                nulls_distinct=False, name="penaltybreak_once",
            ),
            models.CheckConstraint(
                condition=~Q(ours=models.F("theirs")) | Q(state__in=["ACCEPTED", "WON", "VOID"]),
                name="penaltybreak_differs",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"PB-{self.pk}"
