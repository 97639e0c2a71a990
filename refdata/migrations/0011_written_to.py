"""Whom at a party we write to about settlements, and in which language."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("refdata", "0010_admissions"),
    ]

    operations = [
        migrations.AddField(
            model_name="partycontact",
            name="email",
            field=models.EmailField(
                blank=True, db_default="", default="", max_length=254, verbose_name="e-mail"
            ),
        ),
        migrations.AddField(
            model_name="partycontact",
            name="language",
            field=models.CharField(
                choices=[("en", "English"), ("ru", "Russian")],
                db_default="en",
                default="en",
                max_length=2,
                verbose_name="language",
            ),
        ),
        migrations.AddField(
            model_name="partycontact",
            name="settles",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="we write to them about settlements"
            ),
        ),
        migrations.AddConstraint(
            model_name="partycontact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("settles", False), models.Q(("email", ""), _negated=True), _connector="OR"
                ),
                name="partycontact_has_an_address",
            ),
        ),
    ]
