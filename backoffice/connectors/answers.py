"""What places say about our instructions, from files: each line a fact, known before, or a problem.

An answer is one JSON line: `{"reference": "S-12", "message": "m-1", "event": "acknowledged" |
"matched" | "settled" | "rejected" | "cancelled" | "cancel_denied", "at": "2026-11-24T10:00:00+03:00", "reason"?}`.
What settles in parts is told part by part, each with its `quantity`; one without is of all that is left.
`"event": "status"` says how it stands on the market's own axes, as sese.024 and MT548 do: `"processing"?`,
`"inferred"?`, `"matching"?`, `"settling"?` by the codes of MT548, and all `"reasons"?` at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import TextChoices

from backoffice.access.models import User
from backoffice.connectors.formats.moments import of_a_clock
from backoffice.connectors.models import InboundFile
from backoffice.connectors.places.sources import place_of
from backoffice.connectors.receiving.taken import Taken
from backoffice.events.faults import reached
from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step, advance
from settlements.advising.rules import Said
from settlements.advising.services import NewAdvice, take_advice
from settlements.advising.state import Inferred, MarketMatching, MarketSettlement, Processing
from settlements.changing.instructions import take_cancelled, take_denied
from settlements.matching import match_told
from settlements.models import Settlement
from settlements.services import NotSent, Proof, settle_by_places_word

TRANSITIONS = {"acknowledged": "acknowledge", "rejected": "bounce"}
MATCHED, SETTLED, STATUS = "matched", "settled", "status"
AXES: dict[str, type[TextChoices]] = {
    "processing": Processing, "inferred": Inferred, "matching": MarketMatching,
    "settling": MarketSettlement,
}  # fmt: skip
LONGEST_MESSAGE, LONGEST_REASON = 120, 500  # as they are kept
REFERENCE = re.compile(r"[1-9][0-9]{0,17}\Z", re.ASCII)
YEARS = range(1990, 2200)
CANCELS = {"cancelled": take_cancelled, "cancel_denied": take_denied}  # what was asked for

HINT = gettext_noop("Look at the settlement, or ask the place for the answer again.")

# Only what was sent to an outside place can be answered, by that place where one speaks alone.
_ANSWERABLE = """
SELECT s.id FROM settlements_settlement s JOIN refdata_place p ON p.id = s.place_id
 WHERE s.id = ANY(%s) AND p.finality = 'EXTERNAL' AND s.transmission <> 'NONE' AND (%s IS NULL OR p.id = %s)
"""


class Answer(NamedTuple):
    """One line of what a place says about one of our instructions."""

    line: int
    settlement_id: int
    event: str
    message: str
    at: datetime
    reason: str
    quantity: Decimal | None = None
    said: Said = Said()


Problems = list[dict[str, Any]]


def take_answers(file: InboundFile, raw: bytes, *, actor: User | None, at: datetime) -> Taken:
    """Take in a file of answers: good lines work, each bad one is kept with its reason.

    Taken again, only the lines that had a problem are. Raises NotByHand, NoPlacesWord.
    """
    answers, problems = _parse(raw)
    lines = len(answers) + len(problems)
    if file.problems:
        left = {problem["line"] for problem in file.problems if "line" in problem}
        answers = [answer for answer in answers if not left or answer.line in left]
    sent = _answerable([answer.settlement_id for answer in answers], place_of(file, at))
    problems += [_problem(a, NotSent.code) for a in answers if a.settlement_id not in sent]
    good = [answer for answer in answers if answer.settlement_id in sent]
    problems += _note([a for a in good if a.event == "acknowledged"], "acknowledged", at)
    problems += _match([a for a in good if a.event == MATCHED], at)
    problems += _note([a for a in good if a.event == "rejected"], "rejected", at)
    problems += _advise([a for a in good if a.event == STATUS], at)
    problems += _settle([a for a in good if a.event == SETTLED], at)
    for event in CANCELS:
        problems += _end([a for a in good if a.event == event], event, at)
    reached("evidence.read")
    refused = {problem["line"] for problem in problems}
    added = len({answer.line for answer in answers} - refused)
    return Taken(
        format="answers", lines=lines, added=added, refused=len(refused),
        duplicates=lines - added - len(refused), problems=problems,
    )  # fmt: skip


def _answerable(ids: Sequence[int], place_id: int | None) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERABLE, [list(ids), place_id, place_id])
        return {row[0] for row in cursor.fetchall()}


def _parse(raw: bytes) -> tuple[list[Answer], Problems]:
    answers: list[Answer] = []
    problems: Problems = []
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), start=1):
        try:
            answers.append(_answer_in(number, json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            problems.append(_wrong(number, "unreadable", detail=repr(error)))
    return answers, problems


def _answer_in(number: int, document: dict[str, Any]) -> Answer:
    answer = Answer(
        number,
        _settlement_in(document["reference"]),
        document["event"],
        _text(document["message"], LONGEST_MESSAGE),
        of_a_clock(datetime.fromisoformat(document["at"])),
        _text(document.get("reason", ""), LONGEST_REASON),
        parse(document["quantity"], scale=8, precision=28) if "quantity" in document else None,
        _said_in(document),
    )
    if answer.event not in (*TRANSITIONS, MATCHED, SETTLED, STATUS, *CANCELS):
        raise ValueError(f"unknown event {answer.event}")
    if answer.at.tzinfo is None:
        raise ValueError("the time has no offset")
    if answer.at.year not in YEARS:
        raise ValueError(f"no time of ours: {answer.at}")
    return answer


def _settlement_in(reference: str) -> int:
    """Raises ValueError: what is no number of a settlement."""
    id = reference.removeprefix("S-")
    if not REFERENCE.match(id):
        raise ValueError(f"no settlement: {reference[:40]}")
    return int(id)


def _text(value: Any, most: int) -> str:
    """A word of theirs as it can be kept. Raises ValueError for one that cannot."""
    text = str(value)
    if len(text) > most or "\x00" in text:
        raise ValueError(f"at most {most} characters, and all of them text")
    text.encode()  # half of a character is none
    return text


def _said_in(document: dict[str, Any]) -> Said:
    """What is said on the market's axes. Raises ValueError for a code that is not one of them."""
    codes = {axis: str(AXES[axis](document[axis])) for axis in AXES if axis in document}
    reasons = tuple(document.get("reasons", ()))
    if not all(isinstance(code, str) and code.isalnum() and len(code) == 4 for code in reasons):
        raise ValueError("a reason has a code of four letters")
    return Said(**codes, reasons=reasons)


def _problem(answer: Answer, code: str, detail: str = "") -> dict[str, Any]:
    return _wrong(answer.line, code, f"S-{answer.settlement_id}", detail)


def _wrong(line: int, code: str, reference: str = "", detail: str = "") -> dict[str, Any]:
    return {
        "position": f"line {line}", "line": line, "reference": reference, "code": code, "detail": detail,
        "hint": HINT, "facts": {},
    }  # fmt: skip


def _refused(answers: Sequence[Answer], refused: dict[int, Refusal]) -> Problems:
    return [
        _problem(answer, refused[answer.settlement_id].code, str(refused[answer.settlement_id]))
        for answer in answers
        if answer.settlement_id in refused
    ]


def _note(answers: Sequence[Answer], event: str, at: datetime) -> Problems:
    steps = list(_steps(answers).values())
    outcome = advance(Settlement, TRANSITIONS[event], steps, actor=None, at=at)
    return _refused(answers, outcome.refused)


def _match(answers: Sequence[Answer], at: datetime) -> Problems:
    told = {a.settlement_id: a.at for a in answers}
    steps = list(_steps(answers).values())
    return _refused(answers, match_told(steps=steps, told=told, actor=None, at=at).refused)


def _advise(answers: Sequence[Answer], at: datetime) -> Problems:
    advice = [NewAdvice(a.settlement_id, a.message, a.at, a.said, a.reason) for a in answers]
    return _refused(answers, take_advice(advice=advice, at=at).refused)


def _end(answers: Sequence[Answer], event: str, at: datetime) -> Problems:
    if not answers:
        return []
    return _refused(answers, CANCELS[event](answers=_steps(answers), at=at).refused)


def _steps(answers: Sequence[Answer]) -> dict[int, Step]:
    return {
        a.settlement_id: Step(a.settlement_id, a.reason, {"message": a.message}) for a in answers
    }


def _settle(answers: Sequence[Answer], at: datetime) -> Problems:
    """Each settlement's parts in the order of the file; all first ones together, then all second ones."""
    problems: Problems = []
    left = list(answers)
    while left:
        told = {a.settlement_id: a for a in reversed(left)}  # the first of each
        proofs = {
            id: Proof(kind="place-message", reference=a.message, settled_at=a.at)
            for id, a in told.items()
        }
        parts = {id: a.quantity for id, a in told.items() if a.quantity is not None}
        reasons = {id: a.reason for id, a in told.items() if a.reason}
        outcome = settle_by_places_word(proofs=proofs, parts=parts, reasons=reasons, at=at)
        problems += _refused(list(told.values()), outcome.refused)
        left = [a for a in left if told[a.settlement_id] is not a]
    return problems
