"""A line and an entry are one row, and what several are in is a row with its parts."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = Path(__file__).with_suffix(".undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0008_ndfl"),
        ("reconciliation", "0004_pointers_and_positions"),
        ("refdata", "0005_taken_back"),
        ("settlements", "0007_tax_years"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="match",
            name="account",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.ledgeraccount",
            ),
        ),
        migrations.AddField(
            model_name="match",
            name="amount",
            field=models.DecimalField(decimal_places=8, default=0, max_digits=28),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="match",
            name="entry",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.journalentry",
            ),
        ),
        migrations.AddField(
            model_name="match",
            name="line",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reconciliation.statementline",
            ),
        ),
        migrations.AddField(
            model_name="match",
            name="part_of",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="reconciliation.match",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
        migrations.DeleteModel(
            name="MatchItem",
        ),
        migrations.AddIndex(
            model_name="match",
            index=models.Index(
                fields=["part_of"],
                condition=models.Q(("part_of__isnull", False)),
                name="match_part_of",
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.UniqueConstraint(
                condition=models.Q(("line__isnull", False), ("undone_at__isnull", True)),
                fields=("line",),
                name="match_line_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.UniqueConstraint(
                condition=models.Q(("entry__isnull", False), ("undone_at__isnull", True)),
                fields=("entry", "account"),
                name="match_entry_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("entry__isnull", True), ("line__isnull", True), ("part_of__isnull", True)
                    ),
                    models.Q(
                        ("entry__isnull", False), ("line__isnull", False), ("part_of__isnull", True)
                    ),
                    models.Q(
                        ("entry__isnull", True), ("line__isnull", False), ("part_of__isnull", False)
                    ),
                    models.Q(
                        ("entry__isnull", False), ("line__isnull", True), ("part_of__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="match_pair_or_parts",
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account__isnull", False), ("entry__isnull", False)),
                    models.Q(("account__isnull", True), ("entry__isnull", True)),
                    _connector="OR",
                ),
                name="match_entry_whole",
            ),
        ),
        migrations.AlterField(
            model_name="break",
            name="nostro",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="refdata.nostroaccount",
            ),
        ),
        migrations.AlterField(
            model_name="break",
            name="owner",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="break",
            name="settlement",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlements.settlement",
            ),
        ),
        migrations.AlterField(
            model_name="break",
            name="statement",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reconciliation.statement",
            ),
        ),
    ]
