"""Money of a bank may go below zero as far as its credit line; a client's never does."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__)
FORWARD = HERE.with_suffix(".sql").read_text(encoding="utf-8")
BEFORE = (HERE.parent / "0012_guarding.sql").read_text(encoding="utf-8")
_GUARD = BEFORE.partition("CREATE FUNCTION ledger_guard() ")[2].partition("END $$;")[0]
BACK = f"CREATE OR REPLACE FUNCTION ledger_guard() {_GUARD}END $$; DROP FUNCTION ledger_lent(bigint, bigint, date);"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0012_guarding"), ("refdata", "0030_custody_kept")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
