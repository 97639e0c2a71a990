"""Invoices among the kinds of documents."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0002_message_forms"),
    ]

    operations = [
        migrations.AlterField(
            model_name="document",
            name="kind",
            field=models.CharField(
                choices=[
                    ("CONFIRMATION", "Confirmation"),
                    ("PURCHASE_CONTRACT", "Purchase contract"),
                    ("TRANSFER_ORDER", "Transfer order"),
                    ("ACCEPTANCE_ACT", "Act of acceptance"),
                    ("PAYMENT_ORDER", "Payment order"),
                    ("AGREEMENT_SHEET", "Agreement sheet"),
                    ("MESSAGE_FORM", "Form of a message"),
                    ("INVOICE", "Invoice"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="series",
            name="kind",
            field=models.CharField(
                choices=[
                    ("CONFIRMATION", "Confirmation"),
                    ("PURCHASE_CONTRACT", "Purchase contract"),
                    ("TRANSFER_ORDER", "Transfer order"),
                    ("ACCEPTANCE_ACT", "Act of acceptance"),
                    ("PAYMENT_ORDER", "Payment order"),
                    ("AGREEMENT_SHEET", "Agreement sheet"),
                    ("MESSAGE_FORM", "Form of a message"),
                    ("INVOICE", "Invoice"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="template",
            name="kind",
            field=models.CharField(
                choices=[
                    ("LAYOUT", "Layout"),
                    ("CONFIRMATION", "Confirmation"),
                    ("PURCHASE_CONTRACT", "Purchase contract"),
                    ("TRANSFER_ORDER", "Transfer order"),
                    ("ACCEPTANCE_ACT", "Act of acceptance"),
                    ("PAYMENT_ORDER", "Payment order"),
                    ("AGREEMENT_SHEET", "Agreement sheet"),
                    ("MESSAGE_FORM", "Form of a message"),
                    ("INVOICE", "Invoice"),
                ],
                max_length=20,
            ),
        ),
    ]
