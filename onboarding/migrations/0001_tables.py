"""The files of parties: documents, owners, signatories; and what the database holds of them."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER fileperson_is_screened ON onboarding_fileperson;
DROP TRIGGER partyfile_changed_is_screened ON onboarding_partyfile;
DROP TRIGGER partyfile_new_is_screened ON onboarding_partyfile;
DROP TRIGGER partyfile_every_step_taken ON onboarding_partyfile;
DROP FUNCTION onboarding_every_step_taken();
DROP TRIGGER stays ON onboarding_partyfile;
DROP TRIGGER keeps_terms ON onboarding_filestake;
DROP TRIGGER keeps_terms ON onboarding_fileperson;
DROP TRIGGER keeps_terms ON onboarding_filedocument;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("documents", "0004_received"),
        ("refdata", "0010_admissions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FilePerson",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("ORGANISATION", "Organisation"), ("INDIVIDUAL", "Individual")],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("name_ru", models.CharField(blank=True, db_default="", max_length=200)),
                ("country", models.CharField(blank=True, db_default="", max_length=2)),
                ("birth_date", models.DateField(null=True)),
                ("scheme", models.CharField(blank=True, db_default="", max_length=8)),
                ("value", models.CharField(blank=True, db_default="", max_length=40)),
                ("signs_as", models.CharField(blank=True, db_default="", max_length=120)),
                (
                    "spared",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("LISTED", "Listed on an exchange"),
                            ("STATE", "A state or one of its bodies"),
                        ],
                        db_default="",
                        max_length=8,
                    ),
                ),
                (
                    "added_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PartyFile",
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
                    "role",
                    models.CharField(
                        choices=[("COUNTERPARTY", "Counterparty"), ("CLIENT", "Client")],
                        max_length=12,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("ORGANISATION", "Organisation"), ("INDIVIDUAL", "Individual")],
                        max_length=12,
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=200)),
                ("name_ru", models.CharField(blank=True, db_default="", max_length=200)),
                ("country", models.CharField(max_length=2)),
                ("identity", models.JSONField(default=dict)),
                ("details", models.JSONField(default=dict)),
                ("contact", models.JSONField(default=dict)),
                ("answers", models.JSONField(default=dict)),
                ("version", models.IntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Being filled in"),
                            ("SUBMITTED", "Waits for other eyes"),
                            ("APPROVED", "Approved"),
                            ("DUE", "Due for review"),
                            ("DECLINED", "Declined"),
                            ("TERMINATED", "Closed"),
                        ],
                        db_default="DRAFT",
                        default="DRAFT",
                        max_length=10,
                    ),
                ),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("approved_at", models.DateTimeField(null=True)),
                ("points", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("grade", models.CharField(blank=True, db_default="", max_length=8)),
                ("risk", models.CharField(blank=True, db_default="", max_length=8)),
                ("review_on", models.DateField(null=True)),
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
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="refdata.entity",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="refdata.party",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("open_partyfile", "Can open the file of a party"),
                    ("keep_partyfile", "Can keep the file of a party"),
                    ("submit_partyfile", "Can submit the file of a party"),
                    ("take_step_partyfile", "Can take_step the file of a party"),
                    ("approve_partyfile", "Can approve the file of a party"),
                    ("send_back_partyfile", "Can send_back the file of a party"),
                    ("decline_partyfile", "Can decline the file of a party"),
                    ("take_up_partyfile", "Can take_up the file of a party"),
                    ("close_partyfile", "Can close the file of a party"),
                ],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="FileStake",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("share", models.DecimalField(decimal_places=8, max_digits=9)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "owned",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="held_by",
                        to="onboarding.fileperson",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="onboarding.fileperson",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stakes",
                        to="onboarding.partyfile",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="fileperson",
            name="file",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="persons",
                to="onboarding.partyfile",
            ),
        ),
        migrations.CreateModel(
            name="FileDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("type", models.CharField(max_length=30)),
                ("number", models.CharField(blank=True, db_default="", max_length=60)),
                ("issued_on", models.DateField()),
                ("expires_on", models.DateField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "scan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.receiveddocument",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="onboarding.partyfile",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="partyfile",
            index=models.Index(fields=["entity", "-id"], name="partyfile_of_entity"),
        ),
        migrations.AddIndex(
            model_name="partyfile",
            index=models.Index(
                condition=models.Q(("state", "APPROVED")),
                fields=["review_on"],
                name="partyfile_to_review",
            ),
        ),
        migrations.AddConstraint(
            model_name="partyfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["DRAFT", "SUBMITTED", "APPROVED", "DUE", "DECLINED", "TERMINATED"],
                    )
                ),
                name="partyfile_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="partyfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("APPROVED", "DUE")), _negated=True),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        ("party__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="partyfile_approved_has_a_party",
            ),
        ),
        migrations.AddConstraint(
            model_name="partyfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "APPROVED"), _negated=True),
                    models.Q(("approved_by", models.F("submitted_by")), _negated=True),
                    _connector="OR",
                ),
                name="partyfile_other_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="partyfile",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("DRAFT", "SUBMITTED", "APPROVED", "DUE"))),
                fields=("party", "role"),
                name="partyfile_one_live",
            ),
        ),
        migrations.AddConstraint(
            model_name="partyfile",
            constraint=models.UniqueConstraint(
                condition=models.Q(("party__isnull", True), ("state__in", ("DRAFT", "SUBMITTED"))),
                fields=("code",),
                name="partyfile_new_code_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="filestake",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__gt", 0), ("share__lte", 1)), name="filestake_is_a_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="filestake",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("owned__isnull", True),
                    models.Q(("owned", models.F("owner")), _negated=True),
                    _connector="OR",
                ),
                name="filestake_of_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="filestake",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at__isnull", True)),
                fields=("file", "owner", "owned"),
                name="filestake_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="fileperson",
            constraint=models.CheckConstraint(
                condition=models.Q(("spared", ""), ("kind", "ORGANISATION"), _connector="OR"),
                name="fileperson_spared_organisation",
            ),
        ),
        migrations.AddConstraint(
            model_name="fileperson",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at__isnull", True)),
                fields=("file", "name", "kind"),
                name="fileperson_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="filedocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("expires_on__isnull", True),
                    ("expires_on__gt", models.F("issued_on")),
                    _connector="OR",
                ),
                name="filedocument_lasts",
            ),
        ),
        migrations.RunSQL(SQL, BACK),
    ]
