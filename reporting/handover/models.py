"""Batches for the bookkeeping, numbered without gaps, each going on where the one before it ended; and their files."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Entity
from reporting.handover.state import BATCH_LIFECYCLE, BatchState
from reporting.models import ReportRun


class LedgerBatch(StatefulModel):
    """What one run of the report `ledger-batch` found for a signed-off day of an entity.

    The rows, their hash and what was known are those of the run, which is a fact; `before` is the batch that it goes
    on from. `documents` is the run of its documents, of the same watermark; batches made before there were any have
    none. `taken_as` says under what the bookkeeping took it in.
    """

    lifecycles = (BATCH_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    number = models.IntegerField()
    day = models.DateField()
    before = models.OneToOneField("self", models.PROTECT, null=True, related_name="after")
    run = models.OneToOneField(ReportRun, models.PROTECT, related_name="batch")
    documents = models.OneToOneField(
        ReportRun, models.PROTECT, null=True, related_name="documents_of"
    )
    taken_as = models.CharField(max_length=100, blank=True, db_default="")
    state = models.CharField(
        max_length=11, choices=BatchState, default=BatchState.PREPARED, db_default="PREPARED"
    )
    prepared_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_ledgerbatch", f"Can {words} a batch of entries for the bookkeeping")
            for verb, words in (("hand_over", "hand over"), ("accept", "say what became of"))
        ]
        constraints: ClassVar = [
            known_states(BATCH_LIFECYCLE, "ledgerbatch_state_known"),
            models.UniqueConstraint(fields=["entity", "number"], name="ledgerbatch_number_once"),
            models.UniqueConstraint(fields=["entity", "day"], name="ledgerbatch_day_once"),
            models.CheckConstraint(
                condition=Q(number=1, before=None) | Q(number__gt=1, before__isnull=False),
                name="ledgerbatch_goes_on",
            ),
            models.CheckConstraint(
                condition=Q(state="ACCEPTED") & ~Q(taken_as="") | ~Q(state="ACCEPTED") & Q(taken_as=""),
                name="ledgerbatch_taken_as_something",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"LB-{self.pk}"

    @property
    def control_totals(self) -> dict[str, str]:
        """What all its postings of each asset add up to, by the code of the asset."""
        found: dict[str, str] = (
            self.run.contents.get("totals", {}).get("entries", {}).get("quantity", {})
        )
        return found

    @property
    def has_documents(self) -> bool:
        """Whether its day has any: else there is nothing to write."""
        return self.documents is not None and "documents" in self.documents.contents.get(
            "sections", {}
        )


class DocumentFile(models.Model):
    """The documents of a batch as they were written in a version of EnterpriseData; the last is given. A fact."""

    batch = models.ForeignKey(LedgerBatch, models.PROTECT, related_name="files", db_index=False)
    number = models.IntegerField()
    version = models.CharField(max_length=8)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    validated = models.BooleanField()  # against a schema of the firm
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "number"], name="documentfile_once"),
        ]

    def __str__(self) -> str:
        return f"{self.batch}/{self.number}"
