"""From an announcement of a place to what is proposed (settlements/transforming). Pure: what is not said is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from backoffice.connectors.formats.corporate_actions import (
    Announcement,
    CashMovement,
    Option,
    Participation,
    SecuritiesMovement,
)
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.money import Money
from settlements.actions.state import Fractions, OptionKind
from settlements.actions.state import Participation as ForWhom
from settlements.transforming.state import KIND_OF, Action, EventKind
from settlements.transforming.telling import Told, ToldOption

# 22F CAEV of MT564, EvtTp of seev.031. An exchange that is offered is an offer, as a tender is.
ACTIONS: Mapping[str, Action] = {
    "DVCA": Action.DIVIDEND, "DVOP": Action.DIVIDEND, "INTR": Action.COUPON, "PRED": Action.AMORTISATION,
    "REDM": Action.REDEMPTION, "MCAL": Action.REDEMPTION, "BONU": Action.BONUS, "DVSE": Action.BONUS,
    "SOFF": Action.SPIN_OFF, "RHDI": Action.RIGHTS, "SPLF": Action.SPLIT, "SPLR": Action.REVERSE_SPLIT,
    "MRGR": Action.EXCHANGE, "EXOF": Action.EXCHANGE, "TEND": Action.TENDER, "BIDS": Action.TENDER,
    "BPUT": Action.TENDER, "DTCH": Action.TENDER, "EXRI": Action.EXERCISE, "EXWA": Action.EXERCISE,
}  # fmt: skip
FOR_WHOM = {
    Participation.MANDATORY: ForWhom.MANDATORY, Participation.CHOICE: ForWhom.WITH_OPTIONS,
    Participation.VOLUNTARY: ForWhom.VOLUNTARY,
}  # fmt: skip
# 22F CAOP. What is neither money nor securities alone has no terms here: a person proposes it.
OPTIONS: Mapping[str, OptionKind] = {
    "CASH": OptionKind.CASH, "SECU": OptionKind.SECURITIES, "EXER": OptionKind.SECURITIES,
    "LAPS": OptionKind.LAPSE, "NOAC": OptionKind.LAPSE,
}  # fmt: skip
# 22F DISF. What is not known yet is paid in money, at a price that nobody has named: cleared by hand.
FRACTIONS: Mapping[str, Fractions] = {
    "CINL": Fractions.CASH, "RDDN": Fractions.DOWN, "RDUP": Fractions.UP, "STAN": Fractions.NEAREST,
    "UKWN": Fractions.CASH, "": Fractions.CASH,
}  # fmt: skip
CANCELLED, INACTIVE = "CANC", "INTV"  # 22F OSTA
LONGEST_DOCUMENT = 120


class InvalidAnnouncement(Invalid):
    code = "announcement-not-proposed"
    title = gettext_noop("The announcement cannot be proposed as it is")
    detail = gettext_noop("%(count)s problems were found.")
    hint = gettext_noop("Propose the event by hand, by what the message says.")


class Security(NamedTuple):
    """What an ISIN is here."""

    code: str
    nominal: Decimal | None


def told_of(
    said: Announcement, securities: Mapping[str, Security], *, document: str, zone: ZoneInfo
) -> Told:
    """The event as it is proposed. Raises InvalidAnnouncement with all that is missing or has no meaning here."""
    return _Mapping(said, securities, zone).told(document)


def options_in(said: Announcement) -> list[Option]:
    """The options that can still be chosen."""
    return [each for each in said.options if each.status not in (CANCELLED, INACTIVE)]


class _Mapping:
    """One announcement being mapped: what was wrong with it so far."""

    def __init__(
        self, said: Announcement, securities: Mapping[str, Security], zone: ZoneInfo
    ) -> None:
        self.said, self.securities, self.zone = said, securities, zone
        self.problems: list[FieldProblem] = []
        self.options = options_in(said)

    def told(self, document: str) -> Told:
        said = self.said
        action, for_whom = self.called(), FOR_WHOM[said.participation]
        offered = KIND_OF[action] == EventKind.OFFER
        chosen = for_whom != ForWhom.MANDATORY
        main = self.main_option(chosen)
        options = [self.option(each, main) for each in self.options] if chosen else []
        days = self.days(offered)
        told = Told(
            action=action.value, instrument=self.code(said.isin), reference=said.event,
            document=document[:LONGEST_DOCUMENT],
            participation=for_whom.value, fractions=self.fractions(), **days, **self.terms(action, main),
            elect_from=self.from_day() if chosen else None,
            deadline_at=self.deadline() if chosen else None, options=options,
        )  # fmt: skip
        if self.problems:
            raise InvalidAnnouncement(self.problems, count=len(self.problems))
        return told

    def called(self) -> Action:
        found = ACTIONS.get(self.said.kind)
        if found is None:
            self.say(
                "kind",
                self.said.kind,
                gettext_noop("Events of the kind %(value)s are proposed by hand."),
            )
            return Action.DIVIDEND  # fmt: skip
        if found == Action.EXCHANGE and self.said.participation is Participation.VOLUNTARY:
            return Action.TENDER
        return found

    def code(self, isin: str) -> str:
        found = self.securities.get(isin)
        if found is None:
            self.say("isin", isin, gettext_noop("The security %(value)s is not known here."))
        return found.code if found else isin

    def main_option(self, chosen: bool) -> Option | None:
        """What everybody gets, or who chooses nothing."""
        default = [each for each in self.options if each.is_default]
        if not default and chosen:
            default = [each for each in self.options if OPTIONS.get(each.type) == OptionKind.LAPSE]
        if not default and len(self.options) == 1:
            default = self.options
        if len(default) != 1 or (not chosen and len(self.options) != 1):
            self.say(
                "options",
                str(len(self.options)),
                gettext_noop("Of %(value)s options none is the default."),
            )
            return None  # fmt: skip
        return default[0]

    def days(self, offered: bool) -> dict[str, Any]:
        """An offer without a record date is to who holds until it ends."""
        dates, moves = self.said.dates, list(self.moves())
        paid = dates.payment_date or min(
            filter(None, (each.paid_on for each in moves)), default=None
        )
        record = dates.record_date
        ends = [each.market_deadline or each.respond_by for each in self.options]
        if record is None and offered:
            record = max(filter(None, ends), default=None)
        paid = paid or dates.effective_on or (record if offered else None)
        for name, day in (("record_date", record), ("payment_date", paid)):
            if day is None:
                self.say(name, "", gettext_noop("Its day is not said."))
        ex = record if offered else dates.ex_date
        return {
            "record_date": _iso(record) or "",
            "payment_date": _iso(paid) or "",
            "ex_date": _iso(ex),
        }

    def moves(self) -> Iterator[CashMovement | SecuritiesMovement]:
        for option in self.options:
            yield from option.cash
            yield from option.securities

    def from_day(self) -> str | None:
        return _iso(min(filter(None, (each.from_day for each in self.options)), default=None))

    def deadline(self) -> str | None:
        """Ours is that of the place. Of a day alone its beginning: nobody is late by that."""
        found = []
        for each in self.options:
            if each.respond_by_at:
                found.append(each.respond_by_at)
            elif each.respond_by:
                found.append(datetime.combine(each.respond_by, time(), tzinfo=self.zone))
        return min(found).isoformat() if found else None

    def fractions(self) -> str:
        codes = {move.fractions for each in self.options for move in each.securities if move.credit}
        known = {FRACTIONS[code] for code in codes if code in FRACTIONS}
        if len(known) > 1 or codes - FRACTIONS.keys():
            self.say(
                "fractions",
                ", ".join(sorted(codes)),
                gettext_noop("Of fractions it says %(value)s."),
            )
        return (known.pop() if len(known) == 1 else Fractions.CASH).value  # fmt: skip

    def terms(self, action: Action, main: Option | None) -> dict[str, Any]:
        """What one unit brings by the event itself."""
        kind = KIND_OF[action]
        if kind == EventKind.OFFER or (main is None and self.problems):
            return {}
        if kind in (EventKind.CASH, EventKind.REDEMPTION):
            paying = [each for each in self.options if OPTIONS.get(each.type) == OptionKind.CASH]
            money = self.money(main if main in paying else next(iter(paying), None))
            return {"rate": plain(money.amount), "currency": money.currency} if money else {}
        return self.units(main)

    def option(self, option: Option, main: Option | None) -> ToldOption:
        kind = OPTIONS.get(option.type)
        number = int(option.number) if option.number.isdecimal() else 0
        told = ToldOption(
            kind=(kind or OptionKind.LAPSE).value, number=number or None, default=option is main,
            takes=kind != OptionKind.LAPSE and self.takes(option),
        )  # fmt: skip
        if kind is None or not number:
            self.say(
                "options",
                f"{option.number} {option.type}",
                gettext_noop("Option %(value)s has no meaning here."),
            )
        elif kind == OptionKind.CASH and (money := self.money(option)):  # fmt: skip
            told.rate, told.currency = plain(money.amount), money.currency
        elif kind == OptionKind.SECURITIES:
            units = self.units(option)
            told.outturn, told.new, told.old = (
                units.get("outturn"),
                units.get("new"),
                units.get("old"),
            )
            if price := self.price(option):
                told.price, told.currency = plain(price.amount), price.currency
        return told

    def takes(self, option: Option) -> bool:
        return any(not each.credit and each.isin == self.said.isin for each in option.securities)

    def money(self, option: Option | None) -> Money | None:
        """What is paid for one unit: as an amount, or in percent of the face."""
        own = self.securities.get(self.said.isin)
        for each in option.cash if option else ():
            if each.credit and each.per_unit:
                return each.per_unit
            told = each.entitled or each.gross or each.net
            if each.credit and each.rate and told and own and own.nominal:
                return Money(own.nominal * each.rate / 100, told.currency)
        self.say(
            "cash",
            option.number if option else "",
            gettext_noop("What is paid for one unit is not said."),
        )
        return None  # fmt: skip

    def units(self, option: Option | None) -> dict[str, Any]:
        for each in option.securities if option else ():
            if each.credit and each.ratio:
                return {
                    "outturn": self.code(each.isin), "new": plain(each.ratio.new), "old": plain(each.ratio.old),
                }  # fmt: skip
        self.say(
            "securities",
            option.number if option else "",
            gettext_noop("No ratio of new units is said."),
        )
        return {}  # fmt: skip

    def price(self, option: Option) -> Money | None:
        """What is paid for one new unit."""
        for each in option.securities:
            if each.credit and each.price and each.price.currency:
                return Money(each.price.amount, each.price.currency)
        return next(
            (each.per_unit for each in option.cash if not each.credit and each.per_unit), None
        )

    def say(self, name: str, value: str, detail: str) -> None:
        hint = gettext_noop("Propose the event by hand, by what the message says.")
        self.problems.append(
            FieldProblem(name, f"untold-{name.replace('_', '-')}", detail, hint, {"value": value})
        )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
