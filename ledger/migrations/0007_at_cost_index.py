"""Finding them, without stopping who writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("ledger", "0006_at_cost")]

    operations = [
        AddIndexConcurrently(
            model_name="lotchange",
            index=models.Index(
                condition=models.Q(("at_cost", True)), fields=["pool"], name="lotchange_at_cost"
            ),
        ),
    ]
