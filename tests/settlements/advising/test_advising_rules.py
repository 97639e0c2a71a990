"""Which of our axes move by what the market says, and who acts on its reasons (rules, section 2)."""

from __future__ import annotations

import pytest

from settlements.advising.reasons import MARKET, OURS, WHO_ACTS, Acts, Reason, known
from settlements.advising.rules import Said, Stands, steps_of

SENT = Stands("SENT", "UNMATCHED", "NONE", "PENDING", "NONE")
MATCHED = Stands("ACKNOWLEDGED", "MATCHED", "NONE", "PENDING", "NONE")

# The table of rules, section 2, once more by hand.
TABLE = {
    "LACK": "INVENTORY", "CLAC": "CHASE", "AWMO": "CASH", "AWSH": "CHASE", "MONY": "TREASURY",
    "CMON": "CHASE", "LATE": "CUT_OFFS", "CLAT": "CUT_OFFS", "ADEA": "OPERATIONS", "LAAW": "LINKS",
    "SBLO": "CORPORATE_ACTIONS", "BLOC": "STATIC_DATA", "BYIY": "FAILS", "PREA": "RELEASE",
    "PRCY": "RELEASE", "DOCY": "DOCUMENTS", "DOCC": "DOCUMENTS", "NEWI": "NOBODY",
    "CHAS": "NOBODY", "MINO": "MERGE", "FUTU": "NOBODY", "CMIS": "CONFIRMATIONS",
    "DDAT": "CONFIRMATIONS", "DQUA": "CONFIRMATIONS", "DMON": "CONFIRMATIONS",
    "DSEC": "CONFIRMATIONS", "DEPT": "CONFIRMATIONS", "ICAG": "CONFIRMATIONS",
}  # fmt: skip


def test_all_28_codes_say_who_acts() -> None:
    assert {code.value: WHO_ACTS[code].value for code in MARKET} == TABLE
    assert len(TABLE) == 28
    assert set(WHO_ACTS) == {*MARKET, *OURS} == set(Reason)
    assert set(WHO_ACTS.values()) == set(Acts)


def test_a_code_that_we_do_not_know_is_kept_without_words() -> None:
    assert known("LACK") is Reason.LACK
    assert known("ZZZZ") is None


@pytest.mark.parametrize(
    ("said", "now", "expected"),
    [
        (Said(processing="PACK"), SENT, ["acknowledge"]),
        (Said(processing="PACK"), MATCHED, []),
        (Said(processing="REJT"), SENT, ["bounce"]),
        (Said(matching="MACH"), SENT, ["acknowledge", "match"]),
        (Said(matching="MACH"), MATCHED, []),
        (Said(matching="NMAT", reasons=["CMIS", "DQUA"]), SENT, ["acknowledge"]),
        (Said(matching="NMAT"), MATCHED, ["unmatch"]),
        (Said(inferred="MACH"), SENT, ["acknowledge", "allege"]),
        (Said(inferred="MACH", matching="MACH"), SENT, ["acknowledge", "match"]),
        (Said(inferred="NMAT"), MATCHED, []),
        (Said(settling="PEND", reasons=["LACK", "MONY"]), MATCHED, []),
        (Said(settling="PENF"), MATCHED, ["fail"]),
        (Said(settling="PENF"), MATCHED._replace(settlement="FAILING"), []),
        (Said(settling="PENF"), MATCHED._replace(settlement="PARTIAL"), []),
        (Said(settling="PEND", reasons=["PRCY"]), MATCHED, ["hold_theirs"]),
        (Said(settling="PEND", reasons=["PRCY"]), MATCHED._replace(hold="THEIRS"), []),
        (Said(settling="PEND", reasons=["SBLO"]), MATCHED, ["hold_csd"]),
        (
            Said(settling="PEND", reasons=["BLOC"]),
            MATCHED._replace(hold="THEIRS"),
            ["unhold_outside", "hold_csd"],
        ),
        (Said(settling="PEND"), MATCHED._replace(hold="THEIRS"), ["unhold_outside"]),
        (Said(processing="PACK"), MATCHED._replace(hold="CSD"), []),
        (Said(settling="PEND", reasons=["PRCY"]), MATCHED._replace(hold="OURS"), []),
        (Said(settling="PEND", reasons=["PREA"]), MATCHED._replace(hold="OURS"), []),
        (Said(processing="CANP"), MATCHED._replace(cancellation="REQUESTED"), []),
        (Said(processing="CPRC"), MATCHED, []),
        (Said(processing="CAND"), MATCHED._replace(cancellation="REQUESTED"), ["agree_cancel"]),
        (Said(processing="CAND"), MATCHED, []),
    ],
)  # fmt: skip
def test_steps_follow_from_what_is_said(said: Said, now: Stands, expected: list[str]) -> None:
    assert list(steps_of(said, now)) == expected
