from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deals", "0023_undoing_imports"),
    ]

    operations = [
        migrations.AddField(
            model_name="dealimport",
            name="attempts",
            field=models.SmallIntegerField(db_default=0),
        ),
    ]
