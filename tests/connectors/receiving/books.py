"""What a file may have changed: the rows of every table that one may reach, and how settlements and messages stand."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection

APPS = (
    "connectors", "deals", "documents", "events", "expenses", "ledger", "limits", "reconciliation", "settlements",
    "workflow",
)  # fmt: skip
STATED = "refdata_statedposition"
FILE, CONTENT, EVENT = "connectors_inboundfile", "connectors_inboundcontent", "events_event"
# What a file that adds something must have left, and one that adds nothing must not.
FACTS = frozenset({
    "reconciliation_statementline", "settlements_statusadvice", "settlements_settlementpart", "settlements_evidence",
    "connectors_allegement", STATED,
})  # fmt: skip
STATES = "the states of settlements, messages and deals"
_STATES = """
SELECT md5(coalesce((SELECT string_agg(s::text, '|' ORDER BY s.id) FROM settlements_settlement s), '')
        || coalesce((SELECT string_agg(concat(o.id, o.state, o.answer),
        '|' ORDER BY o.id) FROM connectors_outboundmessage o), '')
        || coalesce((SELECT string_agg(concat(d.id, d.state), '|' ORDER BY d.id) FROM deals_deal d), ''))
"""


@cache
def _tables() -> list[str]:
    models = [m for app in APPS for m in apps.get_app_config(app).get_models() if m._meta.managed]
    return sorted({*(model._meta.db_table for model in models), STATED})


def look() -> dict[str, Any]:
    """How many rows each table has, and the states. Planned once for each connection: it is asked very often."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'look')")
        if cursor.fetchone() == (False,):
            counts = ", ".join(f'(SELECT count(*) FROM "{table}")' for table in _tables())
            cursor.execute(f"PREPARE look AS SELECT {counts}, ({_STATES})")
        cursor.execute("EXECUTE look")
        return dict(zip([*_tables(), STATES], cursor.fetchone() or (), strict=True))


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    """Which tables have more or fewer rows than before, and by how many; the states count as one."""
    return {
        name: after[name] - before[name] if name != STATES else 1
        for name in before
        if after[name] != before[name]
    }
