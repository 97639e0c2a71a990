"""Writing a file of salaries once for an accepted journal, letting it out, and dropping it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from backoffice.access.models import User
from backoffice.connectors.channels.choosing import valid_on, version_in
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.state import ChannelFormat
from backoffice.connectors.salaries.models import PayFile
from backoffice.connectors.salaries.orders import Payee, Payer, PayRun, as_orders, as_pain001
from backoffice.connectors.salaries.state import PayFileState
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, FieldProblem, Invalid, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from expenses.payroll.models import PayrollJournal, PayrollLine
from expenses.payroll.state import PayrollState
from refdata.firm_days import FIRM_ZONE, firm_day
from refdata.models import Bank, NostroAccount, Party, PartyIdentifier
from refdata.models.individuals import IndividualDetails
from refdata.screening.ages import old_lists
from refdata.screening.contents import Subject
from refdata.screening.selectors import StandingOf, standings, stopped

SUBJECT = "payfile"
ZERO = Decimal(0)


class NotToBePaid(Conflict):
    code = "payroll-not-to-be-paid"
    title = gettext_noop("The payroll journal is not to be paid")
    detail = gettext_noop("%(reference)s is not accepted, or has nothing to pay.")
    hint = gettext_noop(
        "A journal is paid once other eyes accepted it; what was reversed is not paid."
    )


class FileWritten(Conflict):
    code = "pay-file-written"
    title = gettext_noop("The file of these salaries is written already")
    detail = gettext_noop("%(reference)s pays %(journal)s.")
    hint = gettext_noop(
        "Take that file; while it is not released it may be dropped and written anew."
    )


class CannotBePaid(Invalid):
    code = "pay-file-incomplete"
    title = gettext_noop("Not all employees can be paid")
    detail = gettext_noop("Of %(count)s employees the account is not known; nothing was written.")
    hint = gettext_noop(
        "Have the accounts added to the details of these people, or to the journal."
    )


@transaction.atomic
def prepare_pay_file(
    *, journal: PayrollJournal, account: str, actor: User, at: datetime
) -> PayFile:
    """Write what the bank of one of our accounts is told to pay for a journal; other eyes let it out.

    Raises NotToBePaid, FileWritten, NotFound, CannotBePaid, Refused.
    """
    row = PayrollJournal.objects.select_for_update(of=("self",)).select_related("entity__own_party").get(
        pk=journal.pk
    )  # fmt: skip
    if row.state != PayrollState.ACCEPTED or not row.net:
        raise NotToBePaid(reference=str(row))
    written = PayFile.objects.filter(journal=row).exclude(state=PayFileState.DROPPED).first()
    if written is not None:
        raise FileWritten(reference=str(written), journal=str(row))
    nostro = _account(row, account)
    run = PayRun(
        reference=str(row), number=row.number, month=row.month,
        day=max(row.pay_date, firm_day(at)), currency=row.entity.base_currency,
        payer=_payer(row, nostro), payees=_payees(row, firm_day(at)),
    )  # fmt: skip
    format, ending, content = _written(run, nostro, row, at)
    made = PayFile.objects.create(
        entity=row.entity, journal=row, account=nostro, format=format, content=content,
        name=f"{row}-{row.pay_date:%Y%m%d}.{ending}", sha256=hashlib.sha256(content).hexdigest(),
        payments=len(run.payees), total=run.total, prepared_by=actor, prepared_at=at,
        makers=[actor.pk],
    )  # fmt: skip
    facts = {"journal": str(row), "format": format}
    event = NewEvent(
        kind=f"{SUBJECT}.prepare", subject_type=SUBJECT, subject_id=made.pk,
        entity_id=row.entity_id, target=made.state, facts=facts | {"sha256": made.sha256},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return made


def release_pay_files(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Other eyes let files out: they may be taken to the bank.

    Refuses one whose journal was corrected meanwhile, and one that pays somebody who is not clear of the lists of
    sanctions in use (ScreeningHitFound, ScreeningOutdated); the screenings by which it goes are kept with the step.
    """
    with transaction.atomic():
        rows = PayFile.objects.select_related("journal").in_bulk(ids)
        refused, steps = dict[int, Refusal](), [Step(id) for id in ids if id not in rows]
        for row in rows.values():
            standing = _standing_of_payees(row.journal_id)
            why = stopped(standing) or next((old.refusal for old in old_lists(firm_day(at))), None)
            if row.journal.state != PayrollState.ACCEPTED:
                why = NotToBePaid(reference=str(row.journal))
            if why is not None:
                refused[row.pk] = why
            by = sorted(each.screening for each in standing.values())
            steps.append(Step(row.pk, facts={"screenings": by}))
        going = [step for step in steps if step.id not in refused]
        outcome = advance(PayFile, "release", going, actor=actor, at=at)
        return Outcome(outcome.done, outcome.refused | refused)


def _standing_of_payees(journal_id: int) -> dict[Subject, StandingOf]:
    paid = PayrollLine.objects.filter(journal_id=journal_id, net__gt=0)
    people = paid.order_by().values_list("person_id", flat=True).distinct()
    return standings(Subject("party", id) for id in people)


def drop_pay_files(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is not taken to the bank: another may be written."""
    with transaction.atomic():
        return advance(PayFile, "drop", [Step(id, reason) for id in ids], actor=actor, at=at)


def accounts_of(row: PayrollJournal) -> list[NostroAccount]:
    """Our own accounts from which pay may go out, at banks that take payment orders."""
    rows = NostroAccount.objects.filter(
        Q(closed_on=None) | Q(closed_on__gt=row.pay_date), entity_id=row.entity_id, kind="OWN",
        owner_id=row.entity.own_party_id, currency=row.entity.base_currency,
    ).exclude(place__bik="", place__bic="")  # fmt: skip
    return list(rows.select_related("place").order_by("number"))


def _account(row: PayrollJournal, number: str) -> NostroAccount:
    found = next((each for each in accounts_of(row) if each.number == number), None)
    if found is None:
        raise NotFound(what="account", reference=number)
    return found


def _payer(row: PayrollJournal, account: NostroAccount) -> Payer:
    own, place = row.entity.own_party, account.place
    ids = dict(PartyIdentifier.objects.filter(party=own).values_list("scheme", "value"))
    return Payer(
        name=own.name, name_ru=own.name_ru, country=own.country, town=own.town,
        inn=ids.get("INN", ""), kpp=ids.get("KPP", ""), account=account.number, bik=place.bik,
        bic=place.bic, bank=place.name_ru or place.name,
    )  # fmt: skip


def _payees(row: PayrollJournal, day: date) -> list[Payee]:
    """Each person once, by the account of the journal, else by that of the person's details. Raises CannotBePaid."""
    lines: dict[int, list[PayrollLine]] = {}
    for line in PayrollLine.objects.filter(journal=row).order_by("number"):
        lines.setdefault(line.person_id, []).append(line)
    people = Party.objects.in_bulk(lines)
    numbers = dict(
        PartyIdentifier.objects.filter(party__in=people, scheme="INN").values_list("party_id", "value")
    )  # fmt: skip
    details = _details(list(people), day)
    found, problems = list[Payee](), list[FieldProblem]()
    for person_id, its in lines.items():
        amount = sum((line.net for line in its), ZERO)
        told = next(((line.account, line.bik) for line in its if line.account), None)
        account, bik = told or details.get(person_id, ("", ""))
        person = people[person_id]
        if amount and not account:
            problems.append(FieldProblem(
                f"/lines/{its[0].number}/account", "no-account",
                gettext_noop("No account of %(person)s is known."),
                gettext_noop("Have it added to the person's details under Reference data."),
                {"person": person.code},
            ))  # fmt: skip
        elif amount:
            found.append(Payee(
                its[0].pk, person.name, person.name_ru, person.country, person.town, numbers.get(person_id, ""),
                account, bik, "", amount,
            ))  # fmt: skip
    if problems:
        raise CannotBePaid(problems, count=len(problems))
    return _with_banks(found)


def _details(people: Sequence[int], day: date) -> dict[int, tuple[str, str]]:
    rows = IndividualDetails.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=day), party__in=people, valid_from__lte=day
    )
    told = rows.order_by("valid_from").values_list("party_id", "bank_account", "bank_bik")
    return {party_id: (account, bik) for party_id, account, bik in told}


def _with_banks(payees: Sequence[Payee]) -> list[Payee]:
    """The names of banks, as the directory of the central bank has them."""
    codes = {each.bik for each in payees}
    names = dict(Bank.objects.filter(scheme="BIK", code__in=codes).values_list("code", "name"))
    return [replace(each, bank=names.get(each.bik, "")[:160]) for each in payees]


def _written(
    run: PayRun, account: NostroAccount, row: PayrollJournal, at: datetime
) -> tuple[str, str, bytes]:
    """Format, ending and bytes, as the channel to the bank wants them."""
    local = at.astimezone(FIRM_ZONE)
    channels = Channel.objects.filter(valid_on(firm_day(at)), place=account.place, way="OUT").filter(
        Q(entity=None) | Q(entity=row.entity), format=ChannelFormat.PAIN
    )  # fmt: skip
    channel = channels.order_by("-entity_id", "-valid_from").first()
    if channel is None:
        return "1C", "txt", as_orders(run, at=local)
    version = version_in(channel, "pain.001", "09")
    return f"pain.001.001.{version}", "xml", as_pain001(run, at=local, version=version)
