"""The functions of capture, and the triggers that keep versions and flows as they were written."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP TRIGGER flow_is_a_fact ON deals_flow;
DROP TRIGGER dealversion_is_a_fact ON deals_dealversion;
DROP FUNCTION deals_write(deals_new_deal[], deals_new_flow[], deals_new_reservation[],
                          deals_new_answer[], deals_taken[]);
DROP FUNCTION limits_headroom(bigint[]);
DROP FUNCTION deals_open(deals_request[]);
DROP TYPE deals_taken, deals_new_answer, deals_new_reservation, deals_new_flow, deals_new_deal,
          deals_request;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("deals", "0001_initial"),
        ("access", "0001_initial"),
        ("events", "0001_initial"),
        ("limits", "0001_initial"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACK)]
