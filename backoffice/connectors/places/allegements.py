"""Taking in what others instructed against us, and looking for the settlement of ours that they mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.connectors.channels.instructing import units_of
from backoffice.connectors.formats.securities import Allegement as Said
from backoffice.connectors.formats.terms import Direction, Function
from backoffice.connectors.formats.transactions import Allegements as Statement
from backoffice.connectors.places.known import entities_of, securities_of
from backoffice.connectors.places.models import Allegement
from backoffice.connectors.places.outcome import Outcome
from backoffice.connectors.places.state import AllegementState
from backoffice.connectors.places.told import Source, Told, moment_of, position_of
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome as Moved
from backoffice.workflow.transitions import Step, advance
from refdata.models import Instrument
from settlements.models import Settlement


def take_allegements(told: Sequence[Told], source: Source, *, at: datetime) -> Outcome:
    """Allegements of a file: kept once, compared with what we have, and taken back where they are cancelled."""
    outcome = Outcome()
    said = [(each, one) for each in told for one in _each_of(each)]
    accounts = entities_of((one.terms.account for _, one in said), source)
    securities = securities_of(one.terms.isin for _, one in said)
    for each, one in said:
        entity_id = accounts.get(one.terms.account)
        if entity_id is None:
            outcome.problem(each, _foreign(each, one))
            continue
        outcome.entities.add(entity_id)
        if one.function is Function.CANCEL:
            _withdraw(each, one, source, outcome, at)
        else:
            _keep(each, one, source, entity_id, securities.get(one.terms.isin), outcome, at)
    return outcome


def _each_of(told: Told) -> list[Said]:
    """The allegements of a message: one of its own, or each of a statement of them (MT586)."""
    if isinstance(told.said, Said):
        return [told.said]
    if not isinstance(told.said, Statement):
        return []
    return [
        Said(
            reference=line.reference, terms=line.terms, told_at=told.said.told_at,
            references=line.references, format=told.said.format,
        )
        for line in told.said.lines
    ]  # fmt: skip


def _keep(
    each: Told, one: Said, source: Source, entity_id: int, security: Instrument | None,
    outcome: Outcome, at: datetime,
) -> None:  # fmt: skip
    terms = one.terms
    units = None
    if security is not None:
        units = units_of(terms.quantity, security.kind, security.nominal)
    behind = terms.agent or terms.counterparty
    row, is_new = Allegement.objects.get_or_create(
        place_id=source.speaker, reference=one.reference, defaults={
            "entity_id": entity_id, "account": terms.account,
            "delivers": terms.direction is Direction.DELIVER, "against_payment": terms.against_payment,
            "isin": terms.isin, "asset_id": security.asset_id if security else None, "quantity": units,
            "amount": terms.money.amount if terms.money else None,
            "currency": terms.money.currency if terms.money else "",
            "settlement_date": terms.settlement_date, "counterparty": behind.shown[:140] if behind else "",
            "told_at": moment_of(one.told_at, at), "file": source.file, "recorded_at": at,
        },
    )  # fmt: skip
    if not is_new:
        outcome.duplicate(each)
        return
    compare_allegements([row], at=at)
    outcome.add(each)


def _withdraw(each: Told, one: Said, source: Source, outcome: Outcome, at: datetime) -> None:
    row = Allegement.objects.filter(place_id=source.speaker, reference=one.previous).first()
    if row is None:
        outcome.problem(
            each,
            FieldProblem(
                position_of(each), "unknown-allegement",
                gettext_noop("%(found)s was never alleged to us."),
                gettext_noop("Ask the place for the allegement that it takes back."),
                facts={"found": one.previous[:60]},
            ),
        )  # fmt: skip
    elif row.state == AllegementState.WITHDRAWN:
        outcome.duplicate(each)
    else:
        advance(
            Allegement,
            "withdraw",
            [Step(row.pk, facts={"message": each.message})],
            actor=None,
            at=at,
        )
        outcome.add(each)


# Of ours at the place that nothing has matched yet: the same security, the same way; the nearest of them that has
# its quantity, its day or its money.
_NEAREST = """
SELECT s.id, s.quantity - s.settled_quantity, s.amount - s.settled_amount, m.code, s.due_date, s.method = 'DVP',
       s.transmission <> 'NONE'
  FROM settlements_settlement s JOIN refdata_asset m ON m.id = s.money_asset_id
 CROSS JOIN LATERAL (
       SELECT (s.quantity - s.settled_quantity IS NOT DISTINCT FROM %s)::int + (s.due_date IS NOT DISTINCT FROM %s)::int
            + (s.amount - s.settled_amount IS NOT DISTINCT FROM %s AND m.code = %s)::int AS alike) n
 WHERE n.alike > 0
   AND s.place_id = %s AND s.entity_id = %s AND s.asset_id = %s AND s.delivers = %s AND s.method <> 'PFOD'
   AND s.matching <> 'MATCHED' AND s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED' AND s.netted_by_id IS NULL
   AND NOT EXISTS (SELECT 1 FROM connectors_allegement o
                    WHERE o.settlement_id = s.id AND o.state = 'OPEN' AND o.differs = '[]' AND o.id <> %s)
 ORDER BY n.alike DESC, s.due_date, s.id
 LIMIT 1
"""


def compare_allegements(rows: Sequence[Allegement], *, at: datetime) -> None:
    """Name for each the settlement of ours that comes nearest, and what differs; in the caller's transaction."""
    fitting = []
    for row in rows:
        found = _nearest(row)
        row.settlement_id, row.differs = (None, [])
        if found is not None:
            row.settlement_id, row.differs = found[0], _differences(row, found)
            if not row.differs and found[6]:
                fitting.append(found[0])
        row.save(update_fields=["settlement", "differs"])
    advance(Settlement, "allege", [Step(id) for id in sorted(set(fitting))], actor=None, at=at)
    record_events([_received(row) for row in rows], actor_id=None, at=at)


def _nearest(row: Allegement) -> Any:
    if row.asset_id is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            _NEAREST,
            [row.quantity, row.settlement_date, row.amount, row.currency,
             row.place_id, row.entity_id, row.asset_id, row.delivers, row.pk],
        )  # fmt: skip
        return cursor.fetchone()


def _differences(row: Allegement, found: Any) -> list[dict[str, str]]:
    _, quantity, amount, currency, due_date, against, _ = found
    told = [
        ("payment", str(against), str(row.against_payment)),
        ("date", str(due_date), str(row.settlement_date)),
    ]
    if row.quantity is not None:
        told.append(("quantity", plain(quantity), plain(row.quantity)))
    if row.against_payment and against and row.amount is not None:
        told.append(("money", f"{currency} {plain(amount)}", f"{row.currency} {plain(row.amount)}"))
    return [
        {"what": what, "ours": ours, "theirs": theirs}
        for what, ours, theirs in told
        if ours != theirs
    ]


def _received(row: Allegement) -> NewEvent:
    ours = f"S-{row.settlement_id}" if row.settlement_id else ""
    return NewEvent(
        kind="allegement.receive", subject_type="allegement", subject_id=row.pk,
        entity_id=row.entity_id, target=row.state,
        reason=", ".join(each["what"] for each in row.differs) if ours else "",
        facts={
            "settlement": ours, "reference": row.reference, "isin": row.isin,
            "amount": plain(row.amount) if row.amount is not None else "", "currency": row.currency,
        },
    )  # fmt: skip


def _foreign(each: Told, one: Said) -> FieldProblem:
    return FieldProblem(
        position_of(each), "unknown-account",
        gettext_noop("%(account)s is no account of ours at %(place)s."),
        gettext_noop("Add the account to the reference data, then take the file in again."),
        facts={"account": one.terms.account[:40], "place": one.format},
    )  # fmt: skip


@transaction.atomic
def dismiss_allegements(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Moved:
    """Set allegements aside: they mean nothing of ours, and the other side is told so outside."""
    return advance(Allegement, "dismiss", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def answer_allegements(*, settlement_ids: Sequence[int], at: datetime) -> None:
    """What was alleged and fits is answered once our own settlement is matched."""
    rows = Allegement.objects.filter(settlement_id__in=settlement_ids, differs=[]).exclude(
        state__in=(AllegementState.ANSWERED, AllegementState.WITHDRAWN)
    )
    steps = [Step(id) for id in rows.order_by("pk").values_list("pk", flat=True)]
    advance(Allegement, "answer", steps, actor=None, at=at)
