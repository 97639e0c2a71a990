"""Bounds of runs that stood among the parameters move into their columns."""

from django.db import migrations

FORWARD = """
UPDATE reporting_reportrun
   SET horizon = (parameters ->> 'horizon')::bigint,
       entity_ids = (SELECT array_agg(e::bigint) FROM jsonb_array_elements_text(
                       CASE jsonb_typeof(parameters -> 'entity_ids') WHEN 'array'
                            THEN parameters -> 'entity_ids' END) AS g(e)),
       parameters = parameters - 'horizon' - 'entity_ids',
       done_percent = CASE state WHEN 'COMPLETED' THEN 100 ELSE 0 END
"""
BACK = """
UPDATE reporting_reportrun
   SET parameters = parameters || jsonb_build_object('horizon', horizon, 'entity_ids', to_jsonb(entity_ids))
"""


class Migration(migrations.Migration):
    dependencies = [("reporting", "0002_runs_in_full")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
