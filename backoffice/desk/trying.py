"""The page on which a what-if is tried on the live queue: what comes in, is let go, delivered, borrowed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import Page
from backoffice.desk.frame import frame_of
from backoffice.desk.inputs import Input, filled, said_of
from backoffice.desk.what_if import said_whole
from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import Refusal
from refdata.firm_days import firm_day
from refdata.models import Place
from refdata.scopes import entities_seen_by
from refdata.selectors import reference_data
from settlements.trying.rules import Moved
from settlements.trying.services import Answer, Change, Try, what_if

QUEUE = (
    Input(name="business_date", title=_("Business date"), kind="date"),
    Input(name="entity", title=_("Entity"), offers="entities"),
)
# What is typed for each kind: an input's name after the kind's, the member of the change, its title.
MEMBERS: Mapping[Change, tuple[tuple[str, Any, str], ...]] = {
    Change.CASH: (
        ("owner", _("Whose account"), "parties"), ("place", _("Place"), "places"),
        ("asset", _("Currency"), "currencies"), ("quantity", _("Amount"), ""),
    ),
    Change.RELEASE: (("settlement", _("Settlement"), ""),),
    Change.DELIVERY: (
        ("owner", _("Counterparty"), "parties"), ("place", _("Place"), "places"),
        ("asset", _("ISIN"), "instruments"), ("quantity", _("Quantity (empty: all it owes)"), ""),
    ),
    Change.BORROW: (
        ("owner", _("Who borrows"), "parties"), ("place", _("Place"), "places"),
        ("asset", _("ISIN"), "instruments"), ("quantity", _("Quantity"), ""),
    ),
}  # fmt: skip


def name_of(kind: Change, member: str) -> str:
    return f"{kind.value.lower()}_{member}"


def inputs_of(kind: Change) -> tuple[Input, ...]:
    return tuple(
        Input(name=name_of(kind, member), title=title, offers=offers)
        for member, title, offers in MEMBERS[kind]
    )


class TryQueue(Page):
    permission = "settlements.run_settlement"
    template_name = "settlements/what_if.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        day = frame_of(self.user).day.day
        return self.page({"business_date": day.isoformat()}, None, None, [])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Nothing is written: what was typed comes back beside what would change."""
        names = [each.name for each in QUEUE]
        names += [name_of(kind, member) for kind in MEMBERS for member, *_rest in MEMBERS[kind]]
        typed = {name: request.POST.get(name, "").strip()[:40] for name in names}
        kinds = [
            kind
            for kind, members in MEMBERS.items()
            if any(typed[name_of(kind, member)] for member, *_rest in members)
        ]
        answer, refusal = None, None
        try:
            answer = what_if(
                [_change(kind, typed) for kind in kinds],
                business_date=_day(typed["business_date"]), entity=typed["entity"],
                actor=self.user, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        context = self.page(typed, answer, refusal, kinds)
        return self.render_to_response(context, status=422 if refusal else 200)

    def page(
        self, typed: Mapping[str, str], answer: Answer | None, refusal: Refusal | None,
        kinds: list[Change],
    ) -> dict[str, Any]:  # fmt: skip
        problems: dict[str, list[Any]] = {}
        for each in refusal.problems if refusal else ():
            _root, _changes, number, member = each.pointer.split("/")
            name = name_of(kinds[int(number)], member)
            problems.setdefault(name, []).append(said_of(each))
        return {
            "queue": filled(QUEUE, typed, {}),
            "forms": [(kind, filled(inputs_of(kind), typed, problems)) for kind in MEMBERS],
            "refusal": said_whole(refusal) if refusal and not refusal.problems else None,
            "answer": answer, "lists": self.lists(),
            **(shown(answer) if answer else {}),
        }  # fmt: skip

    def lists(self) -> dict[str, list[tuple[str, str]]]:
        reference = reference_data()
        return {
            "entities": [(row.code, row.name) for row in entities_seen_by(self.user)],
            "parties": sorted({p.code: p.name for p in reference.parties.values()}.items()),
            "places": list(Place.objects.order_by("code").values_list("code", "name")),
            "instruments": sorted({i.code: i.name for i in reference.instruments.values()}.items()),
            "currencies": [(code, "") for code in sorted(reference.currencies)],
        }


def _change(kind: Change, typed: Mapping[str, str]) -> Try:
    """What is typed of a kind; what is no number is below nought, which is refused beside its field."""
    members = {member: typed[name_of(kind, member)] for member, *_rest in MEMBERS[kind]}
    quantity = members.pop("quantity", "")
    try:
        amount = parse(quantity, scale=8) if quantity else Decimal(0)
    except (ValueError, InvalidOperation, Refusal):
        amount = Decimal(-1)
    return Try(kind=kind, quantity=amount, **members)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return firm_day(timezone.now())


def shown(answer: Answer) -> dict[str, Any]:
    """What would change, as the page shows it: only settlements that the person sees."""
    found = answer.tried

    def rows(moved: list[Moved]) -> list[tuple[Any, str]]:
        return [
            (answer.rows[each.settlement_id], _share(each))
            for each in moved
            if each.settlement_id in answer.rows
        ]

    return {
        "besides": rows(found.besides), "no_longer": rows(found.no_longer),
        "before": Decimal(found.worth_before) / 100, "after": Decimal(found.worth_after) / 100,
        "difference": found.difference,
    }  # fmt: skip


def _share(each: Moved) -> str:
    """How much of it settles, before and after, where it is not the whole."""
    if {each.before, each.after} <= {0, each.whole}:
        return ""
    return f"{each.before * 100 // each.whole} % → {each.after * 100 // each.whole} %"
