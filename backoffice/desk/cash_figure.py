"""One figure of the cash ladder, and every row that it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from backoffice.desk import totals
from backoffice.desk.cash import KEYS, MOST_ROWS, CashPage
from backoffice.desk.cells import dated
from backoffice.desk.lists import Listing
from backoffice.desk.naming import OWNER, PLACE, called, names_of
from backoffice.desk.tables import Column
from backoffice.templatetags import desk
from refdata.scopes import scope_of
from settlements.ladder.figures import Figure, rows_of
from settlements.ladder.kinds import Certainty, Source


def _name_others(rows: Sequence[Any], user: Any) -> None:
    names = names_of((OWNER, row["owner"]) for row in rows if row["owner"])
    for row in rows:
        row["names"] = names


FIGURE = Listing(
    name="cash-rows",
    title=_("Figure of the cash ladder"),
    empty=_("Nothing moves there on that day."),
    rows=None,
    prepare=_name_others,
    columns=(
        Column(_("What"), "what", write=lambda row: desk.by_reference(row["what"])),
        Column(_("Source"), "source", write=lambda row: Source(row["source"]).label),
        Column(_("How sure"), "certainty", write=lambda row: Certainty(row["certainty"]).label),
        Column(_("Due date"), "due_date", "day", write=lambda row: dated(row["due_date"], stale=False)),
        Column(_("Counterparty"), "owner", write=called(OWNER)),
        Column(_("Comes"), "comes", "money", "currency"),
        Column(_("Goes"), "goes", "money", "currency"),
        Column(_("Currency"), "currency"),
    ),
)  # fmt: skip


class CashFigure(CashPage):
    """One figure of the ladder, and every row that it is made of."""

    template_name = "ledger/cash_figure.html"
    listing = FIGURE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """An address that names no figure leads to where they stand."""
        if "day" not in request.GET:
            return HttpResponseRedirect(self.page_url("cash"))
        return super().get(request, *args, **kwargs)

    def filtered(self) -> Any:
        query = self.request.GET
        ladder = self.ladder_asked(**{name: query.get(name, "") for name in KEYS}, whose="")
        key = {name: query.get(name, "") for name in KEYS}
        self.line = ladder.line(**key)
        try:
            day = date.fromisoformat(query.get("day", ""))
        except ValueError:
            raise Http404("no such day") from None
        if self.line is None or (found := self.line.day(day)) is None:
            raise Http404("nothing stands there")
        self.shown_day, self.ladder = found, ladder
        direction, source = query.get("direction", ""), query.get("source", "")
        comes = {"in": True, "out": False}.get(direction)
        figure = Figure(day=day, source=source if source in Source.values else "", comes=comes)
        rows = rows_of(ladder, self.line, figure, scope=scope_of(self.user), limit=MOST_ROWS)
        code = key["currency"]
        return [
            {
                "what": row.reference, "source": row.source, "certainty": row.certainty,
                "due_date": row.due_date, "owner": row.other, "currency": code,
                "comes": max(row.amount, Decimal(0)), "goes": max(-row.amount, Decimal(0)),
            }
            for row in rows
        ]  # fmt: skip

    def counted(self, rows: Any) -> totals.Total:
        """How many, and what they come to: the same as the figure, to the cent."""
        code = self.request.GET.get("currency", "")
        total = sum((row["comes"] - row["goes"] for row in rows), Decimal(0))
        count = formats.number_format(len(rows), force_grouping=True)
        return totals.Total(count, [(code, total)] if rows else [])

    def more(self) -> dict[str, Any]:
        names = self.ladder.names[self.line.key]  # type: ignore[union-attr]
        called = names_of([(PLACE, names.place), (OWNER, names.owner)])
        return {
            "day": self.shown_day, "names": names, "at_place": called[PLACE, names.place],
            "owner": called[OWNER, names.owner], "back": self.page_url("cash"),
            "source": dict(Source.choices).get(self.request.GET.get("source", ""), ""),
            "certainties": dict(Certainty.choices), "sources": dict(Source.choices),
            "cut_off": self.ladder.days.deadline(self.line.key, self.shown_day.date),  # type: ignore[union-attr]
        }  # fmt: skip
