"""When expense outruns income, and what drove it: worked by hand."""

from __future__ import annotations

from decimal import Decimal

from expenses.watching.rules import INCOME, Told, outrun

D = Decimal
USUAL = [
    Told(D(1_000), {"RENT": D(300), "DATA": D(200), "PERSONNEL": D(400)}),
    Told(D(1_100), {"RENT": D(300), "DATA": D(220), "PERSONNEL": D(400)}),
    Told(D(900), {"RENT": D(300), "DATA": D(180), "PERSONNEL": D(400)}),
]


class TestOutrun:
    def test_the_drivers_are_those_of_a_hand_calculation(self) -> None:
        """Usual: 1,000 in, 300 + 200 + 400 out, 100 left. Now 950 in; 300 + 250 + 400 + 150 out: 150 are missing.

        The swing from +100 to -150 is 250: legal +150, data +50, income -50. Rent and pay are as ever.
        """
        now = Told(D(950), {"RENT": D(300), "DATA": D(250), "PERSONNEL": D(400), "LEGAL": D(150)})

        found = outrun(now, USUAL, 2)

        assert found is not None
        assert (found.gap, found.swing) == (D(150), D(250))
        assert [(each.cause, each.worse_by) for each in found.drivers] == [
            ("LEGAL", D(150)), ("DATA", D(50)), (INCOME, D(50)),
        ]  # fmt: skip
        assert (found.drivers[0].amount, found.drivers[0].usual) == (D(150), D(0))

    def test_not_while_income_covers_it(self) -> None:
        assert outrun(Told(D(900), {"RENT": D(900)}), USUAL, 2) is None
        found = outrun(Told(D(900), {"RENT": D("900.01")}), USUAL, 2)
        assert found is not None
        assert found.gap == D("0.01")

    def test_only_as_many_as_explain_the_swing(self) -> None:
        """Income fell by 500, data by 150: of the swing of 350 and more income alone explains all."""
        now = Told(D(500), {"RENT": D(310), "DATA": D(50), "PERSONNEL": D(400)})
        found = outrun(now, USUAL, 2)
        assert found is not None
        assert found.swing == 500 + 10 - 150
        assert [each.cause for each in found.drivers] == [INCOME]

    def test_in_the_first_month_the_largest_expenses_are_named(self) -> None:
        found = outrun(Told(D(100), {"RENT": D(90), "DATA": D(60)}), [], 2)
        assert found is not None
        assert (found.gap, found.swing) == (D(50), D(50))
        assert [each.cause for each in found.drivers] == ["RENT"]

    def test_a_loss_as_usual_names_what_it_is_spent_on(self) -> None:
        lossy = Told(D(10), {"RENT": D(30), "DATA": D(5)})
        found = outrun(lossy, [lossy, lossy], 2)
        assert found is not None
        assert (found.gap, found.swing) == (D(25), D(0))
        assert [each.cause for each in found.drivers] == ["RENT"]
