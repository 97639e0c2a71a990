"""Contracts: proposed by one person, signed into the register by another, who also ends them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from expenses.centres import CostCentre
from expenses.costs.booking import lock
from expenses.costs.explaining import explain_waiting
from expenses.costs.models import CostContract
from expenses.costs.reading import expected_months
from refdata.models import Agreement, Entity
from refdata.scopes import OutOfScope, scope_of
from settlements.naming import asset_named, require_amount

SUBJECT = "costcontract"


class AgreementUnknown(Invalid):
    code = "agreement-unknown"
    title = gettext_noop("No such agreement is in the register")
    detail = gettext_noop("%(entity)s has no agreement %(agreement)s.")
    hint = gettext_noop(
        "Propose the agreement first; contracts are about what it obliges us to pay."
    )


class CentreUnknown(Invalid):
    code = "cost-centre-unknown"
    title = gettext_noop("No such cost centre then")
    detail = gettext_noop("%(entity)s has no cost centre %(centre)s on %(day)s.")
    hint = gettext_noop("Choose one of the cost centres of the entity that there is on that day.")


class OutsideAgreement(Invalid):
    code = "outside-agreement"
    title = gettext_noop("The agreement is not in force for all these days")
    detail = gettext_noop("%(agreement)s is in force from %(since)s until %(until)s.")
    hint = gettext_noop("Choose days within it, or have the agreement changed first.")


class EndsTooEarly(Conflict):
    code = "contract-ends-too-early"
    title = gettext_noop("The contract cannot end on that day")
    detail = gettext_noop("%(contract)s began on %(since)s and is billed until %(billed)s.")
    hint = gettext_noop("Name a later day, or decline the invoice first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContract:
    """What a contract obliges us to, by codes; `agreement` is its number or its reference, such as `AG-7`."""

    entity: str
    agreement: str
    kind: str
    subject: str
    currency: str
    amount: Decimal
    per_months: int
    valid_from: date
    valid_until: date | None = None
    due_day: int
    in_advance: bool = False
    service: str = ""
    vat_on_top: bool = False
    index: Decimal = Decimal(0)
    indexed_from: date | None = None
    tolerance: Decimal = Decimal(0)
    notice_days: int = 0
    centre: str = ""


def entity_for(actor: User, code: str) -> Entity:
    """The entity that somebody may write for. Raises NotFound, OutOfScope."""
    row = Entity.objects.select_related("own_party").filter(code=code).first()
    if row is None:
        raise NotFound(what="entity", reference=code)
    if not scope_of(actor).covers(entity_id=row.pk):
        raise OutOfScope(what=code)
    return row


def centre_of(entity: Entity, code: str, day: date) -> CostCentre:
    """The centre of a code on a day. Raises CentreUnknown."""
    row = CostCentre.objects.filter(entity=entity, code=code, valid_from__lte=day)
    found = row.exclude(valid_until__lte=day).first()
    if found is None:
        raise CentreUnknown(entity=entity.code, centre=code, day=day.isoformat())
    return found


def _agreement_of(entity: Entity, new: NewContract) -> Agreement:
    rows = Agreement.objects.filter(entity=entity)
    number = new.agreement.removeprefix("AG-")
    by_key = rows.filter(pk=number) if number.isdecimal() and len(number) < 19 else rows.none()
    found = rows.filter(number=new.agreement).first() or by_key.first()
    if found is None:
        raise AgreementUnknown(entity=entity.code, agreement=new.agreement)
    begins_early = new.valid_from < found.valid_from
    ends_late = found.valid_until is not None and (
        new.valid_until is None or new.valid_until > found.valid_until
    )
    if begins_early or ends_late:
        until = found.valid_until.isoformat() if found.valid_until else "–"
        raise OutsideAgreement(
            agreement=found.reference, since=found.valid_from.isoformat(), until=until
        )
    return found


@transaction.atomic
def propose_contract(*, new: NewContract, actor: User, at: datetime) -> CostContract:
    """Propose what an agreement obliges an entity to pay.

    Raises NotFound, OutOfScope, AgreementUnknown, OutsideAgreement, CentreUnknown, UnknownCode, NotSoDivisible,
    NoRuleInForce where the service has no rule of VAT.
    """
    entity = entity_for(actor, new.entity)
    agreement = _agreement_of(entity, new)
    require_amount(asset_named(new.currency), new.amount)
    centre = centre_of(entity, new.centre, new.valid_from) if new.centre else None
    row = CostContract(
        entity=entity, agreement=agreement, party_id=agreement.party_id, kind=new.kind,
        subject=new.subject, centre=centre, currency=new.currency, amount=new.amount,
        per_months=new.per_months, service=new.service, vat_on_top=new.vat_on_top,
        valid_from=new.valid_from, valid_until=new.valid_until, due_day=new.due_day,
        in_advance=new.in_advance, index=new.index, indexed_from=new.indexed_from,
        tolerance=new.tolerance, notice_days=new.notice_days, proposed_by=actor, proposed_at=at,
        makers=[actor.pk],
    )  # fmt: skip
    month = new.valid_from.replace(day=1)
    expected_months(row, month, month)
    row.save()
    event = NewEvent(
        kind=f"{SUBJECT}.propose", subject_type=SUBJECT, subject_id=row.pk, entity_id=entity.pk,
        target=row.state,
        facts={"agreement": agreement.reference, "amount": plain(row.amount), "currency": row.currency},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


def sign_contracts(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Into the register, as other eyes; invoices that wait are looked at again."""

    def sign(row: CostContract) -> None:
        advance(CostContract, "sign", [Step(row.pk)], actor=actor, at=at).raise_single()
        explain_waiting(row.entity_id, row.party_id, at=at)

    return _each(ids, sign)


def decline_contracts(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is not what was agreed."""

    def decline(row: CostContract) -> None:
        advance(CostContract, "decline", [Step(row.pk, reason)], actor=actor, at=at).raise_single()

    return _each(ids, decline)


def end_contracts(
    *, ids: Sequence[int], until: date, reason: str, actor: User, at: datetime
) -> Outcome:
    """It ends on the day before `until`, as other eyes than proposed it say. Refuses with EndsTooEarly."""

    def end(row: CostContract) -> None:
        last = (
            row.invoices.exclude(state="DECLINED").filter(unexplained="").order_by("-month_until")
        )
        billed = last.values_list("month_until", flat=True).first()
        if until <= row.valid_from or (billed is not None and until <= billed):
            raise EndsTooEarly(
                contract=str(row), since=row.valid_from.isoformat(),
                billed=f"{billed:%Y-%m}" if billed else "–",
            )  # fmt: skip
        step = Step(
            row.pk, reason, facts={"until": until.isoformat()}, columns={"valid_until": until}
        )
        advance(CostContract, "end", [step], actor=actor, at=at).raise_single()

    return _each(ids, end)


def _each(ids: Sequence[int], take: Callable[[CostContract], None]) -> Outcome:
    @transaction.atomic
    def all_of_them() -> Outcome:
        rows = CostContract.objects.in_bulk(ids)
        for entity_id in sorted({row.entity_id for row in rows.values()}):
            lock(entity_id)

        def decide(id: int) -> None:
            if id not in rows:
                raise NotFound(what="contract", reference=f"CT-{id}")
            take(rows[id])

        return each_by_itself(ids, decide)

    return all_of_them()
