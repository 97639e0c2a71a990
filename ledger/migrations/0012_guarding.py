"""No posting brings what anybody holds at a place below zero: what the database does about it."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER posting_guards ON ledger_posting;
DO $$ DECLARE part regclass; BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'ledger_posting'::regclass LOOP
        EXECUTE format('DROP TRIGGER posting_guards ON %s', part);
    END LOOP;
END $$;
CREATE OR REPLACE FUNCTION ledger_prepare_month(month date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS ledger_posting_%s PARTITION OF ledger_posting FOR VALUES FROM (%L) TO (%L)',
        to_char(month, 'YYYYMM'), date_trunc('month', month)::date,
        (date_trunc('month', month) + interval '1 month')::date);
END $$;
DROP FUNCTION ledger_guard();
DROP FUNCTION ledger_least(bigint[], bigint[], date[]);
DROP FUNCTION ledger_hold(bigint[], bigint[]);
DROP TRIGGER account_guarded ON ledger_ledgeraccount;
DROP TRIGGER account_stays ON ledger_ledgeraccount;
DROP FUNCTION ledger_guarded();
DROP FUNCTION ledger_account_stays();
UPDATE ledger_ledgeraccount SET guarded = false;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0011_guard")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
