"""Pay and contributions that a statement tells are remedies of a break."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0012_pay"),
        ("reconciliation", "0009_tax_paid"),
        ("refdata", "0007_price_ranges"),
        ("settlements", "0007_tax_years"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
                    ("NDFL", "Book as income tax of individuals paid to the budget"),
                    ("PAY", "Book as pay, or as what was held of it for others"),
                    ("SOCIAL", "Book as social contributions paid to the budget"),
                ],
                db_default="",
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="break",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "remedy__in",
                        [
                            "",
                            "FEE",
                            "INTEREST",
                            "WRITE_OFF",
                            "EVIDENCE",
                            "DEPOSIT",
                            "NDFL",
                            "PAY",
                            "SOCIAL",
                        ],
                    )
                ),
                name="break_remedy_known",
            ),
        ),
    ]
