"""Lists of those with whom we may not deal, what was screened against them, and what was found.

Versions, entries and screenings are facts. A standing caches, for each subject, its last screening and
whether another is due; triggers mark it due when what is screened changes.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from refdata.screening.state import HIT_LIFECYCLE, Cause, EntryKind, HitState

SUBJECTS = ("party", "place", "instrument", "proposal", "partyfile", "fileperson")


class SanctionsVersion(models.Model):
    """A list as it was on the day of its source; the one with the highest number is in use."""

    list_code = models.CharField(max_length=40)
    number = models.IntegerField()
    title = models.CharField(max_length=200, blank=True, db_default="")
    source_date = models.DateField()
    sha256 = models.CharField(max_length=64)
    entries = models.IntegerField()
    names = models.IntegerField()
    loaded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["list_code", "number"], name="sanctionsversion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.list_code}/{self.number}"


class SanctionsEntry(models.Model):
    """Whom or what a list names, as it named it; a change of it is another row with the same key.

    `words` holds each name in the spelling in which names are compared, its words apart by spaces.
    """

    list_code = models.CharField(max_length=40)
    key = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=EntryKind)
    names = ArrayField(models.CharField(max_length=300))
    words = ArrayField(models.TextField())
    country = models.CharField(max_length=2, blank=True, db_default="")
    birth_date = models.CharField(max_length=10, blank=True, db_default="")
    identifiers = models.JSONField(db_default=models.Value([], models.JSONField()))
    reason = models.CharField(max_length=500, blank=True, db_default="")
    sha256 = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["list_code", "key", "sha256"], name="sanctionsentry_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list_code} {self.key}"


class SanctionsMember(models.Model):
    """An entry stands in a version."""

    version = models.ForeignKey(SanctionsVersion, models.PROTECT, related_name="members")
    entry = models.ForeignKey(SanctionsEntry, models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "entry"], name="sanctionsmember_once"),
        ]


class ScreeningRun(models.Model):
    """Something was compared: why, when, by which rule, and against which versions of which lists."""

    cause = models.CharField(max_length=10, choices=Cause)
    rule = models.CharField(max_length=20, blank=True, db_default="")
    versions = ArrayField(models.BigIntegerField())
    subjects = models.IntegerField()
    hits = models.IntegerField()
    screened_at = models.DateTimeField()
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"SR-{self.pk}"


class Screening(models.Model):
    """What was compared of one subject in a run, and how many entries it was like."""

    run = models.ForeignKey(ScreeningRun, models.PROTECT, related_name="screenings")
    subject_type = models.CharField(max_length=10)
    subject_id = models.BigIntegerField()
    content = models.JSONField()
    hits = models.IntegerField()

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="screening_of_subject"),
        ]

    def __str__(self) -> str:
        return f"SN-{self.pk}"


class ScreeningStanding(models.Model):
    """How a subject stands: its last screening, and whether another is due. A cache of now.

    `against` counts the lists of that screening: against none nothing is clear.
    """

    subject_type = models.CharField(max_length=10)
    subject_id = models.BigIntegerField()
    due = models.BooleanField(db_default=True)
    screening = models.ForeignKey(Screening, models.PROTECT, null=True, related_name="+")
    against = models.SmallIntegerField(db_default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"], name="screeningstanding_once"
            ),
            models.CheckConstraint(
                condition=Q(subject_type__in=SUBJECTS), name="screeningstanding_subjects"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(due=True), name="screening_due"),
        ]


class ScreeningHit(StatefulModel):
    """A subject is like an entry: by an identifier, or by a name with a score in thousandths.

    `ours` is what of the subject was like it. Cleared once, it stays cleared as long as neither
    the entry nor that changes: another entry row, or another name, is another hit.
    """

    lifecycles = (HIT_LIFECYCLE,)

    subject_type = models.CharField(max_length=10)
    subject_id = models.BigIntegerField()
    subject_name = models.CharField(max_length=200)
    entry = models.ForeignKey(SanctionsEntry, models.PROTECT, related_name="hits")
    scheme = models.CharField(max_length=12, blank=True, db_default="")
    ours = models.CharField(max_length=300)
    listed = models.CharField(max_length=300)
    score = models.SmallIntegerField()
    screening = models.ForeignKey(Screening, models.PROTECT, related_name="+")
    follows = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    state = models.CharField(
        max_length=10, choices=HitState, default=HitState.OPEN, db_default=HitState.OPEN
    )

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [
            (f"{name}_screeninghit", f"Can {name} a hit of screening")
            for name, each in HIT_LIFECYCLE.transitions.items()
            if not each.by_rule
        ]
        constraints: ClassVar = [
            known_states(HIT_LIFECYCLE, "screeninghit_state_known"),
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "entry", "ours"], name="screeninghit_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["subject_type", "subject_id"],
                condition=Q(state__in=("OPEN", "CLEARING", "BLOCKED")),
                name="screeninghit_blocking",
            ),
        ]

    def __str__(self) -> str:
        return f"SH-{self.pk}"
