"""What places say of corporate actions, and elections as messages out."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0004_what_left"),
        ("refdata", "0005_taken_back"),
        ("settlements", "0004_elections_at_places"),
    ]

    operations = [
        migrations.CreateModel(
            name="EventMessage",
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
                        choices=[
                            ("ANNOUNCEMENT", "Announcement"),
                            ("PRELIMINARY", "What will be booked"),
                            ("CONFIRMATION", "Confirmation of payment"),
                            ("STATUS", "Status"),
                            ("NARRATIVE", "Words"),
                        ],
                        max_length=12,
                    ),
                ),
                ("message", models.CharField(max_length=120)),
                ("called", models.CharField(max_length=40)),
                ("official", models.CharField(blank=True, db_default="", max_length=40)),
                ("event_kind", models.CharField(blank=True, db_default="", max_length=4)),
                ("notice", models.CharField(blank=True, db_default="", max_length=4)),
                ("account", models.CharField(blank=True, db_default="", max_length=40)),
                (
                    "did",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed, for other eyes"),
                            ("PROPOSED_ANEW", "Proposed anew, for other eyes"),
                            ("SAME", "Says what is known"),
                            ("TAKEN_BACK", "What was proposed is taken back"),
                            ("ASKED_TO_CANCEL", "Other eyes are asked to cancel the event"),
                            ("PAID", "Paid and booked"),
                            ("PAID_OTHERWISE", "Paid, and not what was expected"),
                            ("ACCEPTED", "The place took the election"),
                            ("REFUSED", "The place refused the election"),
                            ("KEPT", "Kept"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "changes",
                    models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
                ),
                (
                    "options",
                    models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
                ),
                ("text", models.TextField(blank=True, db_default="")),
                ("told_at", models.DateTimeField()),
                ("file", models.CharField(max_length=40)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="outboundmessage",
            name="choice",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="message_out",
                to="settlements.electionchoice",
            ),
        ),
        migrations.AlterField(
            model_name="outboundmessage",
            name="settlement",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages_out",
                to="settlements.settlement",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboundmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("choice", None),
                        ("settlement__isnull", False),
                        models.Q(("function", "ELEC"), _negated=True),
                    ),
                    models.Q(
                        ("choice__isnull", False),
                        ("function", "ELEC"),
                        ("number", 1),
                        ("settlement", None),
                    ),
                    _connector="OR",
                ),
                name="outbound_about_one",
            ),
        ),
        migrations.AddField(
            model_name="eventmessage",
            name="entity",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.entity",
            ),
        ),
        migrations.AddField(
            model_name="eventmessage",
            name="event",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="place_messages",
                to="settlements.recordevent",
            ),
        ),
        migrations.AddField(
            model_name="eventmessage",
            name="place",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.place",
            ),
        ),
        migrations.AddIndex(
            model_name="eventmessage",
            index=models.Index(fields=["event", "id"], name="eventmessage_of_event"),
        ),
        migrations.AddIndex(
            model_name="eventmessage",
            index=models.Index(fields=["called", "id"], name="eventmessage_by_name"),
        ),
        migrations.AddConstraint(
            model_name="eventmessage",
            constraint=models.UniqueConstraint(
                fields=("place", "message"), name="eventmessage_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="eventmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "did__in",
                        [
                            "PROPOSED",
                            "PROPOSED_ANEW",
                            "SAME",
                            "TAKEN_BACK",
                            "ASKED_TO_CANCEL",
                            "PAID",
                            "PAID_OTHERWISE",
                            "ACCEPTED",
                            "REFUSED",
                            "KEPT",
                        ],
                    ),
                    (
                        "kind__in",
                        ["ANNOUNCEMENT", "PRELIMINARY", "CONFIRMATION", "STATUS", "NARRATIVE"],
                    ),
                ),
                name="eventmessage_known",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
