"""Files of counterparties and clients: who they are, their documents, who owns and signs for them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.documents.models import ReceivedDocument
from backoffice.workflow.models import StatefulModel, known_states
from onboarding.state import FILE_LIFECYCLE, FileRole, FileState, Spared
from refdata.models import Entity, Party
from refdata.models.parties import PartyKind

VERBS = ("open", "keep", *(n for n, each in FILE_LIFECYCLE.transitions.items() if not each.by_rule))


class PartyFile(StatefulModel):
    """The file of a party: who it is, what proves that, and when it is looked at again.

    Of a new party `identity` holds what it will be, as `refdata.values` writes it, until it is approved; then,
    and for a party that exists, the party says so itself. `details` holds of a person what `IndividualDetails`
    does, `contact` whom we call. `answers` are those of the scorecards by factor. `version` counts the changes:
    who approves names the one that was seen. `review_on` and what came of the answers are those of the last approval.
    """

    lifecycles = (FILE_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=12, choices=FileRole)
    kind = models.CharField(max_length=12, choices=PartyKind)
    party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="files")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    name_ru = models.CharField(max_length=200, blank=True, db_default="")
    country = models.CharField(max_length=2)
    identity = models.JSONField(default=dict)
    details = models.JSONField(default=dict)
    contact = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    state = models.CharField(
        max_length=10, choices=FileState, default=FileState.DRAFT, db_default=FileState.DRAFT
    )
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(db_default=Now())
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    points = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    grade = models.CharField(max_length=8, blank=True, db_default="")
    risk = models.CharField(max_length=8, blank=True, db_default="")
    review_on = models.DateField(null=True)

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [
            (f"{verb}_partyfile", f"Can {verb} the file of a party") for verb in VERBS
        ]
        constraints: ClassVar = [
            known_states(FILE_LIFECYCLE, "partyfile_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=("APPROVED", "DUE"))
                | Q(party__isnull=False, approved_by__isnull=False, approved_at__isnull=False),
                name="partyfile_approved_has_a_party",
            ),
            models.CheckConstraint(
                condition=~Q(state="APPROVED") | ~Q(approved_by=F("submitted_by")),
                name="partyfile_other_eyes",
            ),
            models.UniqueConstraint(
                fields=["party", "role"],
                condition=Q(state__in=("DRAFT", "SUBMITTED", "APPROVED", "DUE")),
                name="partyfile_one_live",
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(party__isnull=True, state__in=("DRAFT", "SUBMITTED")),
                name="partyfile_new_code_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "-id"], name="partyfile_of_entity"),
            models.Index(
                fields=["review_on"], condition=Q(state="APPROVED"), name="partyfile_to_review"
            ),
        ]

    def __str__(self) -> str:
        return f"CF-{self.pk}"

    @property
    def is_organisation(self) -> bool:
        return self.kind == PartyKind.ORGANISATION

    @property
    def rule_key(self) -> str:
        """The key under which rules say what a file of this role and kind needs."""
        return f"{self.role}-{self.kind}"


class FileDocument(models.Model):
    """A document of a file: its type, its dates, and the scan as it came. Only withdrawing changes it.

    It counts for dealing once the file with it was approved (`accepted_at`).
    """

    file = models.ForeignKey(PartyFile, models.PROTECT, related_name="documents")
    type = models.CharField(max_length=30)
    number = models.CharField(max_length=60, blank=True, db_default="")
    issued_on = models.DateField()
    expires_on = models.DateField(null=True)
    scan = models.OneToOneField(ReceivedDocument, models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gt=F("issued_on")),
                name="filedocument_lasts",
            ),
        ]

    def __str__(self) -> str:
        return f"FX-{self.pk}"


class FilePerson(models.Model):
    """Somebody who owns of a party or signs for it: a person, or an organisation with owners of its own.

    Only withdrawing changes one: what was screened stays what it was. `spared` says why nobody looks for the
    owners of an organisation.
    """

    file = models.ForeignKey(PartyFile, models.PROTECT, related_name="persons")
    kind = models.CharField(max_length=12, choices=PartyKind)
    name = models.CharField(max_length=200)
    name_ru = models.CharField(max_length=200, blank=True, db_default="")
    country = models.CharField(max_length=2, blank=True, db_default="")
    birth_date = models.DateField(null=True)
    scheme = models.CharField(max_length=8, blank=True, db_default="")
    value = models.CharField(max_length=40, blank=True, db_default="")
    signs_as = models.CharField(max_length=120, blank=True, db_default="")
    spared = models.CharField(max_length=8, choices=Spared, blank=True, db_default="")
    added_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(spared="") | Q(kind="ORGANISATION"), name="fileperson_spared_organisation"
            ),
            models.UniqueConstraint(
                fields=["file", "name", "kind"], condition=Q(withdrawn_at__isnull=True),
                name="fileperson_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name_ru or self.name


class FileStake(models.Model):
    """So much of the party (`owned` is empty) or of one of its owners belongs to an owner: a fraction.

    Another share is another row.
    """

    file = models.ForeignKey(PartyFile, models.PROTECT, related_name="stakes")
    owner = models.ForeignKey(FilePerson, models.PROTECT, related_name="holds")
    owned = models.ForeignKey(FilePerson, models.PROTECT, null=True, related_name="held_by")
    share = models.DecimalField(max_digits=9, decimal_places=8)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(share__gt=0) & Q(share__lte=1), name="filestake_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(owned__isnull=True) | ~Q(owned=F("owner")), name="filestake_of_another"
            ),
            models.UniqueConstraint(
                fields=["file", "owner", "owned"], condition=Q(withdrawn_at__isnull=True),
                nulls_distinct=False, name="filestake_once",
            ),
        ]  # fmt: skip
