"""Messages out and in: each is a row first and a file second, so that a lost file is written again."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.connectors.channels.state import MESSAGE_LIFECYCLE, MessageState
from backoffice.connectors.state import (
    MAPPING_LIFECYCLE,
    CounterpartyBy,
    InboundOutcome,
    InstrumentBy,
    MappingState,
)
from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Book, Entity, Party, Place
from settlements.actions.models import ElectionChoice
from settlements.models import Settlement


class OutboundMessage(StatefulModel):
    """An instruction for a place, the request to cancel it, a command about it, or an election: each of them once.

    It is about a settlement, or about one choice of an election: what is chosen anew is another choice.
    `channel` is the code of the channel that takes it, empty where its place has none: then it is a line
    of JSON in a file of the place. `reference` is what the place calls it by, `sequence` counts the messages
    of a channel without gaps, `content` is what was written, kept as it is: it is never written differently
    again. `resends` is how often a person let it leave once more. `problems` say what was missing.
    """

    lifecycles = (MESSAGE_LIFECYCLE,)

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, null=True, related_name="messages_out", db_index=False
    )
    choice = models.OneToOneField(
        ElectionChoice, models.PROTECT, null=True, related_name="message_out"
    )
    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+", db_index=False)
    function = models.CharField(max_length=4, db_default="NEWM")
    number = models.SmallIntegerField(
        db_default=1
    )  # of its function: a denied request may come again
    body = models.JSONField()
    channel = models.CharField(max_length=20, blank=True, db_default="")
    reference = models.CharField(max_length=35, blank=True, db_default="")
    format = models.CharField(max_length=20, blank=True, db_default="")
    sequence = models.BigIntegerField(null=True)
    name = models.CharField(max_length=200, blank=True, db_default="")
    content = models.BinaryField(null=True)
    state = models.CharField(
        max_length=12, choices=MessageState, default=MessageState.QUEUED, db_default="QUEUED"
    )
    problems = models.JSONField(db_default=models.Value([], models.JSONField()), default=list)
    resends = models.SmallIntegerField(db_default=0, default=0)
    created_at = models.DateTimeField(db_default=Now())
    written_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True, db_default="")  # what acknowledged it

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_message", f"Can {verb} a message")
            for verb in (
                "retry",
                "resend",
                "mark_outside",
                "take_back",
                "confirm_outside",
                "miss",
                "issue_form",
            )
        ]
        constraints: ClassVar = [
            known_states(MESSAGE_LIFECYCLE, "outbound_state_known"),
            models.UniqueConstraint(
                fields=["settlement", "function", "number"], name="outbound_once"
            ),
            models.CheckConstraint(
                condition=Q(settlement__isnull=False, choice=None) & ~Q(function="ELEC")
                | Q(settlement=None, choice__isnull=False, function="ELEC", number=1),
                name="outbound_about_one",
            ),
            models.UniqueConstraint(
                fields=["channel", "sequence"],
                condition=Q(sequence__isnull=False),
                name="outbound_in_sequence",
            ),
            models.UniqueConstraint(
                fields=["channel", "reference"],
                condition=~Q(reference=""),
                name="outbound_reference",
            ),
            models.CheckConstraint(
                condition=Q(sequence__isnull=True) | Q(content__isnull=False),
                name="outbound_content_kept",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["channel", "id"], condition=Q(state__in=["QUEUED", "WRITTEN"]),
                name="outbound_waiting",
            ),
            models.Index(
                fields=["channel", "-id"], condition=~Q(channel=""), name="outbound_of_channel"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"OM-{self.pk}"

    @property
    def about(self) -> str:
        """What it is about, by our reference."""
        if self.choice is not None:
            return f"EL-{self.choice.election_id}"
        return f"S-{self.settlement_id}"


class InboundFile(models.Model):
    """A file that came in, by its hash: the same bytes again are the same file and do nothing.

    Every line of it is a fact that it `added`, one of the `duplicates` of what was known, or named by a problem.
    `entity` is whose it is; None: of nobody yet, or of several. What was taken, and when again, its events tell.
    """

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField(db_default=0)
    channel = models.CharField(max_length=40, blank=True, db_default="")
    format = models.CharField(max_length=40, blank=True, db_default="")
    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+")
    statements = models.IntegerField(db_default=0)
    lines = models.IntegerField(db_default=0)
    added = models.IntegerField(db_default=0)
    duplicates = models.IntegerField(db_default=0)
    balanced = models.BooleanField(null=True)
    counts = models.JSONField(db_default=models.Value({}, models.JSONField()))
    problems = models.JSONField(db_default=models.Value([], models.JSONField()))
    outcome = models.CharField(
        max_length=9, choices=InboundOutcome, db_default=InboundOutcome.TAKEN
    )
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    received_at = models.DateTimeField(db_default=Now())
    again = False  # no column: whether these bytes had come before, on what `take_file` gives

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [
            ("receive_inboundfile", "Can bring a file"),
            ("retake_inboundfile", "Can take a file in again"),
            ("set_aside_inboundfile", "Can set a file aside that cannot be taken in"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome__in=InboundOutcome.values), name="inboundfile_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"IF-{self.pk}"


class InboundContent(models.Model):
    """The bytes of a file as they came, for ever."""

    file = models.OneToOneField(InboundFile, models.PROTECT, related_name="kept", primary_key=True)
    content = models.BinaryField()

    class Meta:
        default_permissions = ()


class FixMapping(StatefulModel):
    """How the fills of a session become deals: what names the instrument, and what they do not say.

    An empty sender or target fits every one; the most specific approved rule is taken. `settle_days`
    counts settlement days of the market after the trade date; empty: the market's own cycle.
    """

    lifecycles = (MAPPING_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    sender = models.CharField(max_length=64, blank=True, db_default="")
    target = models.CharField(max_length=64, blank=True, db_default="")
    instrument_by = models.CharField(max_length=12, choices=InstrumentBy)
    currency = models.CharField(max_length=3, blank=True, db_default="")
    market = models.CharField(max_length=4, blank=True, db_default="")
    settle_days = models.SmallIntegerField(null=True)
    book = models.ForeignKey(Book, models.PROTECT, related_name="+")
    counterparty_by = models.CharField(max_length=8, choices=CounterpartyBy)
    party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True, db_default="")
    state = models.CharField(max_length=10, choices=MappingState, default=MappingState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [
            *(
                (f"{name}_fixmapping", f"Can {name} a mapping rule")
                for name in ("propose", "approve", "decline", "withdraw")
            ),
            ("import_fix", "Can import FIX logs"),
        ]
        constraints: ClassVar = [
            known_states(MAPPING_LIFECYCLE, "fixmapping_state_known"),
            models.UniqueConstraint(
                fields=["sender", "target"],
                condition=Q(state="APPROVED"),
                name="fixmapping_one_in_force",
            ),
            models.CheckConstraint(
                condition=~Q(counterparty_by="PARTY") | Q(party__isnull=False),
                name="fixmapping_names_party",
            ),
            models.CheckConstraint(
                condition=Q(settle_days__isnull=True) | Q(settle_days__gte=0, settle_days__lte=10),
                name="fixmapping_days",
            ),
        ]

    def __str__(self) -> str:
        return f"FM-{self.pk}"


# The models of the parts that are packages of their own; Django finds them here.
from backoffice.connectors.actions import models as actions  # noqa: E402, F401
from backoffice.connectors.channels import models as channels  # noqa: E402, F401
from backoffice.connectors.places import models as places  # noqa: E402, F401
from backoffice.connectors.salaries import models as salaries  # noqa: E402, F401
