"""The page of a dated rule says in words what a rule of settlement says: no member is left as it is stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.translation import override

from backoffice.desk.rule_words import MEMBERS, told
from refdata.dated_rules.kinds import KINDS

OF_SETTLEMENT = sorted(
    name
    for name in KINDS
    if name.startswith(("settle.", "settlement.", "netting.", "fails.", "csdr.", "clearing."))
)


@pytest.mark.parametrize("kind", OF_SETTLEMENT)
def test_every_member_of_its_value_has_a_title(kind: str) -> None:
    value: Any = KINDS[kind].value
    assert set(MEMBERS[kind]) == set(value.__struct_fields__)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", [("Runs are asked for at", "11:00, 15:30"), ("Local time of", "Europe/Moscow"),
                ("What they look at", "Our own books"), ("On the business days of", "–")]),
        ("ru", [("Сеансы запрашиваются в", "11:00, 15:30"), ("Местное время", "Europe/Moscow"),
                ("Что они рассматривают", "Свой учёт"), ("По рабочим дням календаря", "–")]),
    ],
)  # fmt: skip
def test_cycles_are_told_in_their_order(language: str, words: list[tuple[str, str]]) -> None:
    rule = {"zone": "Europe/Moscow", "at": ["11:00", "15:30"], "mode": "SETTLE", "calendar": ""}
    with override(language):
        assert [(str(title), said) for title, said in told("settle.cycles", rule)] == words


def test_what_differs_by_kind_or_currency_is_listed_by_it() -> None:
    shapes = {"most": "400", "kinds": {"BOND": "5", "SHARE": "7"}}
    cut_offs = {"currencies": {"EUR": {"dvp_by": "16:00", "cash_by": None}}}
    with override("en"):
        (_, most), (_, kinds) = told("settlement.shapes", shapes)
        ((_, currencies),) = told("settle.cut_offs", cut_offs)
    assert (most, kinds) == ("400", "BOND 5; SHARE 7")
    assert currencies == "EUR: Against payment settles until 16:00"
