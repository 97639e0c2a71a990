"""Long tables in little time: copies of the rows of one deal that went the whole way, numbered on."""

from __future__ import annotations

from django.db import connection

# Every table that grows with business, and what differs from copy to copy.
COPIES = (
    ("deals_deal", "id = id + n, external_ref = external_ref || '-' || n, state = 'SETTLED'"),
    ("deals_dealversion", "deal_id = deal_id + n"),
    ("deals_flow", "deal_id = deal_id + n"),
    ("settlements_settlement", "source_id = source_id + n"),
    ("events_event", "subject_id = subject_id + n"),
    ("ledger_journalentry", "source_id = source_id + n"),
    ("limits_reservation", "source_id = source_id + n, state = 'RELEASED'"),
    ("deals_inbound", "external_ref = external_ref || '-' || n"),
    ("workflow_workitem", "subject_id = subject_id + n, closed_at = now()"),
)  # fmt: skip


def grow(count: int, *, start: int) -> None:
    """`count` more rows in each table, numbered on from `start`; planner statistics are brought up."""
    for table, changes in COPIES:
        changed = dict(part.split(" = ", 1) for part in changes.split(", "))
        columns = [c for c in columns_of(table) if c != "id" or "id" in changed]
        values = ", ".join(changed.get(column, column) for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}"
                f" FROM (SELECT * FROM {table} ORDER BY id LIMIT 1) AS first,"
                " generate_series(%s, %s) AS n",
                [start, start + count - 1],
            )
            cursor.execute(f"ANALYZE {table}")


def columns_of(table: str) -> list[str]:
    """The columns of a table that are written, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND table_schema = 'public' AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        return [row[0] for row in cursor.fetchall()]
