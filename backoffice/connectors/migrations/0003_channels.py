"""Channels, what became of messages that went out, and what others instructed against us."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0002_receiving"),
        ("refdata", "0003_towns"),
        ("settlements", "0002_uses"),
    ]

    operations = [
        migrations.CreateModel(
            name="Allegement",
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
                ("reference", models.CharField(max_length=60)),
                ("account", models.CharField(max_length=40)),
                ("delivers", models.BooleanField()),
                ("against_payment", models.BooleanField()),
                ("isin", models.CharField(blank=True, db_default="", max_length=12)),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28, null=True)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ("currency", models.CharField(blank=True, db_default="", max_length=3)),
                ("settlement_date", models.DateField(null=True)),
                ("counterparty", models.CharField(blank=True, db_default="", max_length=140)),
                ("told_at", models.DateTimeField()),
                ("file", models.CharField(blank=True, db_default="", max_length=40)),
                (
                    "differs",
                    models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("ANSWERED", "Matched by ours"),
                            ("WITHDRAWN", "Taken back"),
                            ("DISMISSED", "Set aside"),
                        ],
                        db_default="OPEN",
                        default="OPEN",
                        max_length=10,
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [("dismiss_allegement", "Can set an allegement aside")],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Channel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20)),
                (
                    "way",
                    models.CharField(
                        choices=[("OUT", "To the place"), ("IN", "From the place")], max_length=3
                    ),
                ),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("JSON", "Lines of JSON"),
                            ("MT", "SWIFT MT54x, MT530"),
                            ("ISO20022", "ISO 20022 sese"),
                            ("PAIN", "Payment orders to a bank, pain.001"),
                            ("PACS", "Payments between banks, pacs.008 and pacs.009"),
                            ("ONE_C", "Payment orders in the exchange format of 1C"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "versions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                ("own_bic", models.CharField(blank=True, db_default="", max_length=11)),
                ("their_bic", models.CharField(blank=True, db_default="", max_length=11)),
                ("zone", models.CharField(blank=True, db_default="", max_length=40)),
                ("party_scheme", models.CharField(blank=True, db_default="", max_length=8)),
                (
                    "bonds",
                    models.CharField(
                        choices=[("FAMT", "By face amount"), ("UNIT", "In pieces")],
                        db_default="FAMT",
                        default="FAMT",
                        max_length=4,
                    ),
                ),
                ("service", models.CharField(blank=True, db_default="", max_length=35)),
                ("wrapper", models.CharField(blank=True, db_default="", max_length=40)),
                (
                    "transport",
                    models.CharField(
                        choices=[("DIRECTORY", "A folder"), ("SFTP", "SFTP"), ("HTTP", "HTTP")],
                        max_length=9,
                    ),
                ),
                ("address", models.CharField(max_length=300)),
                ("host_key", models.CharField(blank=True, db_default="", max_length=800)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
            ],
            options={
                "permissions": [
                    ("receive_channel", "Can bring messages of a channel"),
                    ("freeze_channel", "Can stop a channel"),
                    ("thaw_channel", "Can let a channel go on"),
                ],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="ChannelLine",
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
                ("code", models.CharField(max_length=20, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("OPEN", "Open"), ("FROZEN", "Frozen")],
                        db_default="OPEN",
                        default="OPEN",
                        max_length=8,
                    ),
                ),
                ("number", models.BigIntegerField(db_default=0, default=0)),
                (
                    "seen",
                    models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
                ),
                ("looked_at", models.DateTimeField(null=True)),
                ("last_file", models.CharField(blank=True, db_default="", max_length=200)),
                ("last_file_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, db_default="", max_length=500)),
                ("failing_since", models.DateTimeField(null=True)),
                ("restored_to", models.DateTimeField(null=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="FetchedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=200)),
                ("mark", models.CharField(blank=True, db_default="", max_length=100)),
                ("fetched_at", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="outboundmessage",
            options={
                "default_permissions": (),
                "permissions": [
                    ("retry_message", "Can retry a message"),
                    ("resend_message", "Can resend a message"),
                    ("mark_outside_message", "Can mark_outside a message"),
                    ("take_back_message", "Can take_back a message"),
                    ("confirm_outside_message", "Can confirm_outside a message"),
                    ("miss_message", "Can miss a message"),
                    ("issue_form_message", "Can issue_form a message"),
                ],
            },
        ),
        migrations.RemoveIndex(
            model_name="outboundmessage",
            name="outbound_unwritten",
        ),
        migrations.AddField(
            model_name="outboundmessage",
            name="answer",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddField(
            model_name="outboundmessage",
            name="answered_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="outboundmessage",
            name="channel",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
        migrations.AddField(
            model_name="outboundmessage",
            name="content",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="outboundmessage",
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
            model_name="outboundmessage",
            name="format",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
        migrations.AddField(
            model_name="outboundmessage",
            name="makers",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="outboundmessage",
            name="name",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddField(
            model_name="outboundmessage",
            name="problems",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name="outboundmessage",
            name="reference",
            field=models.CharField(blank=True, db_default="", max_length=35),
        ),
        migrations.AddField(
            model_name="outboundmessage",
            name="resends",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="outboundmessage",
            name="sent_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="outboundmessage",
            name="sequence",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
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
                ],
                db_default="QUEUED",
                default="QUEUED",
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="outboundmessage",
            index=models.Index(
                condition=models.Q(("state__in", ["QUEUED", "WRITTEN"])),
                fields=["channel", "id"],
                name="outbound_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="outboundmessage",
            index=models.Index(
                condition=models.Q(("channel", ""), _negated=True),
                fields=["channel", "-id"],
                name="outbound_of_channel",
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
                        ],
                    )
                ),
                name="outbound_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboundmessage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("sequence__isnull", False)),
                fields=("channel", "sequence"),
                name="outbound_in_sequence",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboundmessage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                fields=("channel", "reference"),
                name="outbound_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboundmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sequence__isnull", True), ("content__isnull", False), _connector="OR"
                ),
                name="outbound_content_kept",
            ),
        ),
        migrations.AddField(
            model_name="allegement",
            name="asset",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.asset",
            ),
        ),
        migrations.AddField(
            model_name="allegement",
            name="entity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="refdata.entity"
            ),
        ),
        migrations.AddField(
            model_name="allegement",
            name="place",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="refdata.place"
            ),
        ),
        migrations.AddField(
            model_name="allegement",
            name="settlement",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlements.settlement",
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="entity",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.entity",
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="place",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="refdata.place"
            ),
        ),
        migrations.AddConstraint(
            model_name="channelline",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["OPEN", "FROZEN"])),
                name="channelline_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="fetchedfile",
            constraint=models.UniqueConstraint(
                fields=("channel", "name", "mark"), name="fetchedfile_once"
            ),
        ),
        migrations.AddIndex(
            model_name="allegement",
            index=models.Index(
                condition=models.Q(("state", "OPEN")),
                fields=["settlement"],
                name="allegement_open_for",
            ),
        ),
        migrations.AddIndex(
            model_name="allegement",
            index=models.Index(fields=["entity", "state", "id"], name="allegement_by_state"),
        ),
        migrations.AddConstraint(
            model_name="allegement",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["OPEN", "ANSWERED", "WITHDRAWN", "DISMISSED"])),
                name="allegement_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="allegement",
            constraint=models.UniqueConstraint(
                fields=("place", "reference"), name="allegement_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.UniqueConstraint(fields=("code", "valid_from"), name="channel_once"),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_until__gt", models.F("valid_from")),
                    _connector="OR",
                ),
                name="channel_dated",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("way__in", ["OUT", "IN"]),
                    ("format__in", ["JSON", "MT", "ISO20022", "PAIN", "PACS", "ONE_C"]),
                    ("transport__in", ["DIRECTORY", "SFTP", "HTTP"]),
                    ("bonds__in", ["FAMT", "UNIT"]),
                ),
                name="channel_known",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
