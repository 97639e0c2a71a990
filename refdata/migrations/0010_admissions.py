"""Which parties may be dealt with by their files; those files and who stands in them are screened."""

import django.db.models.deletion
from django.db import migrations, models

SQL = """
CREATE TRIGGER partyadmission_bumps AFTER INSERT OR UPDATE OR DELETE ON refdata_partyadmission
    FOR EACH STATEMENT EXECUTE FUNCTION refdata_bump();
"""
BACK = "DROP TRIGGER partyadmission_bumps ON refdata_partyadmission;"


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0009_steps_in_turn"),
    ]

    operations = [
        migrations.CreateModel(
            name="PartyAdmission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("role", models.CharField(max_length=12)),
                ("file", models.CharField(max_length=20)),
                (
                    "stopped",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("file-declined", "Its file was declined"),
                            ("file-closed", "Its file was closed"),
                            (
                                "owner-hit",
                                "An owner or signatory is like an entry of a list of sanctions",
                            ),
                        ],
                        db_default="",
                        max_length=20,
                    ),
                ),
                ("until", models.DateField(null=True)),
                (
                    "ends",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("document-expired", "A document of its file expires"),
                            ("review-overdue", "The review of its file is overdue"),
                        ],
                        db_default="",
                        max_length=20,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.RemoveConstraint(
            model_name="screeningstanding",
            name="screeningstanding_subjects",
        ),
        migrations.AddConstraint(
            model_name="screeningstanding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "subject_type__in",
                        ("party", "place", "instrument", "proposal", "partyfile", "fileperson"),
                    )
                ),
                name="screeningstanding_subjects",
            ),
        ),
        migrations.AddField(
            model_name="partyadmission",
            name="party",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="admissions",
                to="refdata.party",
            ),
        ),
        migrations.AddConstraint(
            model_name="partyadmission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ends", ""), ("until__isnull", True)),
                    models.Q(("until__isnull", False), models.Q(("ends", ""), _negated=True)),
                    _connector="OR",
                ),
                name="partyadmission_ends_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="partyadmission",
            constraint=models.UniqueConstraint(
                fields=("party", "role"), name="partyadmission_once"
            ),
        ),
        migrations.RunSQL(SQL, BACK),
    ]
