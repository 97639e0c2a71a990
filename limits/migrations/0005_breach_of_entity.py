"""Every breach has an entity."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("limits", "0004_breach_entities"), ("refdata", "0002_facts")]
    operations = [
        migrations.AlterField(
            model_name="breach",
            name="entity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="refdata.entity"
            ),
        ),
    ]
