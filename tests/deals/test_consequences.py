"""What may be done about a deal, when: the table written out a second time, every cell of it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from backoffice.kernel.lifecycle import TransitionNotAllowed
from deals.amending.consequences import (
    TABLE,
    Act,
    Part,
    Situation,
    consequence_of,
    situation_of,
)
from deals.amending.terms import merged

# Whose word, whose eyes, and what follows; a dash: it is refused. What is done to a repo between its
# dates is possible between them alone.
BACK = "parts cancelled, reversed, limits back, block restored"
UNDONE = {
    "CAPTURED": BACK, "PENDING_APPROVAL": BACK, "CONFIRMED": f"none+eyes: withdrawn, {BACK}",
    "RELEASED": f"none+eyes: withdrawn, {BACK}",
}  # fmt: skip
BETWEEN = "document+eyes: version, void, rest withdrawn, limits anew"
WRITTEN = {
    "CAPTURED": ("reversed, limits back", "version, rebooked, limits anew", "version"),
    "PENDING_APPROVAL": (
        "reversed, limits back", "void, version, rebooked, limits anew", "version",
    ),
    "CONFIRMED": (
        "document+eyes: withdrawn, reversed, limits back",
        "document+eyes: version, void, withdrawn, rebooked, limits anew", "version",
    ),
    "RELEASED": (
        "document+eyes: withdrawn, reversed, limits back",
        "document+eyes: version, void, withdrawn, rebooked, limits anew", "version",
    ),
    "SENT": ("document+eyes: asked, reversed, limits back", "-", "version"),
    "INSIDE": (
        "document+eyes: withdrawn, reversed, limits back",
        "document+eyes: version, void, withdrawn, rebooked, limits anew", "version",
    ),
    "MATCHED": ("place+eyes: asked, reversed, limits back", "-", "version"),
    "PARTLY_SETTLED": ("-", "-", "version"),
    "REST_CANCELLED": ("document+eyes: rest out, limits back", "-", "version"),
    "SETTLED": ("-", "-", "version"),
    "CLEARED": ("-", "-", "-"),
    "NET_GONE": ("-", "-", "-"),
    "CANCELLED": ("-", "-", "-"),
}  # fmt: skip
REVERSED = {"CLEARED": "venue+eyes: leaves nets, reversed, limits back"}
WORDS = {
    "LEAVES_NETS": "leaves nets",
    "NEW_VERSION": "version", "APPROVAL_VOIDED": "void", "WITHDRAWN": "withdrawn",
    "PLACE_ASKED": "asked", "REVERSED": "reversed", "REBOOKED": "rebooked",
    "PARTS_CANCELLED": "parts cancelled", "BLOCK_RESTORED": "block restored",
    "REST_REVERSED": "rest out", "REST_WITHDRAWN": "rest withdrawn",
    "LIMITS_GIVEN_BACK": "limits back", "LIMITS_REPLACED": "limits anew",
}  # fmt: skip


@pytest.mark.parametrize(("situation", "act"), list(product(Situation, Act)))
def test_every_cell_is_as_written_here(situation: Situation, act: Act) -> None:
    between = BETWEEN if situation == "PARTLY_SETTLED" else "-"
    row = (*WRITTEN[situation], between, between, UNDONE.get(situation, "-"))
    written = (*row, REVERSED.get(situation, "-"))[list(Act).index(act)]
    cell = TABLE[situation][act]
    if written == "-":
        with pytest.raises(TransitionNotAllowed) as refusal:
            consequence_of(situation, act)
        possible = {a.lower() for a, other in TABLE[situation].items() if other.allowed}
        allowed = refusal.value.facts["allowed"]
        assert {each for each in allowed.split(", ") if each != "-"} == possible
        assert refusal.value.facts["instead"] == cell.instead != ""
        return
    assert consequence_of(situation, act) is cell
    who = f"{cell.agreement.lower()}+eyes: " if cell.eyes else ""
    assert who + ", ".join(WORDS[each] for each in cell.follows) == written


def part(**axes: bool) -> Part:
    return Part(**{name: axes.get(name, False) for name in Part._fields})


PREPARED, APPROVED = part(), part(approved=True)
SENT = part(approved=True, sent=True)
MATCHED = part(approved=True, sent=True, matched=True)
INSIDE = part(approved=True, matched=True, inside=True)
SETTLED = part(approved=True, matched=True, settled=True)
FINAL = SETTLED._replace(final=True)


@pytest.mark.parametrize(
    ("state", "parts", "found"),
    [
        ("CAPTURED", [], "CAPTURED"),
        ("PENDING_APPROVAL", [], "PENDING_APPROVAL"),
        ("CONFIRMED", [], "CONFIRMED"),
        ("SETTLING", [], "CONFIRMED"),
        ("SETTLING", [PREPARED], "CONFIRMED"),
        ("SETTLING", [PREPARED, APPROVED], "RELEASED"),
        ("SETTLING", [APPROVED, SENT], "SENT"),
        ("SETTLING", [part(approved=True, matched=True)], "SENT"),  # by a person, and not sent yet
        ("SETTLING", [INSIDE], "INSIDE"),
        ("SETTLING", [INSIDE, SENT], "SENT"),
        ("SETTLING", [SENT, MATCHED], "MATCHED"),
        ("SETTLING", [MATCHED, SETTLED], "PARTLY_SETTLED"),
        ("CAPTURED", [FINAL], "PARTLY_SETTLED"),  # a repo between its dates, to be confirmed anew
        ("PENDING_APPROVAL", [FINAL], "PARTLY_SETTLED"),
        ("CONFIRMED", [FINAL], "PARTLY_SETTLED"),
        ("SETTLING", [FINAL], "PARTLY_SETTLED"),  # nothing is left over
        ("SETTLED", [SETTLED], "SETTLED"),
        ("CLOSED", [SETTLED], "SETTLED"),
        ("CANCELLED", [], "CANCELLED"),
        ("REPLACED", [], "CANCELLED"),
    ],
)
def test_what_went_farthest_decides_about_the_situation(
    state: str, parts: list[Part], found: str
) -> None:
    assert situation_of(state, cleared=False, parts=parts) == found
    if state not in ("CANCELLED", "REPLACED"):
        over = state in ("SETTLED", "CLOSED")
        assert situation_of(state, cleared=True, parts=parts, gone=over) == (
            Situation.NET_GONE if over else Situation.CLEARED
        )
        assert situation_of(state, cleared=True, parts=parts, gone=True) == Situation.NET_GONE


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [  # of RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_is_applied_as_its_standard_shows(
    target: dict[str, Any], patch: dict[str, Any], result: dict[str, Any]
) -> None:
    assert merged(target, patch) == result


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([FINAL], "REST_CANCELLED"),
        ([FINAL, MATCHED], "PARTLY_SETTLED"),  # one of them may still settle
        ([SETTLED], "PARTLY_SETTLED"),  # settled in part only: the place goes on
        ([], "CONFIRMED"),
        ([MATCHED], "MATCHED"),
    ],
)
def test_what_is_left_over_is_cancelled_only_when_all_else_is_final(
    parts: list[Part], found: str
) -> None:
    assert situation_of("SETTLING", cleared=False, parts=parts, rest=True) == found
