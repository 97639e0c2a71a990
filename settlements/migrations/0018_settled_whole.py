"""Deals find what was cancelled after a part; documents show parts; more steps."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0027_netting_by_agreement"),
        ("settlements", "0017_settled_so_far"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="settlement",
            options={
                "default_permissions": ("view",),
                "permissions": [
                    ("release_settlement", "Can release"),
                    ("reject_settlement", "Can reject"),
                    ("repair_settlement", "Can repair"),
                    ("enrich_settlement", "Can enrich"),
                    ("match_settlement", "Can match"),
                    ("hold_settlement", "Can hold"),
                    ("unhold_settlement", "Can unhold"),
                    ("release_part_settlement", "Can release_part"),
                    ("cancel_settlement", "Can cancel"),
                    ("run_settlement", "Can run"),
                    ("prioritise_settlement", "Can prioritise"),
                    ("allow_parts_settlement", "Can allow_parts"),
                    ("link_settlement", "Can link"),
                ],
            },
        ),
        migrations.AddField(
            model_name="evidenceclaim",
            name="quantity",
            field=models.DecimalField(decimal_places=8, max_digits=28, null=True),
        ),
        migrations.AddIndex(
            model_name="settlement",
            index=models.Index(
                condition=models.Q(("settlement", "PARTIAL")),
                fields=["source_type", "source_id"],
                name="settlement_in_parts",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidenceclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quantity__isnull", True),
                    models.Q(("quantity__gt", 0), ("says", "SETTLED")),
                    _connector="OR",
                ),
                name="evidenceclaim_part",
            ),
        ),
    ]
