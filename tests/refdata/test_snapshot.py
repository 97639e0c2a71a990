"""The snapshot of reference data that each process keeps behind a counter in the database."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from refdata.selectors import forget_reference_data, reference_data

pytestmark = pytest.mark.django_db


def test_every_table_that_processes_remember_moves_their_counter() -> None:
    """A table read into the snapshot without its trigger would be seen changed only after a restart."""
    forget_reference_data()
    with CaptureQueriesContext(connection) as asked:
        reference_data()
    read = {
        table
        for query in asked.captured_queries
        for table in re.findall(r'(?:FROM|JOIN) "?(refdata_\w+)"?', query["sql"])
    } - {"refdata_version"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'refdata_bump'"
        )
        bumping = {row[0] for row in cursor.fetchall()}
    assert {"refdata_party", "refdata_source", "refdata_datedrule"} <= read
    assert read - bumping == set()
