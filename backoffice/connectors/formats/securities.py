"""What is said between us and a place about securities, whatever format carries it (ISO 15022 and ISO 20022)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from backoffice.connectors.formats.corporate_actions import CorporateAction
from backoffice.connectors.formats.holdings import Holdings
from backoffice.connectors.formats.penalties import PenaltyStatement
from backoffice.connectors.formats.statuses import StatusAdvice
from backoffice.connectors.formats.terms import (
    NO_REFERENCES,
    Function,
    Kept,
    Link,
    Partial,
    PlaceReferences,
    Terms,
)
from backoffice.connectors.formats.trade_confirmations import TradeConfirmation
from backoffice.connectors.formats.transactions import (
    Allegements,
    PendingTransactions,
    Transactions,
)
from backoffice.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Instruction:
    """Our order to a place (MT540–543, sese.023), or our request to cancel one (also sese.020).

    `previous` is the reference of what is cancelled. The lower `priority`, the sooner (1 to 9999). On hold it is
    matched and does not settle until released. `minimum` is the least part that may settle.
    """

    reference: str
    terms: Terms
    function: Function = Function.NEW
    previous: str = ""
    prepared_on: date | None = None
    type: str = "TRAD"
    on_hold: bool = False
    partial: Partial | None = None
    minimum: Decimal | None = None
    priority: int | None = None
    links: tuple[Link, ...] = ()
    cash_account: str = ""  # at the place, where the money goes or comes from
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)

    def cancelling(self, reference: str, *, prepared_on: date | None = None) -> Instruction:
        """The request to cancel this one, under a reference of its own."""
        return replace(
            self, reference=reference, function=Function.CANCEL, previous=self.reference,
            prepared_on=prepared_on, on_hold=False, links=(), format="", kept=(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """Our request to change how an instruction is processed (MT530, sese.030). What is None stays as it is.

    `linked` makes (True) or breaks (False) the `links`.
    """

    reference: str
    account: str
    instruction: str
    hold: bool | None = None
    priority: int | None = None
    partial: Partial | None = None
    linked: bool | None = None
    links: tuple[Link, ...] = ()
    prepared_on: date | None = None
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The place's word that something settled (MT544–547, sese.025): proof of finality (domain-decisions 9).

    `terms.quantity` and `terms.money` are what settled now. `settled_at` is None where the place gives a day
    alone. `in_parts`: PAIN, more is to come; PARC, the rest of what was confirmed before.
    """

    reference: str
    instruction: str
    terms: Terms
    settled_on: date
    settled_at: datetime | None = None
    function: Function = Function.NEW
    previous: str = ""  # the confirmation that is cancelled or reversed
    in_parts: str = ""
    pre_confirmation: str = ""  # PRCA, PRSE: of the money or the securities alone: not final
    settled_before: Decimal | None = None
    left: Decimal | None = None
    money_settled_before: Money | None = None
    money_left: Money | None = None
    cash_account: str = ""
    told_at: datetime | None = None
    references: PlaceReferences = NO_REFERENCES
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)

    @property
    def is_final(self) -> bool:
        return self.function is Function.NEW and not self.pre_confirmation


@dataclass(frozen=True, slots=True)
class Allegement:
    """What somebody instructed against us and we did not (MT578, sese.028). `terms` are seen from our side.

    Cancelled where the other side took it back: `previous` is the allegement's own reference then.
    """

    reference: str
    terms: Terms
    function: Function = Function.NEW
    previous: str = ""
    told_at: datetime | None = None
    references: PlaceReferences = NO_REFERENCES
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)


Securities = (
    Instruction
    | Command
    | Confirmation
    | StatusAdvice
    | Allegement
    | Holdings
    | Transactions
    | PendingTransactions
    | Allegements
    | PenaltyStatement
    | CorporateAction
    | TradeConfirmation
)
