"""The columns of lists: each is chosen, and stands in a file, by a path that is its own."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

import backoffice.urls  # noqa: F401 - brings every page, and with it every list
from backoffice.desk.breaks import BREAKS
from backoffice.desk.cells import plain_cell
from backoffice.desk.lists import Listing, ListView
from reconciliation.models import Break


def listings() -> dict[str, Listing]:
    found, todo = {}, [ListView]
    while todo:
        view = todo.pop()
        todo += view.__subclasses__()
        if listing := getattr(view, "listing", None):
            found[listing.name] = listing
    return found


@pytest.mark.parametrize("name", sorted(listings()))
def test_no_two_columns_of_a_list_have_one_path(name: str) -> None:
    paths = Counter(column.path for column in listings()[name].columns)
    assert not [path for path, count in paths.items() if count > 1]


@pytest.mark.django_db
def test_a_file_has_what_is_worked_out_and_not_what_stands_at_the_path() -> None:
    row = Break(theirs=Decimal("10.50"), ours=Decimal("10.25"))
    (column,) = [column for column in BREAKS.columns if column.path == "differs"]
    assert plain_cell(column, row) == "0.25"
