"""A letter whose subject is over before it left is dropped."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0006_pay_files"),
        ("refdata", "0011_written_to"),
        ("settlements", "0009_purchases_in_turn"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="outboundmessage",
            name="outbound_state_known",
        ),
        migrations.AlterField(
            model_name="outboundmessage",
            name="state",
            field=models.CharField(
                choices=[
                    ("QUEUED", "Queued"),
                    ("STOPPED", "Something is missing"),
                    ("WRITTEN", "Written"),
                    ("SENT", "Sent"),
                    ("ACKNOWLEDGED", "Acknowledged"),
                    ("REFUSED", "Refused"),
                    ("MARKED", "Said to be sent outside"),
                    ("OUTSIDE", "Sent outside"),
                    ("DOUBTED", "In doubt after a restore"),
                    ("DROPPED", "Not needed any more"),
                ],
                db_default="QUEUED",
                default="QUEUED",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="outboundmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "QUEUED",
                            "STOPPED",
                            "WRITTEN",
                            "SENT",
                            "ACKNOWLEDGED",
                            "REFUSED",
                            "MARKED",
                            "OUTSIDE",
                            "DOUBTED",
                            "DROPPED",
                        ],
                    )
                ),
                name="outbound_state_known",
            ),
        ),
    ]
