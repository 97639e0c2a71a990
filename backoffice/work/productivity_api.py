"""Productivity under /productivity/: one's own, weeks of people after them, and teams without names."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey
from backoffice.work import productivity
from backoffice.work.productivity import Seen, SheetOfWeek, WeekOf
from backoffice.work.rosters_api import NAME, person
from backoffice.workflow.api import user_of
from refdata.firm_days import firm_day
from reporting.productivity.counting import Counted, Line, Productivity, week_of

SHARE = "%.4f"
VIEW = "workflow.view_workitem"


def line_document(line: Line) -> dict[str, Any]:
    """Ages and handling in whole seconds, shares of one; `handling` null: too few were measured, or not yours."""
    return {
        "done": line.done, "reopened": line.reopened, "quality": SHARE % line.quality,
        "with_deadline": line.due, "in_time": line.inside, "age": round(line.age),
        "oldest": round(line.oldest), "measured": line.handled,
        "handling": None if line.handling is None else round(line.handling),
    }  # fmt: skip


def counted_document(found: Productivity) -> dict[str, Any]:
    """All together, by kind and by day; of teams a kind without a name is of several that too few people did."""
    return {
        "whole": line_document(found.whole) if found.whole else None,
        "kinds": [{"kind": each.kind or None, **line_document(each)} for each in found.kinds],
        "days": [{"day": each.day, **line_document(each)} for each in found.days],
    }  # fmt: skip


def item_document(item: Counted) -> dict[str, Any]:
    return {
        "item": f"WI-{item.id}", "kind": item.kind, "closed_at": item.closed_at, "age": round(item.age),
        "in_time": item.in_time, "handling": None if item.seconds is None else round(item.seconds),
        "reopened": item.reopened, "undone_by": item.what or None,
    }  # fmt: skip


def seen_document(seen: Seen) -> dict[str, Any]:
    return {
        "user": seen.person.username, "since": seen.asked.first, "until": seen.asked.last,
        **counted_document(seen.counted), "items": [item_document(each) for each in seen.items],
    }  # fmt: skip


def sheet_document(sheet: SheetOfWeek) -> dict[str, Any]:
    return seen_document(sheet.seen) | {
        "week": sheet.week,
        "comments": [{"text": each.text, "said_at": each.said_at} for each in sheet.comments],
        "looks": [{"user": each.who, "at": each.at} for each in sheet.looks],
    }  # fmt: skip


def week_document(row: WeekOf) -> dict[str, Any]:
    return {
        "user": row.person.username, "week": row.week, "opened": row.opened, "free_on": row.free_on,
        "ready": row.ready,
    }  # fmt: skip


class OwnProductivity(APIView):
    permission = VIEW

    class Query(serializers.Serializer[Any]):
        since = serializers.DateField(required=False)
        until = serializers.DateField(required=False)
        kind = serializers.CharField(max_length=40, default="")

    def get(self, request: Request) -> Response:
        """What you got done, with the items; without a period since Monday."""
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked, today = given.validated_data, firm_day(timezone.now())
        last: date = asked.get("until", today)
        first: date = asked.get("since", week_of(last))
        seen = productivity.own(user_of(request), first=first, last=last, kind=asked["kind"])
        return Response(seen_document(seen))


class ShowSheet(APIView):
    permission = VIEW

    class Query(serializers.Serializer[Any]):
        week = serializers.DateField()
        user = serializers.RegexField(NAME, max_length=150, required=False)
        kind = serializers.CharField(max_length=40, default="")

    def get(self, request: Request) -> Response:
        """A week that is over, by any of its days: yours, and that you have seen it is kept; of another after them."""
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked, viewer = given.validated_data, user_of(request)
        who = person(asked["user"]) if asked.get("user") else viewer
        sheet = productivity.sheet_of(
            who, week=asked["week"], kind=asked["kind"], viewer=viewer, at=timezone.now()
        )
        return Response(sheet_document(sheet))


class CommentOnSheet(OncePerKey):
    permission = VIEW
    gives: ClassVar = {"POST": 201}

    class Input(serializers.Serializer[Any]):
        week = serializers.DateField()
        text = serializers.CharField(max_length=500)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Say something about a week of yours; it stands beside the numbers."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row = productivity.comment_on_week(
            actor=user_of(request), at=timezone.now(), **given.validated_data
        )
        return Response({"text": row.text, "said_at": row.said_at}, status=201)


class ListSheets(APIView):
    permission = productivity.SEES_OTHERS

    class Query(serializers.Serializer[Any]):
        week = serializers.DateField(required=False)

    def get(self, request: Request) -> Response:
        """Whose sheet of a week can be seen by now; without a week the last that is over."""
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        at = timezone.now()
        week = given.validated_data.get("week", firm_day(at) - timedelta(days=7))
        rows = productivity.weeks_of(productivity.colleagues(), [week], at=at)
        return Response({"results": [week_document(row) for row in rows]})


class TeamProductivity(APIView):
    permission = "workflow.view_productivity"

    class Query(serializers.Serializer[Any]):
        since = serializers.DateField(required=False)
        until = serializers.DateField(required=False)

    def get(self, request: Request) -> Response:
        """What teams got done in whole weeks, without names; without a period in the last four weeks and this one."""
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        last: date = given.validated_data.get("until", firm_day(timezone.now()))
        found = productivity.teams(first=given.validated_data.get("since"), last=last)
        return Response(
            {
                "results": [
                    {"team": queue, **counted_document(each)} for queue, each in found.items()
                ]
            }
        )
