"""Announcements as people send them, read with all problems at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import FieldProblem, Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.schema import shaped
from deals.terms import Day, Instant, Number, Text
from deals.told import day_told, unknown
from refdata.rules import cycle_of
from refdata.selectors import ReferenceData
from settlements.actions.state import Fractions, OptionKind, Participation
from settlements.transforming.rules import ex_date_of
from settlements.transforming.state import CALLED, KIND_OF, Action, EventKind

OF_MONEY = (EventKind.CASH, EventKind.REDEMPTION)


class ToldOption(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a holder may choose. `takes`: the units that are chosen for it go; `price` is paid for a new unit.

    Without `number` they are numbered in their order.
    """

    kind: Text
    number: int | None = None
    default: bool = False
    takes: bool = False
    rate: Number | None = None
    currency: Text | None = None
    outturn: Text | None = None
    new: Number | None = None
    old: Number | None = None
    price: Number | None = None


class Told(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an announcement says. `rate` and `currency` of money, `outturn`, `new` and `old` of securities.

    Of securities `rate` and `currency` may say by what a fraction of a unit of the outturn is paid. `action` is what
    it is called, and `kind` follows from it; of the two one is enough. `cost_share` of what was paid for a unit goes
    with a spin-off, or is paid back by a partial redemption. What can be chosen has `options` and a deadline, and is
    chosen from `elect_from` on, or once the record date has closed.

    Without `ex_date` it follows from the settlement cycle of the instrument's market.
    """

    instrument: Text
    record_date: Day
    payment_date: Day
    document: Text
    kind: Text | None = None
    action: Text | None = None
    reference: Text | None = None
    participation: Text = "MANDATORY"
    ex_date: Day | None = None
    rate: Number | None = None
    currency: Text | None = None
    outturn: Text | None = None
    new: Number | None = None
    old: Number | None = None
    fractions: Text = "CASH"
    cost_share: Number | None = None
    elect_from: Day | None = None
    deadline_at: Instant | None = None
    market_deadline_at: Instant | None = None
    options: list[ToldOption] = []


class InvalidEvent(Invalid):
    code = "invalid-record-event"
    title = gettext_noop("The event cannot be taken as it is")
    detail = gettext_noop("%(count)s problems were found.")
    hint = gettext_noop("Mend the members named in errors and send it again.")


def event_of(document: Mapping[str, Any]) -> Told:
    """The event in a decoded object; pages take this way too. Raises WrongShape."""
    return shaped(document, Told)


MOST_LINES = 1_000
COLUMNS = tuple(name for name in Told.__struct_fields__ if name != "options")


def rows_in_csv(text: str) -> list[dict[str, str]]:
    """The rows of a CSV whose columns are members of an announcement; empty cells are not told. Raises InvalidEvent."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), strict=True)
    try:
        names = list(reader.fieldnames or ())
        if not names or not set(names) <= set(COLUMNS):
            raise _no_csv(
                "wrong-header", gettext_noop("Its columns are %(why)s."), ", ".join(names) or "–"
            )
        rows = [{n: cell for n, cell in row.items() if n and cell} for row in reader]
    except csv.Error as error:
        raise _no_csv("unreadable", gettext_noop("It is no CSV: %(why)s."), str(error)) from None
    if not 0 < len(rows) <= MOST_LINES:
        raise _no_csv("wrong-count", gettext_noop("It has %(why)s lines."), str(len(rows)))
    return rows


def _no_csv(code: str, detail: str, why: str) -> InvalidEvent:
    hint = gettext_noop(
        "Save it as CSV with commas, a header of the members of an event, and up to 1,000 lines."
    )
    return InvalidEvent([FieldProblem("/csv", code, detail, hint, {"why": why})], count=1)


def problems_at(line: int, refusal: Refusal) -> list[FieldProblem]:
    """What is wrong with one line of a file: each problem beside its line, or the refusal itself."""
    whole = FieldProblem(
        "", refusal.code, refusal.detail or refusal.title, refusal.hint, refusal.facts
    )
    return [
        replace(problem, pointer=f"/csv/{line}{problem.pointer}")
        for problem in refusal.problems or [whole]
    ]


@dataclass(frozen=True, slots=True)
class Parsed:
    """The columns of an event, and those of its options in their order."""

    terms: dict[str, Any]
    options: list[dict[str, Any]] = field(default_factory=list)


def parsed(told: Told, reference: ReferenceData) -> Parsed:
    """What is told, as columns. Raises InvalidEvent with everything that is wrong."""
    reading = _Reading(reference)
    terms = reading.event(told)
    options = [reading.option(n, each) for n, each in enumerate(told.options)]
    reading.check_options(told)
    if reading.problems:
        raise InvalidEvent(reading.problems, count=len(reading.problems))
    if terms["ex_date"] is None:
        terms["ex_date"] = _ex_date(terms, told, reference)
    if not terms["ex_date"] <= terms["record_date"] <= terms["payment_date"]:
        raise InvalidEvent([_problem("record_date", told.record_date, gettext_noop(
            "%(value)s is before the ex-date or after the payment date."))], count=1)  # fmt: skip
    return Parsed(terms, options)


def _ex_date(terms: Mapping[str, Any], told: Told, reference: ReferenceData) -> Any:
    instrument = reference.instruments[told.instrument]
    record = terms["record_date"]
    cycle = cycle_of(
        reference.cycles, market=instrument.market, kind=instrument.kind, trade_date=record
    )
    return ex_date_of(record, cycle_days=cycle.days, calendar=reference.calendars[cycle.calendar])


class _Reading:
    """One announcement being read: what was wrong with it so far."""

    def __init__(self, reference: ReferenceData) -> None:
        self.reference = reference
        self.problems: list[FieldProblem] = []

    def event(self, told: Told) -> dict[str, Any]:
        action, kind = self.called(told)
        instrument = self.instrument("instrument", told.instrument)
        terms: dict[str, Any] = {
            "action": action, "kind": kind, "reference": told.reference or "", "instrument_id": instrument,
            "record_date": day_told("record_date", told.record_date, self.problems),
            "payment_date": day_told("payment_date", told.payment_date, self.problems),
            "ex_date": day_told("ex_date", told.ex_date, self.problems) if told.ex_date else None,
            "participation": self.among("participation", told.participation, Participation),
            "fractions": self.among("fractions", told.fractions, Fractions),
            "deadline_at": self.moment("deadline_at", told.deadline_at),
            "market_deadline_at": self.moment("market_deadline_at", told.market_deadline_at),
            "cost_share": self.share(told.cost_share),
            "elect_from": day_told("elect_from", told.elect_from, self.problems) if told.elect_from else None,
        }  # fmt: skip
        if kind in OF_MONEY or (kind != EventKind.OFFER and (told.rate or told.currency)):
            terms |= self.money(told.rate, told.currency)
        if kind in (EventKind.STOCK, EventKind.EXCHANGE):
            outturn = told.outturn
            if outturn is None and action in (Action.SPLIT, Action.REVERSE_SPLIT):
                outturn = told.instrument
            terms |= self.securities(outturn, told.new, told.old)
        return terms

    def called(self, told: Told) -> tuple[Action, EventKind]:
        """What it is called and what it does: one follows from the other."""
        kind = told.kind
        if told.action is not None and told.action in Action.values:
            action = Action(told.action)
            if kind is None or kind == KIND_OF[action]:
                return action, KIND_OF[action]
        elif told.action is None and kind in CALLED:
            return CALLED[kind], EventKind(kind)
        name = "kind" if told.action is None else "action"
        said = (told.action if name == "action" else kind) or ""
        detail = gettext_noop("%(value)s is no kind of event.")
        self.problems.append(_problem(name, said, detail))
        return Action.DIVIDEND, EventKind.CASH

    def option(self, number: int, told: ToldOption) -> dict[str, Any]:
        at = f"options/{number}/"
        kind = self.among(f"{at}kind", told.kind, OptionKind)
        terms: dict[str, Any] = {
            "number": told.number or number + 1, "kind": kind, "is_default": told.default, "takes": told.takes,
        }  # fmt: skip
        if kind == OptionKind.CASH:
            terms |= self.money(told.rate, told.currency, at)
        if kind == OptionKind.SECURITIES:
            terms |= self.securities(told.outturn, told.new, told.old, at)
            if told.price is not None:
                paid = self.money(told.price, told.currency, at, "price")
                terms |= {"price": paid["rate"], "money_asset_id": paid["money_asset_id"]}
        return terms

    def check_options(self, told: Told) -> None:
        """What can be chosen has options, one of them the default, and a deadline of ours."""
        chosen = told.participation != Participation.MANDATORY
        offered = told.action in (Action.TENDER, Action.EXERCISE)
        if chosen and not told.deadline_at:
            self.say("deadline_at", "", gettext_noop("Say by when it has to be chosen."))
        if chosen and sum(option.default for option in told.options) != 1:
            self.say("options", "", gettext_noop("Name the options, one of them as the default."))
        numbers = [option.number or n for n, option in enumerate(told.options, 1)]
        if len(set(numbers)) < len(numbers) or not all(0 < number < 1000 for number in numbers):
            self.say("options", "", gettext_noop("Number each option by itself, from 1 to 999."))
        if told.options and not chosen:
            self.say(
                "participation",
                told.participation,
                gettext_noop("Nothing can be chosen of what is for all."),
            )
        if offered and not chosen:
            self.say("participation", told.participation, gettext_noop("An offer is for who asks."))

    def instrument(self, name: str, code: str | None) -> int | None:
        found = self.reference.instruments.get(code or "")
        if found is None:
            self.problems.append(unknown(name, code or ""))
        return found.asset_id if found else None

    def money(
        self, rate: str | None, currency: str | None, at: str = "", name: str = "rate"
    ) -> dict[str, Any]:
        found = self.reference.currencies.get(currency or "")
        if found is None:
            self.problems.append(unknown(f"{at}currency", currency or ""))
        return {
            "rate": self.number(f"{at}{name}", rate),
            "money_asset_id": found.asset_id if found else None,
        }

    def securities(
        self, outturn: str | None, new: str | None, old: str | None, at: str = ""
    ) -> dict[str, Any]:
        return {
            "outturn_id": self.instrument(f"{at}outturn", outturn),
            "new": self.number(f"{at}new", new), "old": self.number(f"{at}old", old),
        }  # fmt: skip

    def number(self, name: str, text: str | None) -> Decimal | None:
        try:
            value = parse(text or "", scale=12)
        except ValueError:
            value = Decimal(0)
        if value > 0:
            return value
        self.say(name, text or "", gettext_noop("%(value)s is not a number above zero."))
        return None

    def share(self, text: str | None) -> Decimal | None:
        if text is None:
            return None
        value = parse(text, scale=12)
        if not 0 <= value <= 1:
            self.say("cost_share", text, gettext_noop("%(value)s is no share between 0 and 1."))
        return value

    def moment(self, name: str, text: str | None) -> datetime | None:
        if text is None:
            return None
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            value = datetime.min  # noqa: DTZ901 - without a zone, as is refused next
        if value.tzinfo is None:
            self.say(name, text, gettext_noop("%(value)s is no moment with its offset."))
        return value

    def among(self, name: str, value: str, choices: Any) -> str:
        if value not in choices.values:
            self.say(name, value, gettext_noop("%(value)s is none of these."))
        return value

    def say(self, name: str, value: str, detail: str) -> None:
        self.problems.append(_problem(name, value, detail))


def _problem(name: str, value: str, detail: str) -> FieldProblem:
    code = name.rpartition("/")[2].replace("_", "-")
    hint = gettext_noop("Compare it with the announcement.")
    return FieldProblem(f"/{name}", f"wrong-{code}", detail, hint, {"value": value})
