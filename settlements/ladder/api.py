"""The operations on the cash ladder: read it, open a figure, try a change, and what to do where money lacks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.events.selectors import known_at
from backoffice.kernel.errors import NotFound
from backoffice.kernel.money import Money
from backoffice.workflow.api import user_of
from refdata.firm_days import firm_day
from refdata.scopes import scope_of
from refdata.selectors import money_document
from settlements.ladder.asking import USUAL_DAYS, Asked
from settlements.ladder.figures import Figure, Row, rows_of
from settlements.ladder.funding import Proposal
from settlements.ladder.kinds import Certainty, Counting, Source, Whose
from settlements.ladder.proposing import proposals
from settlements.ladder.rules import Day, Key, Line
from settlements.ladder.selectors import Ladder, read_ladder
from settlements.ladder.trying import Change, Try, what_if

MOST_ROWS = 500


class LadderQuery(serializers.Serializer[Any]):
    """Which days, whose money and where; empty: all of it."""

    on = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    entity = serializers.CharField(required=False, max_length=20)
    place = serializers.CharField(required=False, max_length=20)
    owner = serializers.CharField(required=False, max_length=40)
    currency = serializers.CharField(required=False, max_length=3)
    whose = serializers.ChoiceField(choices=Whose.choices, required=False)
    counting = serializers.ChoiceField(choices=Counting.choices, required=False)


class KnownQuery(LadderQuery):
    known_at = serializers.DateTimeField(required=False)


def asked_of(given: Mapping[str, Any]) -> Asked:
    """What was asked, from today for a week unless it was said; `whose` may be empty: everybody's. Raises WrongSpan."""
    on = given.get("on") or firm_day(timezone.now())
    until = given.get("until") or on + timedelta(USUAL_DAYS)
    said = {
        name: given[name]
        for name in ("entity", "place", "owner", "currency", "counting") if given.get(name)
    }  # fmt: skip
    if "whose" in given:
        said["whose"] = given["whose"]
    return Asked(on=on, until=until, **said)


def money(ladder: Ladder, key: Key, amount: Decimal) -> dict[str, str]:
    return money_document(Money(amount, ladder.names[key].currency))


def line_document(ladder: Ladder, line: Line) -> dict[str, Any]:
    names = ladder.names[line.key]
    return {
        "entity": names.entity, "place": names.place, "owner": names.owner, "whose": names.whose,
        "currency": names.currency, "accounts": list(ladder.accounts.get(line.key, ())),
        "days": [day_document(ladder, line, day) for day in line.days],
    }  # fmt: skip


def day_document(ladder: Ladder, line: Line, day: Day) -> dict[str, Any]:
    def written(amount: Decimal) -> dict[str, str]:
        return money(ladder, line.key, amount)

    standing = day.standing
    return {
        "date": day.date, "opening": written(day.opening), "in": written(day.comes),
        "out": written(day.goes), "closing": written(day.closing), "not_counted": written(day.unsure),
        "credit_line": written(standing.credit_line), "set_apart": written(standing.set_apart),
        "restricted": standing.restricted, "least": written(standing.least),
        "usable": written(day.usable), "lacks": written(day.lacks),
        "cut_off": ladder.days.deadline(line.key, day.date),
        "movements": [
            {
                "source": each.source, "certainty": each.certainty, "late": each.late,
                "in": written(each.comes), "out": written(each.goes), "count": each.count,
            }
            for each in day.movements
        ],
    }  # fmt: skip


class ShowLadder(APIView):
    permission = "ledger.view_ledger"
    Query = KnownQuery

    def get(self, request: Request) -> Response:
        """Per currency, account and value date: opening, what comes and goes by source, closing.

        `closing` = `opening` + `in` - `out`, carried to the next day. What is late is expected on the next open
        day. `whose` is OWN unless it is said: a client's money covers nobody else's. With `counting` SURE what
        comes in counts only where it is settled or matched. With `known_at` everything that
        moves is as it was known then.
        """
        given = KnownQuery(data=request.query_params)
        given.is_valid(raise_exception=True)
        known = known_at(given.validated_data.get("known_at"))
        ladder = read_ladder(
            asked_of(given.validated_data), scope=scope_of(user_of(request)), at=timezone.now(), known=known
        )  # fmt: skip
        return Response({
            "on": ladder.asked.on, "until": ladder.asked.until, "known_at": known.at,
            "watermark": known.number,
            "results": [line_document(ladder, line) for line in ladder.lines],
        })  # fmt: skip


class FigureQuery(KnownQuery):
    """A line by its codes, the day, and of one source, certainty and direction or of all."""

    entity = serializers.CharField(max_length=20)
    place = serializers.CharField(max_length=20, allow_blank=True)
    owner = serializers.CharField(max_length=40)
    currency = serializers.CharField(max_length=3)
    day = serializers.DateField()
    source = serializers.ChoiceField(choices=Source.choices, required=False)  # type: ignore[assignment]
    certainty = serializers.ChoiceField(choices=Certainty.choices, required=False)
    direction = serializers.ChoiceField(choices=("in", "out"), required=False)
    offset = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)


def figure_of(given: Mapping[str, Any]) -> Figure:
    direction = given.get("direction")
    return Figure(
        day=given["day"], source=given.get("source", ""), certainty=given.get("certainty", ""),
        comes=None if direction is None else direction == "in",
    )  # fmt: skip


def row_document(ladder: Ladder, line: Line, row: Row) -> dict[str, Any]:
    return {
        "reference": row.reference, "source": row.source, "certainty": row.certainty,
        "due_date": row.due_date, "counterparty": row.other,
        "direction": "in" if row.amount > 0 else "out",
        "amount": money(ladder, line.key, abs(row.amount)),
    }  # fmt: skip


class ListLadderRows(APIView):
    permission = "ledger.view_ledger"
    Query = FigureQuery

    def get(self, request: Request) -> Response:
        """The rows that make one figure of the ladder, at most 500 from `offset` on; they sum to it exactly."""
        given = FigureQuery(data=request.query_params)
        given.is_valid(raise_exception=True)
        told, scope = given.validated_data, scope_of(user_of(request))
        known = known_at(told.get("known_at"))
        ladder = read_ladder(
            asked_of({**told, "whose": ""}), scope=scope, at=timezone.now(), known=known
        )
        line = ladder.line(
            **{name: told[name] for name in ("entity", "place", "owner", "currency")}
        )
        if line is None:
            raise NotFound(
                what="line of the ladder", reference=f"{told['place']} {told['currency']}"
            )
        rows = rows_of(
            ladder, line, figure_of(told), scope=scope, offset=told["offset"], limit=MOST_ROWS
        )
        return Response({"results": [row_document(ladder, line, row) for row in rows]})


class LadderChange(serializers.Serializer[Any]):
    """Money that comes or goes (below zero) on a day or moves to another account of ours (`to_place`), a party that
    brings nothing, or a settlement.
    """

    kind = serializers.ChoiceField(choices=Change.choices)
    entity = serializers.CharField(max_length=20, default="", allow_blank=True)
    place = serializers.CharField(max_length=20, default="", allow_blank=True)
    currency = serializers.CharField(max_length=3, default="", allow_blank=True)
    amount = serializers.DecimalField(max_digits=24, decimal_places=4, default=Decimal(0))
    day = serializers.DateField(required=False, allow_null=True, default=None)
    counterparty = serializers.CharField(max_length=40, default="", allow_blank=True)
    settlement = serializers.CharField(max_length=24, default="", allow_blank=True)
    to_place = serializers.CharField(max_length=20, default="", allow_blank=True)


class TryLadder(APIView):
    permission = "ledger.view_ledger"

    class Input(LadderQuery):
        changes = LadderChange(many=True)

    def post(self, request: Request) -> Response:
        """The days on which the ladder would be another, before and after. Nothing is written."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        told = dict(given.validated_data)
        changes = [Try(**{**each, "kind": Change(each["kind"])}) for each in told.pop("changes")]
        answer = what_if(changes, asked_of(told), actor=user_of(request), at=timezone.now())
        names = {**answer.before.names, **answer.after.names}
        rows = []
        for each in answer.moved:
            called = names[each.key]
            amounts = {
                "before": each.before, "after": each.after, "lacks_before": each.lacks_before,
                "lacks_after": each.lacks_after,
            }  # fmt: skip
            rows.append({
                "entity": called.entity, "place": called.place, "owner": called.owner,
                "currency": called.currency, "date": each.day,
                **{name: money_document(Money(value, called.currency)) for name, value in amounts.items()},
            })  # fmt: skip
        return Response(
            {"on": answer.before.asked.on, "until": answer.before.asked.until, "results": rows}
        )


def proposal_document(ladder: Ladder, each: Proposal) -> dict[str, Any]:
    to, source = ladder.names[each.to], ladder.names[each.source] if each.source else None
    return {
        "way": each.way, "entity": to.entity, "place": to.place, "currency": to.currency,
        "amount": money(ladder, each.to, each.amount), "lacks_on": each.lack_day,
        "lacks": money(ladder, each.to, each.lacked), "value_date": each.value_date,
        "deadline": each.deadline,
        "from": None if source is None or each.source is None else {
            "place": source.place, "currency": source.currency,
            "accounts": list(ladder.accounts.get(each.source, ())),
            "spares": money(ladder, each.source, each.spared),
        },
    }  # fmt: skip


class ListFundingProposals(APIView):
    permission = "ledger.view_ledger"
    Query = LadderQuery

    def get(self, request: Request) -> Response:
        """What to do about every account of ours that comes below zero, or below its least, on any day.

        The least transfers between our own accounts that calendars and cut-offs allow; of what they cannot
        give, an amount to buy or to borrow with its deadline. The same ladder gives the same answer.
        """
        given = LadderQuery(data=request.query_params)
        given.is_valid(raise_exception=True)
        # Who gives may be at any place and in any currency: only the answer is narrowed.
        wanted = {name: given.validated_data.get(name) for name in ("place", "currency")}
        asked = asked_of({**given.validated_data, "whose": Whose.OWN} | dict.fromkeys(wanted))
        ladder = read_ladder(
            asked, scope=scope_of(user_of(request)), at=timezone.now(), known=known_at(None)
        )
        found = [proposal_document(ladder, each) for each in proposals(ladder)]
        return Response({
            "on": asked.on, "until": asked.until,
            "results": [
                each for each in found
                if all(value in (None, each[name]) for name, value in wanted.items())
            ],
        })  # fmt: skip
