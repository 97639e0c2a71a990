"""Cancelling the settlement of a net by hand, before it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from limits.services import give_back
from settlements.clearing.comparing import compare_nets
from settlements.clearing.holding import hold_clearing
from settlements.clearing.models import NetObligation
from settlements.exposures import EXPOSURE
from settlements.models import Settlement


class NetWithHouse(Conflict):
    code = "net-with-house"
    title = gettext_noop("The clearing house has it")
    detail = gettext_noop(
        "%(settlement)s settles a net that was sent or is settled: it is not cancelled."
    )
    hint = gettext_noop("What was left out of it is compared and settled in the next round.")


_CANCELLABLE = """
SELECT s.id, s.source_id, s.transmission = 'NONE' AND s.settlement IN ('PENDING', 'FAILING')
  FROM settlements_settlement s WHERE s.id = ANY(%s) AND s.source_type = 'net' ORDER BY s.id FOR UPDATE
"""


def cancel_net_settlements(
    ids: Sequence[int], *, reason: str, actor: User, at: datetime
) -> Outcome:
    """Cancel settlements of nets that have not left: their obligations are open again.

    In the caller's transaction. Refuses with NetWithHouse what was sent or settled.
    """
    if not ids:
        return Outcome()
    hold_clearing()
    with connection.cursor() as cursor:
        cursor.execute(_CANCELLABLE, [list(ids)])
        rows = cursor.fetchall()
    refused = {id: NetWithHouse(settlement=f"S-{id}") for id, _, is_ours in rows if not is_ours}
    steps = [Step(id, reason) for id, _, is_ours in rows if is_ours]
    outcome = advance(Settlement, "agree_cancel", steps, actor=actor, at=at)
    give_back(EXPOSURE, sorted(outcome.done), state="RELEASED")
    gone = set(outcome.done)
    again = sorted(net for id, net, _ in rows if id in gone)
    advance(NetObligation, "reopen", [Step(id, reason) for id in again], actor=None, at=at)
    compare_nets(ids=again, at=at)
    return outcome.refusing({**refused})
