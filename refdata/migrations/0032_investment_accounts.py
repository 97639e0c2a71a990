"""An individual investment account is one client's, and taxed by itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0031_payment_netting"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="depositoryaccount",
            name="depositoryaccount_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="nostroaccount",
            name="nostroaccount_kind_known",
        ),
        migrations.AlterField(
            model_name="depositoryaccount",
            name="kind",
            field=models.CharField(
                choices=[
                    ("OWN", "Own"),
                    ("CLIENT_SEGREGATED", "One client's"),
                    ("IIS", "One client's individual investment account"),
                    ("CLIENT_OMNIBUS", "Several clients'"),
                    ("COLLATERAL", "Collateral"),
                    ("BLOCKED", "Blocked"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="nostroaccount",
            name="kind",
            field=models.CharField(
                choices=[
                    ("OWN", "Own"),
                    ("CLIENT_SEGREGATED", "One client's"),
                    ("IIS", "One client's individual investment account"),
                    ("CLIENT_OMNIBUS", "Several clients'"),
                    ("COLLATERAL", "Collateral"),
                    ("BLOCKED", "Blocked"),
                ],
                db_default="OWN",
                default="OWN",
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="depositoryaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "OWN",
                            "CLIENT_SEGREGATED",
                            "IIS",
                            "CLIENT_OMNIBUS",
                            "COLLATERAL",
                            "BLOCKED",
                        ],
                    )
                ),
                name="depositoryaccount_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="nostroaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "OWN",
                            "CLIENT_SEGREGATED",
                            "IIS",
                            "CLIENT_OMNIBUS",
                            "COLLATERAL",
                            "BLOCKED",
                        ],
                    )
                ),
                name="nostroaccount_kind_known",
            ),
        ),
    ]
