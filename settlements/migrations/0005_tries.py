"""How many workers began to decide for a run, and to explain what one left out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("settlements", "0004_elections_at_places"),
    ]

    operations = [
        migrations.AddField(
            model_name="runqueue",
            name="tries",
            field=models.SmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="settlementrun",
            name="tries",
            field=models.SmallIntegerField(db_default=0),
        ),
    ]
