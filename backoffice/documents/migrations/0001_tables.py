"""Templates, numbered documents and their signed copies."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    initial = True
    replaces = [("documents", "0001_initial"), ("documents", "0002_kept_documents")]

    dependencies = [
        ("access", "0001_tables"),
        ("events", "0001_tables"),
        ("refdata", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Template",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "makers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), db_default=[], default=list, size=None
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("LAYOUT", "Layout"),
                            ("CONFIRMATION", "Confirmation"),
                            ("PURCHASE_CONTRACT", "Purchase contract"),
                            ("TRANSFER_ORDER", "Transfer order"),
                            ("ACCEPTANCE_ACT", "Act of acceptance"),
                            ("PAYMENT_ORDER", "Payment order"),
                            ("AGREEMENT_SHEET", "Agreement sheet"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("ru", "Russian")], max_length=2),
                ),
                ("number", models.IntegerField()),
                ("body", models.TextField()),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("APPROVED", "Approved"),
                            ("SUPERSEDED", "Superseded"),
                            ("DECLINED", "Declined"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        default="PROPOSED",
                        max_length=10,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "permissions": [
                    ("view_template", "Can read templates of documents"),
                    ("propose_template", "Can propose a template of documents"),
                    ("approve_template", "Can approve a template of documents"),
                    ("decline_template", "Can decline a template of documents"),
                    ("withdraw_template", "Can withdraw a template of documents"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["PROPOSED", "APPROVED", "SUPERSEDED", "DECLINED", "WITHDRAWN"],
                            )
                        ),
                        name="template_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "APPROVED")),
                        fields=("kind", "language"),
                        name="template_one_approved",
                    ),
                    models.UniqueConstraint(
                        fields=("kind", "language", "number"), name="template_numbered_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("proposed_by__isnull", True),
                            models.Q(("state__in", ("APPROVED", "SUPERSEDED")), _negated=True),
                            models.Q(
                                ("approved_by__isnull", False),
                                models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="template_other_eyes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("CONFIRMATION", "Confirmation"),
                            ("PURCHASE_CONTRACT", "Purchase contract"),
                            ("TRANSFER_ORDER", "Transfer order"),
                            ("ACCEPTANCE_ACT", "Act of acceptance"),
                            ("PAYMENT_ORDER", "Payment order"),
                            ("AGREEMENT_SHEET", "Agreement sheet"),
                        ],
                        max_length=20,
                    ),
                ),
                ("year", models.IntegerField()),
                ("pattern", models.CharField(max_length=30)),
                ("digits", models.IntegerField()),
                ("last", models.IntegerField()),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "kind", "year"), name="series_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "book",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.book",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.party",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("CONFIRMATION", "Confirmation"),
                            ("PURCHASE_CONTRACT", "Purchase contract"),
                            ("TRANSFER_ORDER", "Transfer order"),
                            ("ACCEPTANCE_ACT", "Act of acceptance"),
                            ("PAYMENT_ORDER", "Payment order"),
                            ("AGREEMENT_SHEET", "Agreement sheet"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="documents.series",
                    ),
                ),
                ("serial", models.IntegerField()),
                ("number", models.CharField(max_length=40)),
                ("issued_on", models.DateField()),
                ("subject_type", models.CharField(max_length=30)),
                ("subject_id", models.BigIntegerField()),
                ("subject_version", models.IntegerField()),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("ru", "Russian")], max_length=2),
                ),
                (
                    "layout",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.template",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.template",
                    ),
                ),
                ("engine", models.CharField(max_length=40)),
                ("data", models.TextField()),
                ("data_sha256", models.CharField(max_length=64)),
                ("pdf", models.BinaryField()),
                ("pdf_sha256", models.CharField(max_length=64)),
                (
                    "replaces",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="documents.document",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("issued_at", models.DateTimeField()),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["entity", "id"], name="document_by_entity"),
                    models.Index(fields=["party", "id"], name="document_by_party"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("series", "serial", "language"), name="document_number_once"
                    ),
                    models.UniqueConstraint(
                        fields=(
                            "subject_type",
                            "subject_id",
                            "kind",
                            "subject_version",
                            "language",
                        ),
                        name="document_of_version_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignedCopy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "makers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), db_default=[], default=list, size=None
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="documents.document",
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("media_type", models.CharField(max_length=40)),
                ("content", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("signed_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("ACCEPTED", "Accepted"),
                            ("DECLINED", "Declined"),
                        ],
                        default="PROPOSED",
                        max_length=10,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [
                    ("propose_signedcopy", "Can propose a signed copy of a document"),
                    ("accept_signedcopy", "Can accept a signed copy of a document"),
                    ("decline_signedcopy", "Can decline a signed copy of a document"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["PROPOSED", "ACCEPTED", "DECLINED"])),
                        name="signedcopy_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "ACCEPTED")),
                        fields=("document",),
                        name="signedcopy_one_accepted",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL),
    ]
