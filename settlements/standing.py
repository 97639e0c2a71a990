"""Whether the standing instruction of a settlement is still good.

An instruction is kept with a settlement when it is prepared, and looked at again when the settlement
is released, when it is sent and when a run settles it (domain-decisions 11). What was sent by then is
cancelled and instructed anew by a person; what was not is enriched again, under four eyes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from backoffice.kernel.errors import Conflict, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rows import array
from settlements.deadlines.selectors import PastCutOff, stopped_by_cut_off
from settlements.inventory.restricting import Restricted, restricted
from settlements.linking.selectors import partners_of
from settlements.screening import screened
from settlements.state import Reason


class InstructionRevoked(Conflict):
    code = "ssi-revoked"
    title = gettext_noop("The standing instruction is no longer good")
    detail = gettext_noop("%(ssi)s is %(status)s. The settlement was prepared with it.")
    hint = gettext_noop("Enrich the settlement again with a valid instruction, under four eyes.")


class LinkedRefused(Conflict):
    code = "linked-refused"
    title = gettext_noop("It is released together with another, and that one is not")
    detail = gettext_noop("%(settlement)s is not released: %(why)s")
    hint = gettext_noop("Mend the other one; both are released together then.")


# The rule of preparing: what fits, and of what fits the most specific, then the latest. A payment
# (an FX deal's) looks at the currency before anything else.
CASE = """
    s.asset_id = s.money_asset_id AS payment, coalesce(x.kind, 'CURRENCY') AS kind,
    coalesce(x.market, '') AS market, m.code AS currency
"""
FITS = """
    n.party_id = c.counterparty_id AND n.status = 'APPROVED' AND n.valid_from <= c.due_date
    AND (n.valid_until IS NULL OR n.valid_until > c.due_date)
    AND (n.entity_id IS NULL OR n.entity_id = c.entity_id)
    AND n.instrument_kind IN ('', c.kind) AND n.market IN ('', c.market)
    AND n.currency IN ('', c.currency)
"""


def rank(ssi: str) -> str:
    """By what one instruction comes before another, as SQL over an alias of theirs."""
    return f"""ROW((c.payment AND {ssi}.currency <> '')::int, ({ssi}.entity_id IS NOT NULL)::int
        + ({ssi}.instrument_kind <> '')::int + ({ssi}.market <> '')::int + ({ssi}.currency <> '')::int,
        {ssi}.valid_from, {ssi}.id)"""


# Open settlements among some whose instruction is not good any more, and why. Few cases stand behind
# many settlements, so each case is looked at once.
def _stopped(which: str) -> str:
    return f"""
WITH given AS MATERIALIZED (
       SELECT s.id, s.entity_id, s.ssi_id, s.counterparty_id, s.due_date,
              s.amount - s.settled_amount AS amount,
              s.transmission <> 'NONE' AS sent, {CASE}
         FROM settlements_settlement s
         JOIN refdata_asset m ON m.id = s.money_asset_id
         LEFT JOIN refdata_instrument x ON x.asset_id = s.asset_id
        WHERE {which}
          AND s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED' AND s.netted_by_id IS NULL),
     cases AS MATERIALIZED (
       SELECT DISTINCT ssi_id, entity_id, counterparty_id, due_date, payment, kind, market, currency
         FROM given),
     stopped AS MATERIALIZED (
       SELECT c.*, CASE WHEN p.status <> 'ACTIVE' THEN lower(p.status)
                        WHEN i.status <> 'APPROVED' THEN lower(i.status)
                        WHEN i.valid_until <= c.due_date THEN 'ended'
                        WHEN EXISTS (SELECT 1 FROM refdata_standinginstruction n
                                      WHERE {FITS} AND {rank("n")} > {rank("i")}) THEN 'superseded'
                   END AS status
         FROM cases c
         JOIN refdata_standinginstruction i ON i.id = c.ssi_id
         JOIN refdata_party p ON p.id = c.counterparty_id)
SELECT g.id, g.entity_id, g.ssi_id, t.status, g.sent, g.amount, g.currency, g.due_date
  FROM given g
  JOIN stopped t ON t.status IS NOT NULL AND t.ssi_id = g.ssi_id AND t.entity_id = g.entity_id
   AND t.counterparty_id = g.counterparty_id AND t.due_date = g.due_date AND t.payment = g.payment
   AND t.kind = g.kind AND t.market = g.market AND t.currency = g.currency
 ORDER BY g.id
"""  # noqa: S608


_OF_IDS, _OF_PARTIES = _stopped("s.id = ANY(%s)"), _stopped("s.counterparty_id = ANY(%s)")


STOPS = {
    "revoked": gettext_noop("the standing instruction is revoked"),
    "proposed": gettext_noop("the standing instruction is not approved"),
    "ended": gettext_noop("the standing instruction ends before the due date"),
    "superseded": gettext_noop("a later standing instruction is in effect by the due date"),
    "blocked": gettext_noop("the counterparty is blocked"),
    "sanctioned": gettext_noop("the counterparty is under sanctions"),
}


class Stopped(NamedTuple):
    """An open settlement whose instruction is not good any more: why, and whether it has left."""

    id: int
    entity_id: int
    ssi_id: int
    status: str
    sent: bool
    amount: Any
    currency: str
    due_date: Any

    @property
    def refusal(self) -> InstructionRevoked:
        return InstructionRevoked(ssi=f"SSI-{self.ssi_id}", status=self.status)


def stopped_settlements(*, ids: Sequence[int] = (), party_ids: Sequence[int] = ()) -> list[Stopped]:
    """The open ones among some settlements, and among all of some parties, that may not go on."""
    found: dict[int, Stopped] = {}
    with connection.cursor() as cursor:
        for statement, keys in ((_OF_IDS, ids), (_OF_PARTIES, party_ids)):
            if keys:
                cursor.execute(statement, [array(keys)])
                found |= {row[0]: Stopped(*row) for row in cursor.fetchall()}
    return [found[id] for id in sorted(found)]


def stopped_by_instruction(ids: Sequence[int]) -> dict[int, Refusal]:
    """Those of some settlements that their instruction stops, each with its refusal."""
    return {row.id: row.refusal for row in stopped_settlements(ids=ids)}


def stopped_with_partners(
    ids: Sequence[int], *, on: date, at: datetime | None = None, day: date | None = None
) -> dict[int, Refusal]:
    """The same and those that screening or a restriction stops, and what is linked *with* one that is
    stopped: no payment leaves while its other half may not.

    With a moment also those that a cut-off stops, for `day` (without one: that of the moment at each place).
    """
    partners = partners_of(ids)
    asked = sorted({*ids, *(other for row in partners.values() for other in row)})
    late: dict[int, Refusal] = dict(stopped_by_cut_off(asked, at, day=day)) if at else {}
    stopped = (
        late | stopped_by_instruction(asked) | restricted(asked, on=on) | screened(asked, on=on).refused
    )  # fmt: skip
    if not stopped:
        return {}
    found: dict[int, Refusal] = {}
    for id in ids:
        held = next((other for other in partners[id] if other in stopped), None)
        if id in stopped:
            found[id] = stopped[id]
        elif held is not None:
            why = stopped[held]
            found[id] = LinkedRefused(settlement=f"S-{held}", why=str(why), code=why.code)
    return found


def reason_of(refusal: Refusal) -> Reason:
    """Why a settlement is left out, in a word: its instruction, a restriction, a cut-off, or screening."""
    if isinstance(refusal, PastCutOff):
        return Reason(refusal.facts["reason"])
    reasons = {
        InstructionRevoked.code: Reason.SSI_REVOKED, Restricted.code: Reason.RESTRICTED,
        PastCutOff.code: Reason.LAAW,
    }  # fmt: skip
    return reasons.get(refusal.facts.get("code", refusal.code), Reason.SCREENING)
