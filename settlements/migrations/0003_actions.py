"""Corporate actions: what was announced, entitlements, payments and differences, elections."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.events.functions

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0001_tables"),
        ("settlements", "0002_uses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Election",
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
                ("account", models.CharField(blank=True, db_default="", max_length=40)),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("WAITING", "Waits for a choice"),
                            ("CHOSEN", "Chosen"),
                            ("INSTRUCTED", "Instructed"),
                            ("DEFAULTED", "By default"),
                        ],
                        db_default="WAITING",
                        default="WAITING",
                        max_length=10,
                    ),
                ),
                ("evidence", models.CharField(blank=True, db_default="", max_length=200)),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "recorded_tx",
                    models.BigIntegerField(db_default=backoffice.events.functions.TxNow()),
                ),
            ],
            options={
                "permissions": [
                    ("choose_election", "Can choose what an owner elects"),
                    ("instruct_election", "Can instruct what an owner elects"),
                    ("decline_election", "Can decline what an owner elects"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ElectionChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("round", models.SmallIntegerField()),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Entitlement",
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
                ("account", models.CharField(blank=True, db_default="", max_length=40)),
                ("quantity", models.DecimalField(decimal_places=8, max_digits=28)),
                ("gross", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("tax_rate", models.DecimalField(db_default=0, decimal_places=12, max_digits=28)),
                ("withheld", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                (
                    "withheld_by",
                    models.CharField(
                        choices=[("SOURCE", "Who pays"), ("US", "We"), ("NOBODY", "Nobody")],
                        db_default="NOBODY",
                        default="NOBODY",
                        max_length=6,
                    ),
                ),
                ("tax_rule", models.CharField(blank=True, db_default="", max_length=40)),
                ("given", models.DecimalField(db_default=0, decimal_places=8, max_digits=28)),
                ("taken", models.DecimalField(db_default=0, decimal_places=8, max_digits=28)),
                ("fraction", models.DecimalField(db_default=0, decimal_places=12, max_digits=28)),
                (
                    "fraction_amount",
                    models.DecimalField(db_default=0, decimal_places=4, max_digits=24),
                ),
                ("price_paid", models.DecimalField(db_default=0, decimal_places=4, max_digits=24)),
                ("income_account", models.CharField(blank=True, db_default="", max_length=40)),
                ("income_by", models.CharField(blank=True, db_default="", max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("EXPECTED", "Expected"),
                            ("PAID", "Paid"),
                            ("CORRECTED", "Corrected"),
                            ("CANCELLED", "Cancelled"),
                            ("REVERSED", "Reversed"),
                        ],
                        db_default="EXPECTED",
                        default="EXPECTED",
                        max_length=9,
                    ),
                ),
                ("paid_on", models.DateField(null=True)),
                ("paid_amount", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ("proof", models.CharField(blank=True, db_default="", max_length=160)),
                (
                    "computed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
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
            name="EventOption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.SmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("CASH", "Money"),
                            ("SECURITIES", "Securities"),
                            ("LAPSE", "Nothing is done"),
                        ],
                        max_length=10,
                    ),
                ),
                ("is_default", models.BooleanField(default=False)),
                ("takes", models.BooleanField(default=False)),
                ("rate", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                ("new", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                ("old", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
                ("price", models.DecimalField(decimal_places=12, max_digits=28, null=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="IncomeDifference",
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
                ("expected", models.DecimalField(decimal_places=4, max_digits=24)),
                ("paid", models.DecimalField(decimal_places=4, max_digits=24)),
                ("reason", models.CharField(max_length=200)),
                ("proof", models.CharField(max_length=160)),
                (
                    "state",
                    models.CharField(
                        choices=[("OPEN", "Open"), ("ACCEPTED", "Accepted")],
                        db_default="OPEN",
                        default="OPEN",
                        max_length=8,
                    ),
                ),
                (
                    "found_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [
                    (
                        "accept_incomedifference",
                        "Can accept what a place paid otherwise than expected",
                    )
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="IncomePayment",
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
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                ("settled_at", models.DateTimeField()),
                ("document", models.CharField(max_length=120)),
                ("reason", models.CharField(blank=True, db_default="", max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "Proposed"),
                            ("ACCEPTED", "Accepted"),
                            ("DECLINED", "Declined"),
                        ],
                        db_default="PROPOSED",
                        default="PROPOSED",
                        max_length=8,
                    ),
                ),
                (
                    "proposed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "permissions": [
                    (
                        "propose_incomepayment",
                        "Can propose what a place paid of a corporate action",
                    ),
                    ("accept_incomepayment", "Can accept what a place paid of a corporate action"),
                    (
                        "decline_incomepayment",
                        "Can decline what a place paid of a corporate action",
                    ),
                ],
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="recordevent",
            options={
                "default_permissions": (),
                "permissions": [
                    ("propose_recordevent", "Can propose an event of a record date"),
                    ("approve_recordevent", "Can approve an event of a record date"),
                    ("decline_recordevent", "Can decline an event of a record date"),
                    ("cancel_recordevent", "Can cancel an event of a record date"),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name="recordevent",
            name="recordevent_state_known",
        ),
        migrations.RemoveConstraint(
            model_name="recordevent",
            name="recordevent_once",
        ),
        migrations.RemoveConstraint(
            model_name="recordevent",
            name="recordevent_complete",
        ),
        migrations.AddField(
            model_name="recordevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("DIVIDEND", "Dividend"),
                    ("COUPON", "Coupon"),
                    ("AMORTISATION", "Partial redemption"),
                    ("REDEMPTION", "Redemption"),
                    ("BONUS", "Bonus issue"),
                    ("SPIN_OFF", "Spin-off"),
                    ("RIGHTS", "Rights distributed"),
                    ("SPLIT", "Split"),
                    ("REVERSE_SPLIT", "Reverse split"),
                    ("EXCHANGE", "Exchange into another security"),
                    ("TENDER", "Tender offer"),
                    ("EXERCISE", "Exercise of rights"),
                ],
                db_default="DIVIDEND",
                default="DIVIDEND",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="recordevent",
            name="cost_share",
            field=models.DecimalField(decimal_places=12, max_digits=28, null=True),
        ),
        migrations.AddField(
            model_name="recordevent",
            name="deadline_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="recordevent",
            name="fractions",
            field=models.CharField(
                choices=[
                    ("CASH", "Paid in money"),
                    ("DOWN", "Lost"),
                    ("UP", "Rounded up to a unit"),
                ],
                db_default="CASH",
                default="CASH",
                max_length=4,
            ),
        ),
        migrations.AddField(
            model_name="recordevent",
            name="market_deadline_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="recordevent",
            name="participation",
            field=models.CharField(
                choices=[
                    ("MANDATORY", "For all"),
                    ("OPTIONS", "For all, with a choice"),
                    ("VOLUNTARY", "For who asks"),
                ],
                db_default="MANDATORY",
                default="MANDATORY",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="recordevent",
            name="reference",
            field=models.CharField(blank=True, db_default="", max_length=40),
        ),
        migrations.AddField(
            model_name="recordevent",
            name="replaces",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="settlements.recordevent",
            ),
        ),
        migrations.AddField(
            model_name="recordevent",
            name="version",
            field=models.SmallIntegerField(db_default=1, default=1),
        ),
        migrations.AlterField(
            model_name="recordevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("CASH", "Money is distributed"),
                    ("STOCK", "Securities are distributed"),
                    ("EXCHANGE", "It becomes another security"),
                    ("REDEMPTION", "It is redeemed"),
                    ("OFFER", "Something is offered to who holds it"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="recordevent",
            name="proposed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="recordevent",
            name="state",
            field=models.CharField(
                choices=[
                    ("PROPOSED", "Proposed"),
                    ("APPROVED", "Approved"),
                    ("APPLIED", "Applied to what was pending"),
                    ("DECLINED", "Declined"),
                    ("REPLACED", "Replaced"),
                    ("CANCELLED", "Cancelled"),
                ],
                default="PROPOSED",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="recordevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["PROPOSED", "APPROVED", "APPLIED", "DECLINED", "REPLACED", "CANCELLED"],
                    )
                ),
                name="recordevent_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("DECLINED", "REPLACED", "CANCELLED")), _negated=True),
                    ("replaces", None),
                ),
                fields=("instrument", "action", "record_date"),
                name="recordevent_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("state", "DECLINED"), _negated=True), ("replaces__isnull", False)
                ),
                fields=("replaces",),
                name="recordevent_replaced_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cost_share", None),
                    models.Q(("cost_share__gte", 0), ("cost_share__lte", 1)),
                    _connector="OR",
                ),
                name="recordevent_cost_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("participation", "MANDATORY"), ("deadline_at__isnull", False), _connector="OR"
                ),
                name="recordevent_chosen_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind__in", ("CASH", "REDEMPTION")),
                        ("money_asset__isnull", False),
                        ("new", None),
                        ("old", None),
                        ("outturn", None),
                        ("rate__gt", 0),
                    ),
                    models.Q(
                        ("kind__in", ("STOCK", "EXCHANGE")),
                        ("new__gt", 0),
                        ("old__gt", 0),
                        ("outturn__isnull", False),
                        models.Q(
                            models.Q(("money_asset", None), ("rate", None)),
                            models.Q(("money_asset__isnull", False), ("rate__gt", 0)),
                            _connector="OR",
                        ),
                    ),
                    models.Q(
                        ("kind", "OFFER"),
                        ("money_asset", None),
                        ("new", None),
                        ("old", None),
                        ("outturn", None),
                        ("rate", None),
                    ),
                    _connector="OR",
                ),
                name="recordevent_complete",
            ),
        ),
        migrations.AddField(
            model_name="election",
            name="entity",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.entity",
            ),
        ),
        migrations.AddField(
            model_name="election",
            name="event",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="elections",
                to="settlements.recordevent",
            ),
        ),
        migrations.AddField(
            model_name="election",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.party",
            ),
        ),
        migrations.AddField(
            model_name="election",
            name="place",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.place",
            ),
        ),
        migrations.AddField(
            model_name="electionchoice",
            name="election",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="choices",
                to="settlements.election",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="cash_place",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.place",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="corrects",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrected_by",
                to="settlements.entitlement",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="entity",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.entity",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="event",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entitlements",
                to="settlements.recordevent",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="money_asset",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.asset",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="outturn",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.asset",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.party",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="place",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.place",
            ),
        ),
        migrations.AddField(
            model_name="eventoption",
            name="event",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="options",
                to="settlements.recordevent",
            ),
        ),
        migrations.AddField(
            model_name="eventoption",
            name="money_asset",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.asset",
            ),
        ),
        migrations.AddField(
            model_name="eventoption",
            name="outturn",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.asset",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="option",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlements.eventoption",
            ),
        ),
        migrations.AddField(
            model_name="electionchoice",
            name="option",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlements.eventoption",
            ),
        ),
        migrations.AddField(
            model_name="incomedifference",
            name="entity",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.entity",
            ),
        ),
        migrations.AddField(
            model_name="incomedifference",
            name="event",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="differences",
                to="settlements.recordevent",
            ),
        ),
        migrations.AddField(
            model_name="incomedifference",
            name="money_asset",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.asset",
            ),
        ),
        migrations.AddField(
            model_name="incomedifference",
            name="place",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.place",
            ),
        ),
        migrations.AddField(
            model_name="incomepayment",
            name="entity",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.entity",
            ),
        ),
        migrations.AddField(
            model_name="incomepayment",
            name="event",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="settlements.recordevent",
            ),
        ),
        migrations.AddField(
            model_name="incomepayment",
            name="place",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.place",
            ),
        ),
        migrations.AddField(
            model_name="incomepayment",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="incomedifference",
            name="payment",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="difference",
                to="settlements.incomepayment",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="payment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="paid",
                to="settlements.incomepayment",
            ),
        ),
        migrations.AddConstraint(
            model_name="election",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["WAITING", "CHOSEN", "INSTRUCTED", "DEFAULTED"])),
                name="election_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="election",
            constraint=models.UniqueConstraint(
                fields=("event", "entity", "owner", "place"), name="election_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="election",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="election_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="election",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["CHOSEN", "INSTRUCTED"]), _negated=True),
                    models.Q(("evidence", ""), _negated=True),
                    _connector="OR",
                ),
                name="election_has_evidence",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventoption",
            constraint=models.UniqueConstraint(fields=("event", "number"), name="eventoption_once"),
        ),
        migrations.AddConstraint(
            model_name="eventoption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)),
                fields=("event",),
                name="eventoption_one_default",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventoption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "CASH"),
                        ("money_asset__isnull", False),
                        ("outturn", None),
                        ("rate__gt", 0),
                    ),
                    models.Q(
                        ("kind", "SECURITIES"),
                        ("new__gt", 0),
                        ("old__gt", 0),
                        ("outturn__isnull", False),
                        ("rate", None),
                        models.Q(
                            ("price", None),
                            models.Q(("money_asset__isnull", False), ("price__gt", 0)),
                            _connector="OR",
                        ),
                    ),
                    models.Q(
                        ("kind", "LAPSE"),
                        ("outturn", None),
                        ("price", None),
                        ("rate", None),
                        ("takes", False),
                    ),
                    _connector="OR",
                ),
                name="eventoption_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="electionchoice",
            constraint=models.UniqueConstraint(
                fields=("election", "round", "option"), name="electionchoice_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="electionchoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="electionchoice_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="incomepayment",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["PROPOSED", "ACCEPTED", "DECLINED"])),
                name="incomepayment_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="incomepayment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "PROPOSED")),
                fields=("event", "entity", "place"),
                name="incomepayment_one_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="incomepayment",
            constraint=models.CheckConstraint(
                condition=models.Q(("document", ""), _negated=True), name="incomepayment_documented"
            ),
        ),
        migrations.AddConstraint(
            model_name="incomedifference",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["OPEN", "ACCEPTED"])),
                name="incomedifference_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="incomedifference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("expected", models.F("paid")), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                ),
                name="incomedifference_is_one",
            ),
        ),
        migrations.AddIndex(
            model_name="entitlement",
            index=models.Index(
                condition=models.Q(("state", "EXPECTED")),
                fields=["entity", "event"],
                name="entitlement_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["EXPECTED", "PAID", "CORRECTED", "CANCELLED", "REVERSED"])
                ),
                name="entitlement_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "EXPECTED")),
                fields=("event", "entity", "owner", "place", "option"),
                name="entitlement_expected_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("corrects__isnull", False),
                    models.Q(
                        ("fraction_amount__gte", 0),
                        ("given__gte", 0),
                        ("gross__gte", 0),
                        ("price_paid__gte", 0),
                        ("quantity__gt", 0),
                        ("taken__gte", 0),
                        ("withheld__gte", 0),
                        ("withheld__lte", models.F("gross")),
                    ),
                    _connector="OR",
                ),
                name="entitlement_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "PAID"), _negated=True),
                    models.Q(
                        ("paid_amount__isnull", False),
                        ("paid_on__isnull", False),
                        models.Q(("proof", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="entitlement_paid_is_proved",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
