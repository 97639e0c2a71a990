"""Templates, series of numbers, documents and their signed copies."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.documents.kinds import DocumentKind, Language, TemplateKind
from backoffice.documents.state import (
    COPY_LIFECYCLE,
    TEMPLATE_LIFECYCLE,
    CopyState,
    TemplateState,
)
from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Book, Entity, Party


class Template(StatefulModel):
    """The text of a kind of document in a language, as typst source; another text is another row.

    One is approved for a kind and a language. Those of the installation name nobody.
    """

    lifecycles = (TEMPLATE_LIFECYCLE,)

    kind = models.CharField(max_length=20, choices=TemplateKind)
    language = models.CharField(max_length=2, choices=Language)
    number = models.IntegerField()
    body = models.TextField()
    reason = models.CharField(max_length=500, blank=True, db_default="")
    state = models.CharField(max_length=10, choices=TemplateState, default=TemplateState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    proposed_at = models.DateTimeField(db_default=Now())
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("view_template", "Can read templates of documents"),
            *(
                (f"{verb}_template", f"Can {verb} a template of documents")
                for verb in ("propose", "approve", "decline", "withdraw")
            ),
        ]
        constraints: ClassVar = [
            known_states(TEMPLATE_LIFECYCLE, "template_state_known"),
            models.UniqueConstraint(
                fields=["kind", "language"], condition=Q(state="APPROVED"),
                name="template_one_approved",
            ),
            models.UniqueConstraint(
                fields=["kind", "language", "number"], name="template_numbered_once"
            ),
            models.CheckConstraint(
                condition=Q(proposed_by__isnull=True)
                | ~Q(state__in=("APPROVED", "SUPERSEDED"))
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("proposed_by"))),
                name="template_other_eyes",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"DT-{self.pk}"


class Series(models.Model):
    """The numbers of one kind of document of an entity in a year, and how they are written.

    The format is that of the year's first document: within a series it never changes. The row is
    locked last before commit, and its `last` moves only with the document that takes the number.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=DocumentKind)
    year = models.IntegerField()
    pattern = models.CharField(max_length=30)
    digits = models.IntegerField()
    last = models.IntegerField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "kind", "year"], name="series_once"),
        ]


class Document(models.Model):
    """A document as it left the house: its data, its bytes and their hashes. A fact.

    What it is about is known as (type, id) and version. The same document in another language
    carries the same number and the same data. One that another row `replaces` holds no more.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    book = models.ForeignKey(Book, models.PROTECT, null=True, related_name="+")
    party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=DocumentKind)
    series = models.ForeignKey(Series, models.PROTECT, related_name="documents")
    serial = models.IntegerField()
    number = models.CharField(max_length=40)
    issued_on = models.DateField()
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    subject_version = models.IntegerField()
    language = models.CharField(max_length=2, choices=Language)
    layout = models.ForeignKey(Template, models.PROTECT, related_name="+")
    template = models.ForeignKey(Template, models.PROTECT, related_name="+")
    engine = models.CharField(max_length=40)
    data = models.TextField()
    data_sha256 = models.CharField(max_length=64)
    pdf = models.BinaryField()
    pdf_sha256 = models.CharField(max_length=64)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    issued_at = models.DateTimeField()
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["series", "serial", "language"], name="document_number_once"
            ),
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "kind", "subject_version", "language"],
                name="document_of_version_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "id"], name="document_by_entity"),
            models.Index(fields=["party", "id"], name="document_by_party"),
        ]

    def __str__(self) -> str:
        return f"DOC-{self.pk}"


class SignedCopy(StatefulModel):
    """A scan of a document as it was signed: brought by one person, compared by another."""

    lifecycles = (COPY_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, models.PROTECT, related_name="copies")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=40)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    signed_on = models.DateField()
    state = models.CharField(max_length=10, choices=CopyState, default=CopyState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_signedcopy", f"Can {verb} a signed copy of a document")
            for verb in ("propose", "accept", "decline")
        ]
        constraints: ClassVar = [
            known_states(COPY_LIFECYCLE, "signedcopy_state_known"),
            models.UniqueConstraint(
                fields=["document"], condition=Q(state="ACCEPTED"), name="signedcopy_one_accepted"
            ),
        ]

    def __str__(self) -> str:
        return f"DC-{self.pk}"


class ReceivedDocument(models.Model):
    """A document of others as it came: its bytes and their hash. What it is about, its owner says. A fact."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=40)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"RX-{self.pk}"
