"""What is found is held against what was planted: worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from backoffice.simulation.judging import Difference, TakenFile, as_table, judge

A, B = "40701810000000000001", "40701810000000000002"


def differs(number: int, kind: str, *names: str, account: str = A, isin: str = "") -> Difference:
    return Difference(f"BR-{number}", kind, account, frozenset(names), isin)


def planted(kind: str, **facts: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "file": "a.xml",
        "account": A,
        "reference": "",
        "bank_reference": "",
    } | facts


ONE, TWO = ({"reference": f"S-{n}", "bank_reference": f"B{n}"} for n in (1, 2))
REFUSED = TakenFile("a.xml", again=False, problems=("cut-off",))


@pytest.mark.parametrize(
    ("mistake", "differences", "files"),
    [
        (planted("cent", **ONE), [differs(1, "AMOUNT", "B1", "S-1")], []),
        (planted("missing_line", **ONE), [differs(1, "BOOKS", "S-1")], []),
        (planted("extra_line", **ONE), [differs(1, "BANK", "B1")], []),
        (planted("twin", **ONE), [differs(1, "BANK", "B1", "S-1"), differs(2, "BANK", "B9", "S-1"),
                                  differs(3, "BOOKS", "S-1")], []),
        (planted("offsetting", lines=[ONE, TWO]), [differs(1, "AMOUNT", "B1"), differs(2, "AMOUNT", "S-2")], []),
        (planted("other_account", **ONE), [differs(1, "BANK", "B1", "S-1", account=B), differs(2, "BOOKS", "S-1")],
         []),
        (planted("missing_statement"), [differs(1, "MISSING")], []),
        (planted("wrong_closing"), [differs(1, "BALANCE")], []),
        (planted("broken_opening"), [differs(1, "GAP")], []),
        (planted("cut_off"), [differs(1, "MISSING")], [REFUSED]),
        (planted("duplicate_file", copy="again-a.xml"), [], [TakenFile("again-a.xml", again=True)]),
        (planted("holding_off", safe="D", isin="X"), [differs(1, "POSITION", account="D", isin="X")], []),
        (planted("holding_owner", isin="X", **{"from": "D/1", "to": "D/2"}),
         [differs(1, "POSITION", account="D/1", isin="X"), differs(2, "POSITION", account="D/2", isin="X")], []),
    ],
)  # fmt: skip
def test_each_kind_is_found_by_what_names_it_and_missed_without(
    mistake: dict[str, Any], differences: list[Difference], files: list[TakenFile]
) -> None:
    good = judge([mistake], differences, files)
    assert (good.is_good, dict(good.found), good.false) == (True, {mistake["kind"]: 1}, [])
    nothing = judge([mistake], [], [])
    assert (nothing.is_good, nothing.missed) == (False, [mistake])
    unplanted = judge([], differences, files)
    assert (unplanted.is_good, len(unplanted.false)) == (False, len(differences) + len(files))


@pytest.mark.parametrize(
    ("mistake", "differences"),
    [
        (planted("offsetting", lines=[ONE, TWO]), [differs(1, "AMOUNT", "S-1")]),
        (planted("missing_statement"), [differs(1, "MISSING", account=B)]),
        (planted("wrong_closing"), [differs(1, "GAP")]),
        (planted("cut_off"), [differs(1, "MISSING")]),
        (planted("cent", **ONE), [differs(1, "AMOUNT", "S-10", "B10")]),
    ],
)
def test_half_of_it_or_something_else_is_not_enough(
    mistake: dict[str, Any], differences: list[Difference]
) -> None:
    assert judge([mistake], differences, []).missed == [mistake]


def test_the_table_says_all_of_it() -> None:
    told: list[str] = []
    verdict = judge(
        [planted("cent", **ONE), planted("cent", **TWO)],
        [differs(1, "AMOUNT", "S-1"), differs(2, "BANK", "B7")], [],
    )  # fmt: skip
    as_table(verdict, told.append)
    assert told[1].split() == ["cent", "2", "1", "1"]
    assert told[2].split() == ["all", "2", "1", "1"]
    assert told[3].startswith("missed: ")
    assert "S-2" in told[3]
    assert told[4].startswith("false: BR-2 BANK")
    assert told[5] == "false: 1"
