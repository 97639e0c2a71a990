"""A booking is taken once however often it is told, and twins are two (rules.md section 10)."""

from __future__ import annotations

from decimal import Decimal

from backoffice.connectors.formats.mt.cash import read_mt_cash
from backoffice.connectors.formats.occurrences import LineIdentity, identities
from tests.connectors.formats.samples import VECTOR_MT940

ENTRY = ":61:2611231123D10,00NTRFNONREF\n"


def of(text: str) -> list[LineIdentity]:
    (statement,) = read_mt_cash(text.encode())
    return identities(statement)


def with_entries(*entries: str) -> str:
    return VECTOR_MT940.replace(":62F:", "".join(entries) + ":62F:")


class TestIdentities:
    def test_twins_are_two_bookings(self) -> None:
        first, second = of(with_entries(ENTRY, ENTRY))[2:]
        assert (first.occurrence, second.occurrence) == (1, 2)
        assert first != second
        assert len(set(of(with_entries(ENTRY, ENTRY)))) == 4

    def test_the_same_file_again_and_a_longer_one_say_the_same_bookings(self) -> None:
        earlier, later = of(with_entries(ENTRY)), of(with_entries(ENTRY, ENTRY))
        assert earlier == of(with_entries(ENTRY))
        assert set(later) - set(earlier) == {later[-1]}

    def test_the_order_among_others_does_not_matter(self) -> None:
        other = ENTRY.replace("10,00", "11,00")
        assert set(of(with_entries(ENTRY, other))) == set(of(with_entries(other, ENTRY)))

    def test_an_amount_is_the_same_however_it_is_spelt(self) -> None:
        assert of(with_entries(ENTRY))[2] == of(with_entries(ENTRY.replace("10,00", "010,")))[2]

    def test_what_differs_in_anything_is_another_booking(self) -> None:
        one = of(with_entries(ENTRY))[2]
        for old, new in (
            ("261123", "261124"), ("D10", "C10"), ("10,00", "10,01"), ("NONREF", "NONREF//B1"),
            ("D10", "ED10"),
        ):  # fmt: skip
            assert of(with_entries(ENTRY.replace(old, new, 1)))[2] != one, (old, new)
        assert of(with_entries(ENTRY).replace("00000001", "00000002"))[2] != one

    def test_the_reference_is_the_banks_where_it_has_one(self) -> None:
        first = of(VECTOR_MT940)[0]
        assert (first.reference, first.amount) == ("B778", Decimal("-40000.00"))
