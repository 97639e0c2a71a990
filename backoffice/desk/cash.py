"""Pages of the cash ladder: what money is where on which day, and what one figure of it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import tell_refusal
from backoffice.desk.computed import ComputedList
from backoffice.desk.lists import Listing
from backoffice.desk.naming import ENTITY, OWNER, PLACE, Names, names_of
from backoffice.desk.tables import Column
from backoffice.events.selectors import known_at
from backoffice.kernel.errors import Refusal
from backoffice.templatetags import desk
from reconciliation.matching.standing import Standing, last_closings
from refdata.models import Place
from refdata.scopes import entities_seen_by, scope_of
from settlements.ladder.api import KnownQuery, asked_of
from settlements.ladder.kinds import Certainty, Counting, Source, Whose
from settlements.ladder.rules import Day, Key, Line
from settlements.ladder.selectors import Ladder, read_ladder

VIEW = "ledger.view_ledger"
VIEW_STATEMENT = "reconciliation.view_statement"
KEYS = ("entity", "place", "owner", "currency")
KEPT = ("on", "until", "whose", "counting", "known_at")  # what a figure takes along from its ladder
MOST_ROWS = 100_000


def _day_row(ladder: Ladder, line: Line, day: Day) -> dict[str, Any]:
    names = ladder.names[line.key]
    return {
        "entity": names.entity, "place": names.place, "owner": names.owner, "currency": names.currency,
        "accounts": list(ladder.accounts.get(line.key, ())), "date": day.date, "opening": day.opening,
        "comes": day.comes, "goes": day.goes, "closing": day.closing, "unsure": day.unsure,
        "credit_line": day.standing.credit_line, "set_apart": day.standing.set_apart,
        "least": day.standing.least, "usable": day.usable, "lacks": day.lacks,
    }  # fmt: skip


LADDER = Listing(
    name="cash",
    title=_("Cash ladder"),
    empty=_("No money stands or moves there on these days."),
    rows=None,
    columns=(
        Column(_("Entity"), "entity"), Column(_("Place"), "place"), Column(_("Accounts"), "accounts"),
        Column(_("Owner"), "owner"), Column(_("Currency"), "currency"), Column(_("Day"), "date", "day"),
        Column(_("Opening balance"), "opening", "money", "currency"),
        Column(_("Comes"), "comes", "money", "currency"),
        Column(_("Goes"), "goes", "money", "currency"),
        Column(_("Closing balance"), "closing", "money", "currency"),
        Column(_("Not counted"), "unsure", "money", "currency"),
        Column(_("Credit line"), "credit_line", "money", "currency"),
        Column(_("Set apart"), "set_apart", "money", "currency"),
        Column(_("Least"), "least", "money", "currency"),
        Column(_("Usable"), "usable", "money", "currency"),
        Column(_("Lacks"), "lacks", "money", "currency"),
    ),
)  # fmt: skip


# What stands beside the balance, shown where there is any.
BESIDE: tuple[tuple[Any, Callable[[Day], Decimal]], ...] = (
    (_("Credit line"), lambda day: day.standing.credit_line),
    (_("Set apart"), lambda day: day.standing.set_apart),
    (_("Least to keep"), lambda day: day.standing.least),
    (_("May come, not counted"), lambda day: day.unsure),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: its amount, the rows behind it, and what is to be said of it."""

    amount: Decimal | None  # none: the account is closed on that day
    url: str = ""
    title: str = ""
    late: bool = False
    lacks: Decimal = Decimal(0)
    differs: bool = False  # from what a bank says
    blank: bool = False  # nothing is said of that day


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the table: what it is, and its cells day by day."""

    title: Any
    cells: Sequence[Cell]
    strong: bool = False


BLANK = Cell(None, blank=True)


@dataclass(frozen=True, slots=True)
class Account:
    """One account with its lines."""

    place: Any
    owner: Any  # nothing where it is ours
    accounts: str
    rows: Sequence[Shown]
    restricted: bool


@dataclass(frozen=True, slots=True)
class Currency:
    """All accounts in one currency of one entity, under the same days."""

    entity: Any
    code: str
    days: Sequence[date]
    accounts: Sequence[Account]


class CashPage(ComputedList):
    """A page for the days and the money that the address names."""

    permission = VIEW
    names: Names

    def ladder_asked(self, **changed: Any) -> Ladder:
        """The ladder of the address; of a wrong address that of today, with what is wrong with it."""
        query = {name: value for name, value in self.request.GET.items() if value}
        given = KnownQuery(data=query)
        told = dict(given.validated_data) if given.is_valid() else {}
        scope, at = scope_of(self.user), timezone.now()
        try:
            known = known_at(told.get("known_at"))
            return read_ladder(asked_of({**told, **changed}), scope=scope, at=at, known=known)
        except Refusal as refusal:
            tell_refusal(self.request, refusal)
        return read_ladder(asked_of(changed), scope=scope, at=at, known=known_at(None))

    def kept(self) -> dict[str, str]:
        return {name: value for name in KEPT if (value := self.request.GET.get(name, ""))}

    def page_url(self, name: str, **more: str) -> str:
        """Another page of the ladder, for the same days and counting."""
        query = urlencode(self.kept() | more)
        return f"{reverse(name)}?{query}" if query else reverse(name)

    def fields(self, query: Any) -> list[Any]:
        return []


class CashLadder(CashPage):
    template_name = "ledger/cash.html"
    listing = LADDER

    def filtered(self) -> Any:
        self.ladder = self.ladder_asked()
        self.told = self.told_by_banks()
        return [_day_row(self.ladder, line, day) for line in self.ladder.lines for day in line.days]

    def told_by_banks(self) -> dict[Key, Standing]:
        """What banks said last before the first day: beside the present only, and for those who see statements."""
        if self.ladder.known.at or not self.user.has_perm(VIEW_STATEMENT):
            return {}
        entities = {line.key.entity_id for line in self.ladder.lines}
        found = last_closings(entity_ids=entities, before=self.ladder.asked.on)
        return {
            Key(each.entity_id, each.owner_id, each.place_id, each.asset_id): each for each in found
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.filtered()
        query, ladder = self.query(), self.ladder
        files = {name: self.address(query, export=name) for name in ("csv", "xlsx")}
        called = names_of(
            {(PLACE, names.place) for names in ladder.names.values() if names.place}
            | {(OWNER, names.owner) for names in ladder.names.values()}
            | {(ENTITY, names.entity) for names in ladder.names.values()}
        )
        return {
            "ladder": ladder, "asked": ladder.asked, "currencies": list(self.currencies(called)),
            "lacking": sum(1 for row in rows if row["lacks"]), "files": files if rows else {},
            "known": ladder.known if ladder.known.at else None,
            "what_if": self.page_url("cash-what-if"), "proposals": self.page_url("cash-proposals"),
            "choices": {
                "entity": [(each.code, each) for each in entities_seen_by(self.user)],
                "place": [(each.code, each) for each in Place.objects.order_by("code")],
                "whose": Whose.choices, "counting": Counting.choices,
                "currency": sorted({names.currency for names in ladder.names.values()}
                                   | {ladder.asked.currency} - {""}),
            },
        }  # fmt: skip

    def currencies(self, called: Names) -> Iterator[Currency]:
        groups: dict[tuple[str, str], list[Line]] = {}
        for line in self.ladder.lines:
            names = self.ladder.names[line.key]
            groups.setdefault((names.entity, names.currency), []).append(line)
        for (entity, code), lines in sorted(groups.items()):
            days = sorted({day.date for line in lines for day in line.days})
            accounts = [self.account(line, days, called) for line in lines]
            yield Currency(called[ENTITY, entity], code, days, accounts)

    def account(self, line: Line, days: Sequence[date], called: Names) -> Account:
        names = self.ladder.names[line.key]
        by_day = {day.date: day for day in line.days}
        shown = [by_day.get(day) for day in days]
        return Account(
            called[PLACE, names.place] if names.place else "",
            called[OWNER, names.owner] if names.whose != Whose.OWN else "",
            ", ".join(self.ladder.accounts.get(line.key, ())), list(self.rows(line, shown)),
            any(day.standing.restricted for day in line.days),
        )  # fmt: skip

    def rows(self, line: Line, days: Sequence[Day | None]) -> Iterator[Shown]:
        def plain(title: Any, of: Callable[[Day], Decimal], strong: bool = False) -> Shown:
            return Shown(title, [Cell(of(day) if day else None) for day in days], strong)

        yield plain(_("Opening balance"), lambda day: day.opening)
        yield from self.told_rows(line, len(days))
        for source in Source:
            for comes in (True, False):
                cells = [self.figure(line, day, source, comes) for day in days]
                if any(cell.amount for cell in cells):
                    way = _("In: %(source)s") if comes else _("Out: %(source)s")
                    yield Shown(way % {"source": source.label}, cells)
        yield Shown(_("Closing balance"), [self.closing(line, day) for day in days], strong=True)
        for title, of in BESIDE:
            if any(of(day) for day in days if day):
                yield plain(title, of)
        if any(day.usable != day.closing for day in days if day):
            yield plain(_("Usable"), lambda day: day.usable)

    def told_rows(self, line: Line, days: int) -> Iterator[Shown]:
        """The bank's last closing under our opening, and by how much it is another than our books of that evening."""
        told = self.told.get(line.key)
        if told is None:
            return
        rest = [BLANK] * (days - 1)
        facts = {"day": desk.day(told.day)}
        url = reverse("statement", args=[f"ST-{max(told.statements)}"])
        yield Shown(_("Bank's closing of %(day)s") % facts, [Cell(told.theirs, url), *rest])
        if told.difference:
            url = f"{reverse('workbench')}?reconciliation=RN-{told.reconciliation_id}"
            cell = Cell(told.difference, url, differs=True)
            yield Shown(_("Bank less our books of %(day)s") % facts, [cell, *rest])

    def closing(self, line: Line, day: Day | None) -> Cell:
        if day is None:
            return Cell(None)
        return Cell(day.closing, self.figure_url(line, day.date), lacks=day.lacks)

    def figure(self, line: Line, day: Day | None, source: str, comes: bool) -> Cell:
        if day is None:
            return Cell(None)
        found = [each for each in day.movements if each.source == source]
        amounts = {each.certainty: each.comes if comes else each.goes for each in found}
        code = self.ladder.names[line.key].currency
        title = "; ".join(
            f"{Certainty(name).label}: {desk.money(amount, code)}"
            for name, amount in amounts.items() if amount
        )  # fmt: skip
        url = self.figure_url(
            line, day.date, source=str(source), direction="in" if comes else "out"
        )
        total = sum(((each.comes if comes else each.goes) for each in found), Decimal(0))
        late = any(each.late and (each.comes if comes else each.goes) for each in found)
        return Cell(total, url if total else "", title, late)

    def figure_url(self, line: Line, day: date, **more: str) -> str:
        names = self.ladder.names[line.key]
        key = dict(zip(("entity", "owner", "place", "currency"), names[:4], strict=True))
        return self.page_url("cash-figure", **key, day=day.isoformat(), **more)
