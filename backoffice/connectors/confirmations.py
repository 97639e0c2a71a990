"""What counterparties confirm in SWIFT's messages, as confirming deals takes it (deals/confirming).

The side is the sender's own. An amendment takes back what it names and tells anew; a cancellation takes it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from backoffice.access.models import User
from backoffice.access.problems import problem_of
from backoffice.connectors.formats.recognising import (
    format_of,
    read_securities,
    read_treasury,
    recognise,
)
from backoffice.connectors.formats.refusing import refuse
from backoffice.connectors.formats.terms import Party
from backoffice.connectors.formats.trade_confirmations import (
    FxConfirmation,
    LoanConfirmation,
    Role,
    Side,
    TradeConfirmation,
)
from backoffice.connectors.formats.trade_confirmations import Told as Kind
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import FieldProblem, Refusal
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.row_files import Outcome
from deals.confirming.files import take_confirmation
from deals.confirming.matching import match_confirmations
from deals.confirming.receiving import RECEIVED, Received, receive_confirmations
from deals.confirming.terms import InvalidConfirmation, Told, Withdrawal
from refdata.selectors import ReferenceData, reference_data

Message = TradeConfirmation | FxConfirmation | LoanConfirmation
Way = Literal["buy", "sell"]
MIRRORED: dict[Way, Way] = {"buy": "sell", "sell": "buy"}
OWN_SIDE: dict[Side, Way] = {Side.BUY: "buy", Side.SELL: "sell"}
BEGINS = "CONF"  # of the events of a loan; its end and its rolling over are other ones
CLIENT_CONFIRMATION = "MT515"  # its side is the client's, where its parties do not say


class NotTaken(NamedTuple):
    """A message that could not be taken: which of the file it is, from one, and the sender's reference."""

    number: int
    reference: str
    refusal: Refusal


@dataclass(slots=True)
class Taken:
    """What became of the messages of a file, and those that could not be taken."""

    received: list[Received] = field(default_factory=list)
    refused: list[NotTaken] = field(default_factory=list)

    def outcome(self) -> Outcome:
        """As files of rows tell it: what is refused by its number."""
        counts = Counter(each.outcome for each in self.received)
        if self.refused:
            counts["refused"] = len(self.refused)
        rows = [
            {"index": each.number - 1, "status": "refused", "problem": problem_of(each.refusal, "")}
            for each in self.refused
        ]
        return Outcome(counts, rows)


def is_message(head: bytes) -> bool:
    """Whether a file begins as messages of SWIFT do that may be confirmations."""
    found = format_of(head)
    return bool(found and (found.treasury or found.securities))


def take_confirmations(raw: bytes, *, source: str, actor: User, at: datetime) -> Taken:
    """Keep and match what a file of MT515, 518, 300 and 320 confirms; one that cannot be taken loses no other.

    Raises Refused where the file itself cannot be read.
    """
    reference, taken, found = reference_data(), Taken(), []
    for number, message in enumerate(confirmations_in(raw), 1):
        try:
            told = [take_confirmation(e, actor=actor) for e in told_of(message, reference)]
        except Refusal as refusal:
            taken.refused.append(NotTaken(number, message.reference, refusal))
        else:
            found += told
    taken.received = receive_confirmations(found, source=source, actor=actor, at=at)
    fresh = [id for outcome, id in taken.received if outcome == RECEIVED and id is not None]
    match_confirmations(ids=fresh, at=at)
    return taken


def confirmations_in(raw: bytes) -> Sequence[Message]:
    """The confirmations of a file. Raises Refused."""
    format = recognise(raw)
    if format.treasury:
        return read_treasury(raw)
    found = [each for each in read_securities(raw) if isinstance(each, TradeConfirmation)]
    if not found:
        refuse(format.name, "wrong-kind", "file", "no confirmation of a trade")
    return found


def told_of(message: Message, reference: ReferenceData) -> list[Told | Withdrawal]:
    """A message in the words of confirming. Raises InvalidConfirmation: what cannot be said without a guess."""
    entity, sender = _ends(message, reference)
    before = message.previous
    gone = Withdrawal(
        entity=entity, counterparty=sender, their_ref=before or message.reference,
        function="withdraw", reason=f"{message.told} {message.reference}",
    )  # fmt: skip
    if message.told is Kind.CANCELLED:
        return [gone]
    if isinstance(message, TradeConfirmation):
        new = _security(message, entity, sender)
    elif isinstance(message, FxConfirmation):
        new = _exchange(message, entity, sender, reference)
    else:
        new = _loan(message, entity, sender)
    # Under a reference of its own it does not replace what it amends by itself.
    return [gone, new] if before and before != message.reference else [new]


def _ends(message: Message, reference: ReferenceData) -> tuple[str, str]:
    """Who is told and who tells: of treasury by its parties, of securities by the header."""
    if isinstance(message, TradeConfirmation):
        return _known(message.receiver, reference), _known(message.sender, reference)
    return _known(message.party_b.bic, reference), _known(message.party_a.bic, reference)


def _known(bic: str, reference: ReferenceData) -> str:
    """A BIC as the directory has it: of eleven characters, or of eight for the head office."""
    head = bic[:8] if bic.endswith("XXX") else bic
    return next((each for each in (bic, head, f"{head}XXX") if each in reference.parties), bic)


def _security(message: TradeConfirmation, entity: str, sender: str) -> Told:
    """The place is told as a BIC, and compared by nobody here: ours is a code."""
    money = message.money or message.gross
    currency = money.currency if money else message.price.currency if message.price else ""
    if not currency:
        raise _cannot("/currency", gettext_noop("In which currency it is paid is not told."))
    return Told(
        entity=entity, counterparty=sender, their_ref=message.reference,
        side=_sender_side(message), quantity=plain(message.quantity.amount), currency=currency,
        trade_date=message.trade_date.isoformat(),
        settlement_date=message.settlement_date.isoformat(), instrument=message.isin,
        price=plain(message.price.amount) if message.price else None,
        amount=plain(message.money.amount) if message.money else None,
        our_ref=message.our_reference or None,
        sent_at=message.told_at.isoformat() if message.told_at else None,
    )  # fmt: skip


def _sender_side(message: TradeConfirmation) -> Way:
    """By who buys and who sells; where neither is named, by the message's own side."""
    named: tuple[tuple[Party | None, Way], ...] = (
        (message.buyer, "buy"), (message.seller, "sell"),
    )  # fmt: skip
    for party, side in named:
        if _is(party, message.sender):
            return side
        if _is(party, message.receiver):
            return MIRRORED[side]
    if message.format == CLIENT_CONFIRMATION:
        return MIRRORED[OWN_SIDE[message.side]]
    return OWN_SIDE[message.side]


def _is(party: Party | None, bic: str) -> bool:
    return bool(party and party.bic and bic and party.bic[:8] == bic[:8])


def _exchange(message: FxConfirmation, entity: str, sender: str, reference: ReferenceData) -> Told:
    """In the pair as we quote it: the quantity is of its base, the amount of the other."""
    currencies = (message.bought.currency, message.sold.currency)
    pair = reference.pair_of(*currencies, message.trade_date)
    if pair is None:
        raise _cannot(
            "/pair", gettext_noop("%(value)s is no pair that is dealt here."), "/".join(currencies)
        )
    buys = message.bought.currency == pair.base
    base, quote = (message.bought, message.sold) if buys else (message.sold, message.bought)
    unit = Decimal(1).scaleb(-reference.currencies[pair.quote].minor_unit)
    # The rate where it is told as we quote it; told the other way round, both amounts say it all.
    fits = abs(message.rate * base.amount - quote.amount) <= unit
    return Told(
        entity=entity, counterparty=sender, their_ref=message.reference,
        side="buy" if buys else "sell", quantity=plain(base.amount), currency=quote.currency,
        trade_date=message.trade_date.isoformat(),
        settlement_date=message.value_date.isoformat(), pair=f"{pair.base}/{pair.quote}",
        price=plain(message.rate) if fits else None, amount=plain(quote.amount),
        uti=message.uti or None,
    )  # fmt: skip


def _loan(message: LoanConfirmation, entity: str, sender: str) -> Told:
    """Its beginning; what they tell of its end is kept for people to compare."""
    if message.event != BEGINS:
        raise _cannot(
            "/event",
            gettext_noop("%(value)s: only what begins a loan or deposit is compared."),
            message.event,
        )
    if message.rate < 0:
        raise _cannot(
            "/rate",
            gettext_noop("%(value)s: a rate below zero is compared by people."),
            plain(message.rate),
        )
    principal = plain(message.principal.amount)
    return Told(
        entity=entity, counterparty=sender, their_ref=message.reference,
        side="sell" if message.role is Role.LENDS else "buy", quantity=principal, amount=principal,
        currency=message.principal.currency, instrument=message.principal.currency,
        trade_date=message.trade_date.isoformat(), settlement_date=message.value_date.isoformat(),
        price=plain(message.rate / 100), far_date=message.maturity.isoformat(),
        interest=plain(message.interest.amount) if message.interest else None,
        day_count=message.day_count or None,
    )  # fmt: skip


def _cannot(pointer: str, detail: str, value: str = "") -> InvalidConfirmation:
    hint = gettext_noop("Confirm it by hand, and ask the sender to tell it.")
    problem = FieldProblem(pointer, "untold", detail, hint, {"value": value})
    return InvalidConfirmation([problem], count=1)
