"""What a remedy does: books what differs against cash and matches it, or takes a line as a bank's word."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from backoffice.access.models import User
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from ledger.models import JournalEntry, LedgerAccount
from ledger.services import (
    AccountKey,
    NewEntry,
    NewPosting,
    account_ids,
    effective_dates,
    post_entries,
)
from ledger.state import AccountKind
from reconciliation.breaks.state import BOOKED, BreakKind, Remedy
from reconciliation.matching.by_persons import make_match
from reconciliation.matching.evidence import Awaited, proof_by
from reconciliation.matching.parties import Parties
from reconciliation.matching.state import MatchRule
from reconciliation.models import Break, ReconciledAccount
from settlements.models import Settlement
from settlements.settling import settle_by_places_word


class RemedyDoesNotFit(Conflict):
    code = "remedy-does-not-fit"
    title = gettext_noop("That remedy does not fit this break")
    detail = gettext_noop("%(reference)s is not remedied by %(remedy)s.")
    hint = gettext_noop(
        "Only money that differs is booked, and only a line of a statement proves a payment."
    )


class NotWhatIsAwaited(Conflict):
    code = "not-what-is-awaited"
    title = gettext_noop("The line does not prove that settlement")
    detail = gettext_noop("%(settlement)s waits for %(awaited)s, and the line has %(amount)s.")
    hint = gettext_noop(
        "Choose a payment of the same amount at the same bank that was sent and is not final."
    )


class WhoseIsUnknown(Conflict):
    code = "whose-is-unknown"
    title = gettext_noop("Nobody can tell whose money it is")
    detail = gettext_noop(
        "%(reference)s is of an account of several clients; its line names neither taxpayer nor account of one."
    )
    hint = gettext_noop("Book it for the client that it is of, then match both.")


SOURCE = "break"
_AGAINST = {
    Remedy.FEE: AccountKind.FEES, Remedy.INTEREST: AccountKind.INTEREST,
    Remedy.WRITE_OFF: AccountKind.WRITE_OFF, Remedy.DEPOSIT: AccountKind.OPENING,
    Remedy.NDFL: AccountKind.TAX, Remedy.PAY: AccountKind.STAFF, Remedy.SOCIAL: AccountKind.SOCIAL,
}  # fmt: skip


# What we owe the budget and employees: paid out of our own money, in the currency of our books.
_OF_OUR_OWN = (Remedy.NDFL, Remedy.PAY, Remedy.SOCIAL)
# What is not of a place: a client's capital, and what we owe.
_OF_NO_PLACE = (Remedy.DEPOSIT, *_OF_OUR_OWN)

_FITTING = {
    BreakKind.BANK.value: tuple(Remedy),
    BreakKind.AMOUNT.value: BOOKED,
    BreakKind.BOOKS.value: (Remedy.WRITE_OFF,),
}


def fitting_remedies(row: Break) -> tuple[Remedy, ...]:
    """What may be done about it: only money is booked, only a line proves a payment, and only clients pay in."""
    found = _FITTING.get(row.kind, ())
    of_clients = Remedy.DEPOSIT in found and any(_accounts_of_clients(row))
    wrong = set[Remedy]()
    if not (of_clients and row.theirs > 0):
        wrong.add(Remedy.DEPOSIT)
    if of_clients or row.theirs > 0 or row.asset.code != row.entity.base_currency:
        wrong.update(_OF_OUR_OWN)
    return tuple(each for each in found if each not in wrong)


def require_remedy(row: Break, remedy: Remedy, settlement_id: int | None) -> None:
    """Raises RemedyDoesNotFit, NotWhatIsAwaited, WhoseIsUnknown."""
    if remedy not in fitting_remedies(row) or (remedy == Remedy.EVIDENCE) != (
        settlement_id is not None
    ):
        raise RemedyDoesNotFit(reference=str(row), remedy=remedy.label)
    if settlement_id is not None:
        _require_awaited(row, settlement_id)
    if remedy == Remedy.DEPOSIT:
        depositor(row)


def _require_awaited(row: Break, settlement_id: int) -> None:
    each = Settlement.objects.filter(pk=settlement_id, entity_id=row.entity_id).first()
    if each is None:
        raise NotFound(what="settlement", reference=f"S-{settlement_id}")
    left = each.amount - each.settled_amount
    awaited = left if each.delivers else -left
    same_place = (each.place_id, each.money_asset_id) == (row.place_id, row.asset_id)
    sent = each.method == "PFOD" and each.transmission in ("SENT", "ACKNOWLEDGED")
    if not same_place or not sent or awaited != row.theirs:
        raise NotWhatIsAwaited(
            settlement=f"S-{settlement_id}", awaited=plain(awaited), amount=plain(row.theirs)
        )


def carry_out(row: Break, *, actor: User, at: datetime) -> None:
    """Do what was proposed and accepted, and match what it is about."""
    remedy = Remedy(row.remedy)
    proves = remedy == Remedy.EVIDENCE
    entry_ids = [_settle(row, at=at) if proves else _book(row, *_sides(row, remedy), at=at)]
    booked = () if proves else (*entry_ids,)
    if row.entry_id is not None:
        entry_ids.append(row.entry_id)
    assert row.reconciliation_id is not None
    make_match(
        reconciliation_id=row.reconciliation_id, entry_ids=entry_ids, actor=actor, at=at,
        line_ids=[] if row.line_id is None else [row.line_id], rule=MatchRule.REMEDY, booked=booked,
    )  # fmt: skip


def _sides(row: Break, remedy: Remedy) -> tuple[LedgerAccount, AccountKey]:
    """Where the money is, and against what it is booked."""
    cash = depositor(row) if remedy == Remedy.DEPOSIT else cash_account(row)
    place_id = None if remedy in _OF_NO_PLACE else row.place_id
    against = _AGAINST[remedy].value
    return cash, AccountKey(row.entity_id, against, cash.owner_id, place_id=place_id)


def _book(row: Break, cash: LedgerAccount, against: AccountKey, *, at: datetime) -> int:
    """The entry by which our books have what the statement has: cash against what it is."""
    (other_id,) = account_ids([against]).values()
    amount: Decimal = row.theirs - row.ours
    sides = (cash.pk, other_id) if amount > 0 else (other_id, cash.pk)
    key = (row.entity_id, row.day)
    part = JournalEntry.objects.filter(source_type=SOURCE, source_id=row.pk).count()
    entry = NewEntry(
        entity_id=row.entity_id, kind="break.accept", source_type=SOURCE, source_id=row.pk, part=part,
        effective_date=effective_dates({key})[key], reason=row.reason,
        postings=[NewPosting(*sides, row.asset_id, abs(amount))],
    )  # fmt: skip
    return post_entries([entry], at=at)[0]


def cash_account(row: Break) -> LedgerAccount:
    """Where the money is: the account of the entry, or the only one that is held against the statement.

    Of an account of several clients nobody can tell whose money a line is that has no entry. Raises WhoseIsUnknown.
    """
    if row.account_id is not None:
        return LedgerAccount.objects.get(pk=row.account_id)
    accounts = ReconciledAccount.objects.filter(reconciliation=row.reconciliation_id)
    found = list(accounts.select_related("account")[:2])
    if len(found) != 1:
        raise WhoseIsUnknown(reference=str(row))
    return found[0].account


def depositor(row: Break) -> LedgerAccount:
    """The account of the client who paid in: the only one behind the statement, or that of whom its line names.

    By the number of a taxpayer or of an account, not by a name: those are spelt in many ways. Raises WhoseIsUnknown.
    """
    found = _accounts_of_clients(row)
    if len(found) > 1 and row.line is not None:
        line = row.line
        named = Parties.told(
            name="", account=line.counterparty_account, tax_number=line.counterparty_tax_number
        )
        known = Parties({each.owner_id for each in found})
        found = [each for each in found if known.of(each.owner_id) & named]
    if len(found) != 1:
        raise WhoseIsUnknown(reference=str(row))
    return found[0]


def _accounts_of_clients(row: Break) -> list[LedgerAccount]:
    """The cash accounts of others than the firm that are held against the statement."""
    rows = ReconciledAccount.objects.filter(reconciliation=row.reconciliation_id)
    rows = rows.exclude(account__owner=row.entity.own_party_id).select_related("account__owner")
    return [each.account for each in rows.order_by("account")]


def _settle(row: Break, *, at: datetime) -> int:
    """The payment is final by the word of its bank; its entry."""
    assert row.line is not None and row.settlement_id is not None
    zone = row.place.calendar.timezone
    awaited = Awaited(row.settlement_id, row.line.pk, row.line.day, row.line.statement_id, zone)
    proofs = {row.settlement_id: proof_by(awaited, at, remedy=str(row))}
    settle_by_places_word(proofs=proofs, at=at).raise_single()
    entries = JournalEntry.objects.filter(source_type="settlement", source_id=row.settlement_id)
    last = entries.order_by("-pk").values_list("pk", flat=True).first()
    assert last is not None
    return last
