"""AllocationInstruction of FIX 4.2 to 5.0: a block and its parts, or what is wrong with them."""

from __future__ import annotations

import pytest

from backoffice.connectors.formats.fix import read_dump
from backoffice.connectors.formats.fix_allocations import (
    AllocatedPart,
    Allocation,
    read_allocations,
)
from tests.connectors.formats.mutating import mutations
from tests.sizes import FILE_MUTATIONS

BODY = (
    "35=J|49=BROKER|56=US|34=5|52=20261123-16:00:00|70=AL-1|71=0|73=2|11=O-1|11=O-2|124=2|32=600|17=E-1|"
    "31=312.4|32=400|17=E-2|31=312.5|54=1|55=SBER|48=RU0009029540|22=4|53=1000|6=312.44|15=RUB|75=20261123|"
    "{settles}=20261124|78=2|79=FUND-A|80=700|79=FUND-B|80=300|366=312.44|"
)


def message(body: str = BODY, begin: str = "FIX.4.2", settles: str = "64") -> bytes:
    told = body.replace("{settles}", settles)
    return f"8={begin}|9=0|{told}10=000|".replace("|", "\x01").encode()


def one(raw: bytes) -> Allocation:
    (found,), problems = read_allocations(raw)
    assert problems == []
    return found


class TestRead:
    @pytest.mark.parametrize("begin", ["FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1"])
    def test_a_block_and_its_parts(self, begin: str) -> None:
        found = one(message(begin=begin))
        assert (found.alloc_id, found.kind, found.side) == ("AL-1", "new", "buy")
        assert (found.symbol, found.security_id, found.quantity) == ("SBER", "RU0009029540", "1000")
        assert (found.average_price, found.currency) == ("312.44", "RUB")
        assert (found.trade_date, found.settlement_date) == ("2026-11-23", "2026-11-24")
        assert found.parts == (
            AllocatedPart("FUND-A", "700"), AllocatedPart("FUND-B", "300", "312.44"),
        )  # fmt: skip
        assert (found.orders, found.executions) == (("O-1", "O-2"), ("E-1", "E-2"))

    def test_one_that_cancels_names_what_and_has_no_parts(self) -> None:
        body = BODY.partition("|78=")[0].replace("71=0", "71=2|72=AL-0") + "|"
        found = one(message(body))
        assert (found.kind, found.replaces, found.parts) == ("cancel", "AL-0", ())

    def test_a_dump_counts_it_among_the_others(self) -> None:
        dump = read_dump(message())
        assert (dump.messages, dump.others, dump.problems) == (1, 1, [])

    @pytest.mark.parametrize(
        ("old", "new", "tag", "code"),
        [
            ("80=300", "80=299", "80", "parts-differ"), ("78=2", "78=3", "78", "wrong-count"),
            ("80=300", "80=x", "80", "not-a-number"), ("79=FUND-B", "79=", "79", "missing-tag"),
            ("70=AL-1|", "", "70", "missing-tag"), ("71=0", "71=7", "71", "unknown-kind"),
            ("71=0", "71=1", "72", "missing-tag"), ("54=1", "54=5", "54", "unknown-side"),
            ("6=312.44", "6=1e9", "6", "not-a-number"), ("49=BROKER|", "", "49", "missing-tag"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_told_by_its_tag(
        self, old: str, new: str, tag: str, code: str
    ) -> None:
        assert old in BODY
        found, problems = read_allocations(message(BODY.replace(old, new, 1)))
        assert found == []
        assert (tag, code) in [(problem.tag, problem.code) for problem in problems]


def test_a_changed_one_is_read_or_told() -> None:
    taken = 0
    for raw in mutations(
        [message(), message(begin="FIXT.1.1")], seed=31, count=FILE_MUTATIONS // 4
    ):
        found, problems = read_allocations(raw)
        taken += bool(found)
        assert all(problem.detail and problem.code for problem in problems)
    assert 0 < taken < FILE_MUTATIONS // 4
