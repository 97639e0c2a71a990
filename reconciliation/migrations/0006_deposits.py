"""A client pays in: one remedy more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reconciliation", "0005_pairs_are_rows"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="break",
            name="break_remedy_known",
        ),
        migrations.AlterField(
            model_name="break",
            name="remedy",
            field=models.CharField(
                blank=True,
                choices=[
                    ("FEE", "Book as a fee"),
                    ("INTEREST", "Book as interest"),
                    ("WRITE_OFF", "Write off"),
                    ("EVIDENCE", "Take as evidence of a settlement"),
                    ("DEPOSIT", "Book as money that a client paid in"),
                ],
                db_default="",
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="break",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("remedy__in", ["", "FEE", "INTEREST", "WRITE_OFF", "EVIDENCE", "DEPOSIT"])
                ),
                name="break_remedy_known",
            ),
        ),
    ]
