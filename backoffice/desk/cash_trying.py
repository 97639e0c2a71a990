"""Pages beside the cash ladder: a what-if, and what to do about what lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.cash import VIEW, CashPage
from backoffice.desk.inputs import Input, typed_day
from backoffice.desk.lists import Listing
from backoffice.desk.naming import ENTITY, PLACE, called, names_of
from backoffice.desk.tables import Column
from backoffice.desk.try_page import TryPage, name_of
from backoffice.kernel.decimals import parse, plain
from backoffice.templatetags import desk
from settlements.ladder.api import asked_of
from settlements.ladder.funding import Way
from settlements.ladder.kinds import Counting, Whose
from settlements.ladder.proposing import is_late, proposals
from settlements.ladder.trying import Answer, Change, Try, what_if

DAYS = (
    Input(name="on", title=_("First day"), kind="date"),
    Input(name="until", title=_("Last day"), kind="date"),
    Input(name="entity", title=_("Entity"), offers="entities"),
    Input(name="counting", title=_("What comes in"), choices=tuple(Counting.choices)),
)
MEMBERS: Mapping[Change, Sequence[Input]] = {
    Change.CASH: (
        Input(name="entity", title=_("Entity"), offers="entities"),
        Input(name="place", title=_("Place"), offers="places"),
        Input(name="currency", title=_("Currency"), offers="currencies"),
        Input(name="amount", title=_("Amount (below zero: it goes)")),
        Input(name="day", title=_("Day"), kind="date"),
    ),
    Change.TRANSFER: (
        Input(name="entity", title=_("Entity"), offers="entities"),
        Input(name="place", title=_("From account at"), offers="places"),
        Input(name="to_place", title=_("To account at"), offers="places"),
        Input(name="currency", title=_("Currency"), offers="currencies"),
        Input(name="amount", title=_("Amount")),
        Input(name="day", title=_("Day"), kind="date"),
    ),
    Change.SILENT: (Input(name="counterparty", title=_("Counterparty"), offers="parties"),),
    Change.MOVE: (
        Input(name="settlement", title=_("Settlement")),
        Input(name="day", title=_("Day"), kind="date"),
    ),
    Change.RELEASE: (Input(name="settlement", title=_("Settlement")),),
    Change.HOLD: (Input(name="settlement", title=_("Settlement")),),
}


class TryCash(TryPage):
    permission = VIEW
    template_name = "ledger/cash_what_if.html"
    whole, members = DAYS, MEMBERS

    def start(self) -> Mapping[str, str]:
        """What the address says: of the whole, and of a change that is to be tried."""
        return {name: self.request.GET.get(name, "")[:40] for name in self.names()}

    def tried(self, typed: Mapping[str, str], kinds: Sequence[Change]) -> Answer:
        told = {name: typed[name] for name in ("entity", "counting")}
        asked = asked_of({**told, "on": typed_day(typed["on"]), "until": typed_day(typed["until"])})
        changes = [_change(kind, self.said(kind, typed)) for kind in kinds]
        return what_if(changes, asked, actor=self.user, at=timezone.now())

    def shown(self, answer: Answer) -> dict[str, Any]:
        return {"moved": _moved(answer)}


def _moved(answer: Answer) -> list[tuple[Any, str, Any, Any]]:
    """The days that differ, each with its currency and what its entity and place are called."""
    names = {**answer.before.names, **answer.after.names}
    lines = [(each, names[each.key]) for each in answer.moved]
    called = names_of(
        pair for _day, line in lines for pair in ((PLACE, line.place), (ENTITY, line.entity))
    )
    return [
        (each, line.currency, called[ENTITY, line.entity], called[PLACE, line.place])
        for each, line in lines
    ]


def _change(kind: Change, members: dict[str, Any]) -> Try:
    """What is typed of a kind; what is no number is zero, and what is no day is none: refused beside its field."""
    if "amount" in members:
        try:
            members["amount"] = parse(members["amount"].replace("\u2212", "-"), scale=4)
        except (ValueError, InvalidOperation):
            members["amount"] = Decimal(0)
    if "day" in members:
        members["day"] = typed_day(members["day"])
    return Try(kind=kind, **members)


def _why(row: Any) -> Any:
    """In a sentence: what lacks, and why this is the way."""
    facts = {
        "lacked": desk.money(row["lacked"], row["currency"]), "currency": row["currency"],
        "day": desk.day(row["lack_day"]), "source": row["names"][PLACE, row["from"]],
        "from_currency": row["from_currency"],
        "spared": desk.money(row["spared"], row["from_currency"] or row["currency"]),
    }  # fmt: skip
    if row["way"] == Way.TRANSFER:
        return (
            gettext(
                "%(lacked)s %(currency)s lack on %(day)s; %(source)s can spare %(spared)s on every day from then on."
            )
            % facts
        )
    if row["way"] == Way.FX:
        return gettext(
            "%(lacked)s %(currency)s lack on %(day)s and no account of ours in it can give them;"
            " %(source)s can spare %(spared)s %(from_currency)s."
        ) % facts  # fmt: skip
    return (
        gettext(
            "%(lacked)s %(currency)s lack on %(day)s, and neither our accounts nor another currency gives them in time."
        )
        % facts
    )


def _until(row: Any) -> Any:
    shown = desk.time_left(row["deadline"])
    if not row["late"]:
        return shown
    return format_html('{} <span class="badge bad">{}</span>', shown, gettext("cut-off passed"))


def _tried(row: Any) -> Any:
    """What a transfer would change: the page that tries it, filled in."""
    if row["way"] != Way.TRANSFER:
        return ""
    members = {
        "entity": row["entity"], "place": row["from"], "to_place": row["to"], "currency": row["currency"],
        "amount": plain(row["amount"]), "day": row["value_date"].isoformat(),
    }  # fmt: skip
    query = urlencode({name_of(Change.TRANSFER, name): value for name, value in members.items()})
    return format_html('<a href="{}?{}">{}</a>', reverse("cash-what-if"), query, gettext("Try it"))


PROPOSALS = Listing(
    name="cash-proposals",
    title=_("Funding proposals"),
    empty=_("No account of ours comes below its least on these days."),
    rows=None,
    columns=(
        Column(_("Entity"), "entity", write=called(ENTITY)),
        Column(_("To account at"), "to", write=lambda row: row["names"][PLACE, row["to"]]),
        Column(_("Currency"), "currency"),
        Column(_("Amount"), "amount", "money", "currency"),
        Column(_("How"), "way", write=lambda row: Way(row["way"]).label),
        Column(_("From account at"), "from", write=lambda row: row["names"][PLACE, row["from"]]),
        Column(_("Value date"), "value_date", "day"),
        Column(_("Instruct until"), "deadline", "deadline", write=_until),
        Column(_("Why"), "why", "why"),
        Column(_("Lacks on"), "lack_day", "day", usual=False),
        Column(_("What if?"), "tried", write=_tried),
    ),
)  # fmt: skip


class CashProposals(CashPage):
    """What to do about what lacks; a file of it is the document that goes to the bank or the dealer."""

    template_name = "ledger/cash_proposals.html"
    listing = PROPOSALS

    def filtered(self) -> Any:
        ladder = self.ladder_asked(whose=Whose.OWN, place="", currency="")
        at = timezone.now()
        found: list[dict[str, Any]] = []
        for each in proposals(ladder):
            to, source = ladder.names[each.to], ladder.names[each.source] if each.source else None
            found.append({
                "way": each.way.value, "entity": to.entity, "to": to.place, "currency": to.currency,
                "amount": each.amount, "from": source.place if source else "",
                "from_currency": source.currency if source else "", "value_date": each.value_date,
                "deadline": each.deadline, "late": is_late(each, at), "lack_day": each.lack_day,
                "lacked": each.lacked, "spared": each.spared,
            })  # fmt: skip
        names = names_of(
            {(PLACE, row[name]) for row in found for name in ("from", "to") if row[name]}
            | {(ENTITY, row["entity"]) for row in found}
        )
        for row in found:
            row["names"] = names
            row["why"] = _why(row)
        return found

    def more(self) -> dict[str, Any]:
        return {"back": self.page_url("cash")}
