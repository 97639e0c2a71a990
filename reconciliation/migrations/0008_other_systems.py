"""Figures of another system that runs beside ours may differ."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0009_incomes_before"),
        ("reconciliation", "0007_own_names"),
        ("refdata", "0005_taken_back"),
        ("settlements", "0007_tax_years"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="break",
            name="break_kind_known",
        ),
        migrations.AlterField(
            model_name="break",
            name="kind",
            field=models.CharField(
                choices=[
                    ("BANK", "On the statement, not in our books"),
                    ("BOOKS", "In our books, not on the statement"),
                    ("AMOUNT", "Another amount"),
                    ("OPENING", "Our books begin with another balance"),
                    ("BALANCE", "The statement does not balance"),
                    ("GAP", "The statement does not continue the one before"),
                    ("MISSING", "No statement of the day"),
                    ("POSITION", "The place states another quantity"),
                    ("PENALTY", "The place states another penalty"),
                    ("PARTY", "The counterparty states another open position"),
                    ("SYSTEM", "The other system has another figure"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="break",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "BANK",
                            "BOOKS",
                            "AMOUNT",
                            "OPENING",
                            "BALANCE",
                            "GAP",
                            "MISSING",
                            "POSITION",
                            "PENALTY",
                            "PARTY",
                            "SYSTEM",
                        ],
                    )
                ),
                name="break_kind_known",
            ),
        ),
    ]
