"""Netting is a property of an agreement: the table of its own goes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("refdata", "0026_register")]
    operations = [migrations.DeleteModel(name="NettingAgreement")]
