"""The indexes that lists are filtered by, so that a rare value costs no more than a common one.

They stand here because only pages need them; made beside running business, one by one.
"""

from __future__ import annotations

from django.db import migrations

INDEXES = (
    ("desk_deal_by_instrument", "deals_deal (instrument_id, id)"),
    ("desk_deal_by_book", "deals_deal (book_id, id)"),
    ("desk_deal_by_trade_date", "deals_deal (trade_date, id)"),
    ("desk_inbound_by_state", "deals_inbound (state, id)"),
    ("desk_settlement_by_status", "settlements_settlement (status, id)"),
    ("desk_settlement_by_due_date", "settlements_settlement (due_date, id)"),
    ("desk_settlement_by_source", "settlements_settlement (source_type, source_id)"),
    (
        "desk_reservation_live",
        "limits_reservation (limit_id, id) WHERE state IN ('HELD', 'COMMITTED')",
    ),
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("desk", "0001_initial"),
        ("deals", "0003_bulk"),
        ("settlements", "0003_evidence_claim"),
        ("limits", "0002_version"),
    ]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {what}",
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        )
        for name, what in INDEXES
    ]
