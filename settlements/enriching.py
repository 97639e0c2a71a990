"""Taking another standing instruction for a settlement whose own is not good any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from settlements.exposures import lock_with_siblings
from settlements.linking.selectors import partners_of
from settlements.models import Settlement
from settlements.room import give_room_back
from settlements.standing import CASE, FITS, Stopped, rank, stopped_settlements


class InstructionGood(Conflict):
    code = "ssi-still-good"
    title = gettext_noop("The standing instruction is still good")
    detail = gettext_noop("%(ssi)s is what would be taken again.")
    hint = gettext_noop("Leave it: only an instruction that is no longer good is replaced.")


class NoInstruction(Conflict):
    code = "ssi-none-fits"
    title = gettext_noop("No standing instruction fits")
    detail = gettext_noop("Nothing that is approved fits %(settlement)s on its due date.")
    hint = gettext_noop("Record an instruction of the counterparty, and have it approved.")


class AlreadySent(Conflict):
    code = "already-sent"
    title = gettext_noop("It has left, or is final already")
    detail = gettext_noop("%(settlement)s was sent, settled or cancelled.")
    hint = gettext_noop("Cancel it at its place and instruct it anew.")


# What would be prepared today: the instruction, and for a payment our own account, as in payments.py.
_ANEW = f"""
SELECT c.id, n.id, coalesce(o.place_id, n.place_id),
       jsonb_build_object('depository_account', n.depository_account, 'cash_account', n.cash_account,
                          'place', n.place_id)
       || CASE WHEN c.payment THEN jsonb_build_object('nostro', o.number) ELSE '{{}}' END
  FROM (SELECT s.id, s.entity_id, s.owner_id, s.counterparty_id, s.due_date, {CASE}
          FROM settlements_settlement s
          JOIN refdata_asset m ON m.id = s.money_asset_id
          LEFT JOIN refdata_instrument x ON x.asset_id = s.asset_id
         WHERE s.id = ANY(%s)) c
 CROSS JOIN LATERAL (SELECT n.* FROM refdata_standinginstruction n WHERE {FITS}
                      ORDER BY {rank("n")} DESC LIMIT 1) n
  LEFT JOIN LATERAL (
       SELECT o.place_id, o.number FROM refdata_nostroaccount o
        WHERE c.payment AND o.entity_id = c.entity_id AND o.currency = c.currency
        ORDER BY o.place_id = n.place_id DESC, o.owner_id = c.owner_id DESC, o.id LIMIT 1) o ON true
 WHERE NOT c.payment OR o.number IS NOT NULL
"""  # noqa: S608
_OPEN = """
SELECT s.id, 'SSI-' || s.ssi_id, s.ssi_snapshot, s.matching = 'MATCHED',
       s.transmission = 'NONE' AND s.settlement IN ('PENDING', 'FAILING', 'PARTIAL') AND s.cancellation <> 'AGREED'
  FROM settlements_settlement s WHERE s.id = ANY(%s) ORDER BY s.id FOR UPDATE
"""


@transaction.atomic
def enrich_settlements(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Take the instruction that is good now for settlements whose own is not; other eyes release them.

    One that is linked and has not left goes back to be released with it. Of what is partly settled in our own
    books the rest goes by the new instruction; the parts keep what they were booked by. Raises nothing: refuses
    with InstructionGood, InstructionRevoked (of a party that is blocked), NoInstruction, AlreadySent.
    """
    linked = partners_of(ids)
    wanted = sorted({*ids, *(other for row in linked.values() for other in row)})
    siblings = lock_with_siblings(wanted)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [wanted])
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_ANEW, [wanted])
        anew = {row[0]: row[1:] for row in cursor.fetchall()}
    stopped = {row.id: row for row in stopped_settlements(ids=wanted)}
    refused = {id: why for id in ids if (why := _unfit(id, rows, anew, stopped)) is not None}
    chosen = {id for id in ids if id not in refused}
    chosen |= {o for id in chosen for o in linked[id] if rows[o][3] and o in anew}
    steps = [_step(id, rows[id], anew[id]) for id in sorted(chosen)]
    outcome = advance(Settlement, "enrich", steps, actor=actor, at=at)
    matched = [Step(id, columns={"matched_date": None}) for id in outcome.done if rows[id][2]]
    advance(Settlement, "unmatch", matched, actor=None, at=at)
    give_room_back(siblings, at=at)
    return outcome.refusing(refused)


def _unfit(
    id: int, rows: Mapping[int, Any], anew: Mapping[int, Any], stopped: Mapping[int, Stopped]
) -> Refusal | None:
    """Why one cannot be enriched again, if it cannot."""
    if id not in rows:
        return NotFound(what="settlement", reference=f"S-{id}")
    ssi, _, _, is_open = rows[id]
    if not is_open:
        return AlreadySent(settlement=f"S-{id}")
    if id not in stopped:
        return InstructionGood(ssi=ssi)
    if stopped[id].status in ("blocked", "sanctioned"):
        return stopped[id].refusal
    return None if id in anew else NoInstruction(settlement=f"S-{id}")


def _step(id: int, row: Any, anew: Any) -> Step:
    before, snapshot, _, _ = row
    ssi, place, new_snapshot = anew
    facts = {
        "ssi": f"SSI-{ssi}", "before": before, "before_snapshot": msgspec.json.decode(snapshot),
    }  # fmt: skip
    columns = {
        "ssi": ssi, "place": place, "reason": "", "ssi_snapshot": new_snapshot,
    }  # fmt: skip
    return Step(id, facts=facts, columns=columns)
