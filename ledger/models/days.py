"""Business days, the nights that close them step by step, what stays open, and what all was worth."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from ledger.state import (
    BUSINESS_DAY_LIFECYCLE,
    NIGHT_LIFECYCLE,
    NIGHT_STEP_LIFECYCLE,
    OPEN_POINT_LIFECYCLE,
    DayState,
    NightState,
    PointState,
    Stage,
    StepState,
)
from refdata.models import Asset, Calendar, Entity, Party


class DaySchedule(models.Model):
    """When an entity's days are cut off, by which calendar, and how long FINAL waits. Dated."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="day_schedules")
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+")
    timezone = models.CharField(max_length=40)
    cut_off = models.TimeField()
    final_after = models.DurationField()  # from the cut-off: statements of the day arrive meanwhile
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "valid_from"], name="dayschedule_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="dayschedule_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.cut_off} {self.timezone}"


class BusinessDay(StatefulModel):
    """A day of an entity's books. What is closed takes no more entries; nor does any day before it.

    `round` counts how often it was open: above one it was opened again, and has a FINAL night for each time.
    """

    lifecycles = (BUSINESS_DAY_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="business_days")
    day = models.DateField()
    state = models.CharField(max_length=10, choices=DayState, default=DayState.OPEN)
    cut_off_at = models.DateTimeField(null=True)
    final_from_at = models.DateTimeField(null=True)
    round = models.SmallIntegerField(default=1, db_default=1)
    sealed_number = models.BigIntegerField(null=True)
    sealed_hash = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "day"], name="businessday_once"),
            known_states(BUSINESS_DAY_LIFECYCLE, "businessday_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["CLOSED", "SIGNED_OFF", "REOPENING"])
                | Q(sealed_number__isnull=False),
                name="businessday_closed_is_sealed",
            ),
        ]
        permissions: ClassVar = [
            ("view_close", "Can see how days are closed"),
            ("sign_off_businessday", "Can sign off a closed day"),
            ("ask_reopen_businessday", "Can ask for a signed-off day to be opened again"),
            ("approve_reopen_businessday", "Can open a signed-off day again, as another asks"),
            ("decline_reopen_businessday", "Can refuse to open a signed-off day again"),
            ("restart_nightstep", "Can restart a step of the night"),
            ("explain_openpoint", "Can explain what is open at the close"),
        ]

    def __str__(self) -> str:
        return f"BD-{self.pk}"


class Night(StatefulModel):
    """One stage of the close of one business day, or of the month or year that it is the last day of.

    Of what was open again there is a night of each `round`.
    """

    lifecycles = (NIGHT_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    day = models.ForeignKey(BusinessDay, models.PROTECT, related_name="nights")
    stage = models.CharField(max_length=5, choices=Stage)
    round = models.SmallIntegerField(default=1, db_default=1)
    state = models.CharField(max_length=10, choices=NightState, default=NightState.RUNNING)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "stage", "round"], name="night_once"),
            known_states(NIGHT_LIFECYCLE, "night_state_known"),
        ]

    def __str__(self) -> str:
        return f"N-{self.pk}"


class NightStep(StatefulModel):
    """A step of a night: what came of it, how long it took, and what it had to say."""

    lifecycles = (NIGHT_STEP_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    night = models.ForeignKey(Night, models.PROTECT, related_name="steps")
    name = models.CharField(max_length=30)
    position = models.SmallIntegerField()
    state = models.CharField(max_length=10, choices=StepState, default=StepState.PENDING)
    attempts = models.SmallIntegerField(db_default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    facts = models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)
    log = models.TextField(blank=True, db_default="", default="")
    error = models.TextField(blank=True, db_default="", default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["night", "name"], name="nightstep_once"),
            known_states(NIGHT_STEP_LIFECYCLE, "nightstep_state_known"),
        ]

    def __str__(self) -> str:
        return f"NS-{self.pk}"


class OpenPoint(StatefulModel):
    """Something a day cannot end with unless a person explains it: what, how many, how much money."""

    lifecycles = (OPEN_POINT_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    day = models.ForeignKey(BusinessDay, models.PROTECT, related_name="open_points")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=120)
    count = models.IntegerField()
    amount = models.DecimalField(max_digits=32, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True, db_default="", default="")
    state = models.CharField(max_length=10, choices=PointState, default=PointState.OPEN)
    explanation = models.CharField(max_length=500, blank=True, db_default="", default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "kind", "key", "currency"], name="openpoint_once"
            ),
            known_states(OPEN_POINT_LIFECYCLE, "openpoint_state_known"),
            models.CheckConstraint(
                condition=~Q(state="EXPLAINED") | ~Q(explanation=""),
                name="openpoint_explained_in_words",
            ),
        ]

    def __str__(self) -> str:
        return f"OP-{self.pk}"


class Valuation(models.Model):
    """What an owner's position in one asset was worth at the close, by which price and which rate.

    A fact of its night: a second look at the same day is another night's rows. `settled` is held at
    places, `unsettled` is dealt and not settled. No price: no value, and an open point. `rate_names`
    are the stored rates that the rate is made of (`R7 R9`), `rate_date` the day of the oldest.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    night = models.ForeignKey(Night, models.PROTECT, related_name="valuations", db_index=False)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    settled = models.DecimalField(max_digits=32, decimal_places=8)
    unsettled = models.DecimalField(max_digits=32, decimal_places=8)
    price = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    price_date = models.DateField(null=True)
    price_source = models.CharField(max_length=40, blank=True, db_default="")
    price_stale = models.BooleanField(db_default=False)
    currency = models.CharField(max_length=3, blank=True, db_default="")
    value = models.DecimalField(max_digits=32, decimal_places=4, null=True)
    rate = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    rate_date = models.DateField(null=True)
    rate_names = models.CharField(max_length=60, blank=True, db_default="")
    rate_stale = models.BooleanField(db_default=False)
    base_value = models.DecimalField(max_digits=32, decimal_places=4, null=True)
    base_currency = models.CharField(max_length=3)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["night", "owner", "asset"], name="valuation_once"),
            models.CheckConstraint(
                condition=Q(price__isnull=False, value__isnull=False)
                | Q(price__isnull=True, value__isnull=True),
                name="valuation_priced_or_not",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["entity", "-id"], name="valuation_of_entity")]
