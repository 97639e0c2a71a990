"""What the program itself does in a process is in its turn: asked by the triggers of those who move subjects."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()
BACK = "DROP FUNCTION refdata_require_step(text, text, bigint, text);"


class Migration(migrations.Migration):
    dependencies = [("refdata", "0008_processes")]

    operations = [
        migrations.AlterModelOptions(
            name="processcase",
            options={
                "default_permissions": (),
                "permissions": [
                    ("propose_process", "Can propose a version of a process"),
                    (
                        "withdraw_process",
                        "Can take back a version of a process that is not in force",
                    ),
                    (
                        "take_step_process",
                        "Can take a step that a process adds, where it is for one's role",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, BACK),
    ]
