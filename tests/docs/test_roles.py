"""The roles are written down once; the documents show them as they are."""

from __future__ import annotations

from backoffice.management.commands import write_roles


def test_the_documents_show_the_table_as_it_is() -> None:
    text = write_roles.path().read_text(encoding="utf-8")
    assert text.partition(write_roles.BEGIN)[2] == write_roles.written(), "manage.py write_roles"
