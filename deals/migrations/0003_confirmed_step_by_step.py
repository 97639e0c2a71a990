"""The steps of the process of confirming stand between a deal and its being confirmed."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER deal_every_step_taken ON deals_deal;
DROP FUNCTION deals_every_step_taken();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0008_processes"),
        ("deals", "0002_brought_by_channels"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="deal",
            options={
                "default_permissions": ("view",),
                "permissions": [
                    ("capture_deal", "Can capture"),
                    ("confirm_deal", "Can confirm"),
                    ("approve_deal", "Can approve"),
                    ("take_step_deal", "Can take_step"),
                    ("reject_deal", "Can reject"),
                    ("amend_deal", "Can amend"),
                    ("cancel_deal", "Can cancel"),
                    ("agree_cancel_deal", "Can agree_cancel"),
                    ("approve_cancel_deal", "Can approve_cancel"),
                    ("deny_cancel_deal", "Can deny_cancel"),
                    ("withdraw_cancel_deal", "Can withdraw_cancel"),
                    ("allocate_deal", "Can allocate"),
                    ("reinstruct_deal", "Can reinstruct"),
                    ("undo_allocation_deal", "Can undo_allocation"),
                    ("repair_inbound", "Can repair what came in"),
                ],
            },
        ),
        migrations.RunSQL(SQL, BACK),
    ]
