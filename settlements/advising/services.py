"""Taking in what the market says: kept as it was said, and our axes moved by what it means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.transitions import Outcome, Step, advance
from settlements.advising.rules import Said, Stands, steps_of
from settlements.advising.state import Processing
from settlements.changing.instructions import take_cancelled
from settlements.exposures import lock_with_siblings
from settlements.matching import match_told
from settlements.models import Settlement


class NewAdvice(NamedTuple):
    """A message about one settlement: what it says, at which time of its own."""

    settlement_id: int
    message: str
    told_at: datetime
    said: Said
    text: str = ""


# Each message once; of several about one settlement the last by its own time is what stands.
_PUT = """
WITH put AS (
  INSERT INTO settlements_statusadvice (settlement_id, message, processing, inferred, matching, settling, reasons,
                                        text, told_at, recorded_at)
  SELECT g.id, g.message, g.processing, g.inferred, g.matching, g.settling,
         CASE WHEN g.reasons = '' THEN '{}' ELSE string_to_array(g.reasons, ',') END, g.text, g.told_at, %s
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                %s::timestamptz[])
         AS g(id, message, processing, inferred, matching, settling, reasons, text, told_at)
   ORDER BY g.id
      ON CONFLICT (settlement_id, message) DO NOTHING
  RETURNING settlement_id, message, told_at)
SELECT DISTINCT ON (p.settlement_id) p.settlement_id, p.message FROM put p
 WHERE NOT EXISTS (SELECT 1 FROM settlements_statusadvice o
                    WHERE o.settlement_id = p.settlement_id AND o.told_at > p.told_at)
 ORDER BY p.settlement_id, p.told_at DESC
"""
_GIVE_REASONS = """
UPDATE settlements_settlement s SET reason = split_part(g.reasons, ',', 1), reasons = string_to_array(g.reasons, ',')
  FROM unnest(%s::bigint[], %s::text[]) AS g(id, reasons)
 WHERE s.id = g.id AND s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED'
"""


@transaction.atomic
def take_advice(*, advice: Sequence[NewAdvice], at: datetime) -> Outcome:
    """Keep what messages say, and move our axes by the steps that follow from it (`rules.steps_of`).

    A message that is there already does nothing, and so does one that is older than what was said before:
    it is kept and moves nothing. Of those that move, what the message names as reasons is why it does not settle
    now. Answers for the settlements whose steps were all taken, refuses the others with why.
    """
    siblings = lock_with_siblings([each.settlement_id for each in advice])
    last = _kept(advice, at)
    stands = _stands(sorted(last))
    outcome = Outcome(sorted(last.keys() & set(siblings)))
    wanted: dict[str, dict[int, NewAdvice]] = defaultdict(dict)
    for id, each in last.items():
        for step in steps_of(each.said, stands[id]):
            wanted[step][id] = each
    for name in _ORDER:
        if name in wanted:
            outcome = outcome.refusing(_take(name, wanted[name], at).refused)
    _give_reasons({id: each for id, each in last.items() if _speaks(each.said)})
    _tell_of_asked(last, stands, at)
    return Outcome([id for id in outcome.done if id not in outcome.refused], outcome.refused)


# Whether the word before the last one said already that the other side asks.
_ASKED_BEFORE = """
SELECT g.id FROM unnest(%s::bigint[]) AS g(id)
 CROSS JOIN LATERAL (SELECT a.processing FROM settlements_statusadvice a
                      WHERE a.settlement_id = g.id AND a.processing <> ''
                      ORDER BY a.told_at DESC, a.id DESC OFFSET 1 LIMIT 1) a
 WHERE a.processing = 'CPRC'
"""


def _tell_of_asked(
    last: Mapping[int, NewAdvice], stands: Mapping[int, Stands], at: datetime
) -> None:
    """The other side asks to cancel (CPRC): nothing moves, but a person has to agree or not (L4)."""
    asked = [
        id
        for id, each in sorted(last.items())
        if each.said.processing == Processing.CPRC
        and stands[id].settlement != "SETTLED" and stands[id].cancellation in ("NONE", "DENIED")
    ]  # fmt: skip
    if not asked:
        return
    with connection.cursor() as cursor:
        cursor.execute(_ASKED_BEFORE, [asked])
        before = {row[0] for row in cursor.fetchall()}
    rows = Settlement.objects.filter(pk__in=[id for id in asked if id not in before]).order_by("pk")
    events = [
        NewEvent(
            kind="settlement.ask_cancel", subject_type="settlement", subject_id=id,
            entity_id=entity_id, reason=last[id].text,
            facts={"message": last[id].message, "amount": str(amount), "currency": currency},
        )
        for id, entity_id, amount, currency in rows.values_list(
            "pk", "entity_id", "amount", "money_asset__code"
        )
    ]  # fmt: skip
    record_events(events, actor_id=None, at=at)


def _speaks(said: Said) -> bool:
    """Whether it says why, or that there is no reason any more; a word about processing alone says neither."""
    return bool(said.reasons or said.matching or said.settling)


_ORDER = (
    "bounce", "acknowledge", "unmatch", "match", "allege", "unhold_outside", "hold_theirs", "hold_csd",
    "fail", "agree_cancel",
)  # fmt: skip


def _take(name: str, advice: Mapping[int, NewAdvice], at: datetime) -> Outcome:
    steps = {id: _step(each) for id, each in sorted(advice.items())}
    if name == "match":
        told = {id: each.told_at for id, each in advice.items()}
        return match_told(steps=list(steps.values()), told=told, actor=None, at=at)
    if name == "agree_cancel":
        return take_cancelled(answers=steps, at=at)
    if name == "unmatch":
        steps = {id: Step(id, s.reason, s.facts, {"matched_date": None}) for id, s in steps.items()}
    return advance(Settlement, name, list(steps.values()), actor=None, at=at)


def _step(advice: NewAdvice) -> Step:
    said = advice.said
    facts: dict[str, Any] = {"message": advice.message, "reasons": list(said.reasons)}
    return Step(advice.settlement_id, ", ".join(said.reasons) or advice.text, facts)


def _kept(advice: Sequence[NewAdvice], at: datetime) -> dict[int, NewAdvice]:
    """Write them down; return of each settlement the one that says how it stands now, if it is new."""
    if not advice:
        return {}
    columns = zip(
        *(
            (
                a.settlement_id, a.message, a.said.processing, a.said.inferred, a.said.matching,
                a.said.settling, ",".join(a.said.reasons), a.text, a.told_at,
            )
            for a in advice
        ),
        strict=True,
    )  # fmt: skip
    by_key = {(a.settlement_id, a.message): a for a in advice}
    with connection.cursor() as cursor:
        cursor.execute(_PUT, [at, *(list(column) for column in columns)])
        return {id: by_key[id, message] for id, message in cursor.fetchall()}


def _stands(ids: Sequence[int]) -> dict[int, Stands]:
    rows = Settlement.objects.filter(pk__in=ids).values_list("pk", *Stands._fields)
    return {id: Stands(*row) for id, *row in rows}


def _give_reasons(advice: Mapping[int, NewAdvice]) -> None:
    """What is said now is why; one that is over keeps none. Their rows are locked by the caller."""
    if advice:
        reasons = [",".join(each.said.reasons) for each in advice.values()]
        with connection.cursor() as cursor:
            cursor.execute(_GIVE_REASONS, [list(advice), reasons])
