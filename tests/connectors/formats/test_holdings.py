"""Pages of a statement of holdings: whole, or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from backoffice.connectors.formats.holdings import Holding, Holdings
from backoffice.connectors.formats.paging import joined
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.terms import Quantity, QuantityKind


def page(number: int, continuation: str, *isins: str, statement: str = "228") -> Holdings:
    one = Quantity(QuantityKind.UNIT, Decimal(1))
    lines = tuple(Holding(at, "12345", isin, one) for at, isin in enumerate(isins, 1))
    return Holdings(
        f"R{number}", "12345", date(2026, 11, 24), lines, number=statement, page=number,
        continuation=continuation,
    )  # fmt: skip


class TestJoined:
    def test_pages_in_any_order_make_their_statements(self) -> None:
        pages = [
            page(2, "LAST", "C"), page(1, "ONLY", "X", statement="229"), page(1, "MORE", "A", "B"),
        ]  # fmt: skip
        first, second = joined(pages)
        assert [(line.position, line.isin) for line in first.lines] == [
            (1, "A"),
            (2, "B"),
            (3, "C"),
        ]
        assert (first.page, first.continuation) == (1, "ONLY")
        assert [line.isin for line in second.lines] == ["X"]

    def test_two_moments_are_two_statements(self) -> None:
        one = page(1, "ONLY", "A")
        assert len(joined([one, replace(one, as_of=date(2026, 11, 25))])) == 2

    @pytest.mark.parametrize(
        ("pages", "codes"),
        [
            ([page(1, "MORE", "A")], ["cut-off"]),
            ([page(2, "LAST", "A")], ["cut-off"]),
            ([page(1, "MORE"), page(3, "LAST")], ["cut-off"]),
            ([page(1, "MORE"), page(2, "LAST"), page(2, "LAST")], ["repeated-field", "misplaced"]),
            ([page(1, "ONLY"), page(2, "LAST")], ["misplaced"]),
            ([page(1, "LAST"), page(2, "MORE")], ["misplaced"]),
        ],
    )  # fmt: skip
    def test_a_statement_that_is_not_whole_is_refused(
        self, pages: list[Holdings], codes: list[str]
    ) -> None:
        with pytest.raises(Refused) as caught:
            joined(pages)
        assert caught.value.codes == codes
        assert all(problem.detail % problem.facts for problem in caught.value.problems)
