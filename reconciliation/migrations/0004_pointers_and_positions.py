"""More that differs, what people's matches teach, and what counterparties say is open."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.fields.json
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0005_vat"),
        ("reconciliation", "0003_fewer_keys"),
        ("refdata", "0004_fees"),
        ("settlements", "0003_actions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CounterpartyPosition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_date", models.DateField()),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="CounterpartyStatement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("document", models.CharField(max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "permissions": [
                    (
                        "receive_counterpartystatement",
                        "Can bring what a counterparty says is open between us",
                    )
                ],
                "default_permissions": (),
            },
        ),
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
                ],
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="match",
            index=models.Index(
                django.db.models.fields.json.KeyTextTransform("pattern", "facts"),
                models.F("id"),
                condition=models.Q(("rule", "PERSON")),
                name="match_learned",
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
                        ],
                    )
                ),
                name="break_kind_known",
            ),
        ),
        migrations.AddField(
            model_name="counterpartyposition",
            name="asset",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.asset",
            ),
        ),
        migrations.AddField(
            model_name="counterpartyposition",
            name="place",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.place",
            ),
        ),
        migrations.AddField(
            model_name="counterpartystatement",
            name="entity",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.entity",
            ),
        ),
        migrations.AddField(
            model_name="counterpartystatement",
            name="party",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.party",
            ),
        ),
        migrations.AddField(
            model_name="counterpartystatement",
            name="received_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="counterpartyposition",
            name="statement",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="positions",
                to="reconciliation.counterpartystatement",
            ),
        ),
        migrations.AddConstraint(
            model_name="counterpartystatement",
            constraint=models.UniqueConstraint(
                fields=("entity", "party", "day", "sha256"), name="counterpartystatement_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="counterpartyposition",
            constraint=models.UniqueConstraint(
                fields=("statement", "place", "asset", "due_date"), name="counterpartyposition_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="counterpartyposition",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity", 0), _negated=True),
                name="counterpartyposition_is_open",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
