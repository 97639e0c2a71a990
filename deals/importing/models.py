"""Files of deals, their rows with what became of each, and the mappings by which they are read."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from deals.importing.state import (
    IMPORT_LIFECYCLE,
    IMPORT_MAPPING_LIFECYCLE,
    ImportMappingState,
    ImportState,
    Mode,
)
from refdata.models import Book, Entity


class ImportMapping(StatefulModel):
    """How the columns of one kind of file become deals of one book; remembered by its header.

    A change is a new version, proposed and approved by two people; approved, it takes the place of the
    one in force.
    """

    lifecycles = (IMPORT_MAPPING_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    book = models.ForeignKey(Book, models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=80)
    signature = models.CharField(max_length=64)
    header = ArrayField(models.CharField(max_length=2000, blank=True))
    number = models.IntegerField()
    document = models.JSONField()
    reason = models.CharField(max_length=500, blank=True, db_default="")
    state = models.CharField(
        max_length=10, choices=ImportMappingState, default=ImportMappingState.PROPOSED
    )
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [
            (f"{name}_importmapping", f"Can {name} a mapping of columns")
            for name in ("propose", "approve", "decline", "withdraw")
        ]
        constraints: ClassVar = [
            known_states(IMPORT_MAPPING_LIFECYCLE, "importmapping_state_known"),
            models.UniqueConstraint(
                fields=["book", "signature", "number"], name="importmapping_version_once"
            ),
            models.UniqueConstraint(
                fields=["book", "signature"], condition=Q(state="APPROVED"),
                name="importmapping_one_in_force",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"MP-{self.pk}"


class DealImport(StatefulModel):
    """A file of deals: its bytes are kept under their hash, its rows stand beside it.

    `next_row` is the number of the last row that was taken in; counts and sums are of the rows as they
    stand now: what they would become, then what they became. `attempts` is how often a worker began and
    neither ended nor came further.
    """

    lifecycles = (IMPORT_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    book = models.ForeignKey(Book, models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    format = models.CharField(max_length=4, blank=True, db_default="")
    sheet = models.CharField(max_length=100, blank=True, db_default="")
    mapping = models.ForeignKey(ImportMapping, models.PROTECT, null=True, related_name="imports")
    signature = models.CharField(max_length=64, blank=True, db_default="")
    header = ArrayField(models.CharField(max_length=2000, blank=True), default=list)
    header_row = models.IntegerField(db_default=0)
    rows = models.IntegerField(db_default=0)
    next_row = models.IntegerField(db_default=0)
    mode = models.CharField(max_length=14, choices=Mode, blank=True, db_default="")
    counts = models.JSONField(default=dict)
    sums = models.JSONField(default=dict)
    why = models.JSONField(null=True)
    attempts = models.SmallIntegerField(db_default=0)
    state = models.CharField(max_length=14, choices=ImportState, default=ImportState.RECEIVED)
    brought_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    brought_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [
            ("receive_dealimport", "Can bring a file of deals"),
            *(
                (f"{name}_dealimport", f"Can {name} a file of deals")
                for name in ("map", "load", "request_undo", "undo", "keep")
            ),
        ]
        constraints: ClassVar = [known_states(IMPORT_LIFECYCLE, "dealimport_state_known")]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], condition=Q(state__in=("RECEIVED", "LOADING", "UNDOING")),
                name="dealimport_for_worker",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"IM-{self.pk}"


class ImportRow(models.Model):
    """One row of a file as it was read, and what became of it. `column` of a problem is null for all."""

    deal_import = models.ForeignKey(
        DealImport, models.PROTECT, related_name="file_rows", db_index=False
    )
    number = models.IntegerField()
    cells = ArrayField(models.TextField(blank=True))
    outcome = models.CharField(max_length=8)
    code = models.CharField(max_length=60, blank=True)
    hinders = models.BooleanField(default=False)
    base = models.CharField(max_length=64, blank=True)
    reference = models.CharField(max_length=64, blank=True)
    problems = models.JSONField(default=list)
    side = models.CharField(max_length=5, blank=True)
    amount = models.DecimalField(max_digits=40, decimal_places=12, null=True)
    currency = models.CharField(max_length=12, blank=True)
    deal = models.ForeignKey(
        "deals.Deal", models.PROTECT, null=True, related_name="import_rows", db_index=False
    )
    inbound = models.ForeignKey(
        "deals.Inbound", models.PROTECT, null=True, related_name="import_rows", db_index=False
    )

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deal_import", "number"], name="importrow_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["deal_import", "outcome", "number"], name="importrow_by_outcome"),
            models.Index(
                fields=["base"], condition=Q(deal__isnull=False) | Q(inbound__isnull=False),
                name="importrow_taken",
            ),
        ]  # fmt: skip
