"""The settlements of one book, newest first: what a person who sees single books lists."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("desk", "0002_list_indexes"),
        ("settlements", "0006_book"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS desk_settlement_by_book"
            " ON settlements_settlement (book_id, id)",
            "DROP INDEX CONCURRENTLY IF EXISTS desk_settlement_by_book",
        )
    ]
