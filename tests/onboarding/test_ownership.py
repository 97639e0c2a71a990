"""Who owns how much in the end: paths are multiplied and added, circles have one answer."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.ownership import (
    OwnershipLoop,
    SharesOverWhole,
    Stake,
    Unexplained,
    beneficial_owners,
    require_whole,
    unexplained,
    weights_in,
)

QUARTER = Decimal("0.25")


def stakes(*rows: str) -> list[Stake]:
    """Of lines such as `Anna Holding 0.6`."""
    split = [row.split() for row in rows]
    return [Stake(owner, owned, Decimal(share)) for owner, owned, share in split]


class TestWeights:
    def test_textbook_a_holding_between(self) -> None:
        rows = stakes("Holding X 0.5", "Anna Holding 0.6", "Boris Holding 0.4", "Vera X 0.25")

        found = weights_in("X", rows)

        assert found == {
            "X": 1, "Holding": Fraction(1, 2), "Anna": Fraction(3, 10), "Boris": Fraction(1, 5),
            "Vera": Fraction(1, 4),
        }  # fmt: skip

    def test_two_paths_are_added(self) -> None:
        rows = stakes("Anna X 0.15", "A X 0.4", "B X 0.2", "Anna A 0.2", "Anna B 0.1")
        assert weights_in("X", rows)["Anna"] == Fraction("0.15") + Fraction("0.08") + Fraction(
            "0.02"
        )

    def test_a_circle_is_the_sum_of_all_of_its_rounds(self) -> None:
        """X and Y own half of each other; Anna has half of X, Boris half of Y."""
        found = weights_in("X", stakes("Anna X 0.5", "Y X 0.5", "X Y 0.5", "Boris Y 0.5"))

        assert (found["Anna"], found["Boris"]) == (Fraction(2, 3), Fraction(1, 3))
        rounds = sum(Fraction(1, 2) * Fraction(1, 4) ** n for n in range(40))
        assert abs(found["Anna"] - rounds) < Fraction(1, 10**20)

    def test_a_circle_that_owns_itself_alone_has_no_owner(self) -> None:
        with pytest.raises(OwnershipLoop):
            weights_in("X", stakes("Y X 1", "X Y 1"))

    def test_a_circle_among_owners_that_lead_nowhere_has_none_either(self) -> None:
        with pytest.raises(OwnershipLoop):
            weights_in("X", stakes("A X 1", "B A 1", "A B 1"))

    @given(st.lists(st.integers(1, 9), min_size=2, max_size=6), st.integers(0, 10**6))
    def test_whatever_the_chain_the_last_owners_hold_the_whole(
        self, parts: list[int], seed: int
    ) -> None:
        """Every company is owned in full by the next ones, the last by people; a part flows back to the first."""
        rows = []
        names = [f"C{n}" for n in range(len(parts))]
        for n, part in enumerate(parts[:-1]):
            share = Decimal(part) / 10
            rows.append(Stake(names[n + 1], names[n], share))
            rows.append(Stake(f"P{n}", names[n], 1 - share))
        back = Decimal(seed % 9) / 10
        rows += [Stake("Last", names[-1], 1 - back)]
        rows += [Stake(names[0], names[-1], back)] if back else []

        found = weights_in(names[0], rows)

        people = [key for key in found if not str(key).startswith("C")]
        assert sum((found[key] for key in people), start=Fraction(0)) == 1


class TestBeneficialOwners:
    def test_the_threshold_itself_counts_where_the_rule_says_so(self) -> None:
        found = weights_in("X", stakes("Anna X 0.25", "Boris X 0.2499", "Vera X 0.5"))
        people = ["Anna", "Boris", "Vera"]

        assert beneficial_owners(found, people, QUARTER, or_more=True) == ["Vera", "Anna"]
        assert beneficial_owners(found, people, QUARTER, or_more=False) == ["Vera"]

    def test_what_nobody_explains_is_named_where_somebody_behind_it_would_count(self) -> None:
        rows = stakes("Holding X 0.5", "Anna Holding 0.5", "Vera X 0.3")
        weights = weights_in("X", rows)

        assert unexplained(weights, rows, ["X", "Holding"], QUARTER, or_more=True) == [
            Unexplained("Holding", Fraction(1, 4))
        ]
        assert unexplained(weights, rows, ["X"], QUARTER, or_more=True) == []


class TestRequireWhole:
    def test_all_of_it_is_enough_and_a_hair_more_is_refused(self) -> None:
        require_whole(stakes("Anna X 0.6", "Boris X 0.4"), names={})
        with pytest.raises(SharesOverWhole) as caught:
            require_whole(stakes("Anna X 0.6", "Boris X 0.40000001"), names={"X": "Newco"})
        assert caught.value.facts["name"] == "Newco"
