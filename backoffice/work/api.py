"""Work items over REST: the queue in its order, one item with its history, and the steps of people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.desk.labels import SUBJECTS, UNPAGED
from backoffice.kernel.decimals import plain
from backoffice.work import selectors, services
from backoffice.work.queue import RANKED, Desk, Queued
from backoffice.workflow.api import ShowHistory, ShowSubject, StepOnSubject, WithItsReason, user_of
from backoffice.workflow.models import WorkItem
from backoffice.workflow.state import Handling
from backoffice.workflow.transitions import Outcome
from refdata.selectors import money_document

MOST = 100


def about(row: WorkItem) -> dict[str, str]:
    """What an item is about, as its own operations name it."""
    prefix = SUBJECTS[row.subject_type][1] if row.subject_type in SUBJECTS else ""
    prefix = prefix or UNPAGED.get(row.subject_type, "")
    reference = f"{prefix}-{row.subject_id}" if prefix else str(row.subject_id)
    return {"type": row.subject_type, "reference": reference}


def item_document(row: WorkItem) -> dict[str, Any]:
    """An item as the API shows it."""
    return {
        "reference": str(row), "status": row.state, "kind": row.kind, "queue": row.queue,
        "owner": row.owner.username if row.owner else None, "about": about(row), "reason": row.reason,
        "at_stake": {"amount": plain(row.amount), "currency": row.currency} if row.amount is not None else None,
        "due_at": row.due_at, "opened_at": row.opened_at, "claimed_at": row.claimed_at,
        "paused_until": row.paused_until, "closed_at": row.closed_at,
    }  # fmt: skip


def queued_document(each: Queued) -> dict[str, Any]:
    """An item in its place; `costs_an_hour` is what leaving it for an hour is expected to cost."""
    priced = each.priced
    return item_document(each.item) | {
        "due_at": priced.due_at, "warning_at": priced.warn_at,
        "costs_a_cut_off": money_document(priced.cost), "costs_an_hour": money_document(each.hour),
        "chance_to_miss": plain(each.chance), "minutes": round(priced.minutes), "for_its_age": each.aged,
    }  # fmt: skip


class ListWorkItems(APIView):
    permission = "workflow.view_workitem"
    paged = True

    class Query(serializers.Serializer[Any]):
        queue = serializers.CharField(max_length=30, default="")
        kind = serializers.CharField(max_length=40, default="")
        status = serializers.ChoiceField(choices=Handling.values, required=False)
        owner = serializers.CharField(max_length=150, default="")
        open = serializers.BooleanField(default=True)

    def get(self, request: Request) -> Response:
        """Items newest first: those that are open, or with `open=false` those that are done."""
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        rows = selectors.work_items(visible_to=user_of(request))
        rows = rows.filter(closed_at__isnull=asked["open"])
        names = {"queue": "queue", "kind": "kind", "status": "state", "owner": "owner__username"}
        rows = rows.filter(**{path: asked[name] for name, path in names.items() if asked.get(name)})
        return paged(rows, request, self, lambda page: [item_document(row) for row in page])


class ShowQueue(APIView):
    permission = "workflow.view_workitem"

    class Query(serializers.Serializer[Any]):
        of = serializers.ChoiceField(choices=("me", "team"), default="me")

    def get(self, request: Request) -> Response:
        """What is to be done next, first to last: by the expected cost of leaving it, for the time it takes."""
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        user = user_of(request)
        team = given.validated_data["of"] == "team"
        rows = selectors.open_of_team(user) if team else selectors.open_of_person(user)
        rows = rows.exclude(state=Handling.PAUSED).order_by("due_at", "id")
        desk = Desk(timezone.now())
        placed = desk.ordered(desk.priced(list(rows[:RANKED])), count=MOST)
        return Response({"results": [queued_document(each) for each in placed]})


class ShowWorkItem(ShowSubject):
    """One item."""

    permission = "workflow.view_workitem"
    find = staticmethod(selectors.work_item)
    shown = staticmethod(item_document)


class WorkItemHistory(ShowHistory):
    """Who took it, handed it over, put it aside, and what was said about it."""

    permission = "workflow.view_workitem"
    subject = "workitem"
    find = staticmethod(selectors.work_item)


class StepOnItem(StepOnSubject):
    """A step of one item."""

    model = WorkItem
    find = staticmethod(selectors.work_item)
    shown = staticmethod(item_document)


class ClaimWorkItem(StepOnItem):
    """Take an item of one's queues that is nobody's."""

    permission = "workflow.claim_workitem"
    service = staticmethod(services.claim_items)


class HandOverWorkItem(StepOnItem):
    """Give an item to a person (`@name`), or to a queue by its name."""

    permission = "workflow.hand_over_workitem"
    service = staticmethod(services.hand_over_items)

    class Input(serializers.Serializer[Any]):
        to = serializers.CharField(max_length=151)
        reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class PauseWorkItem(StepOnItem):
    """Put one's item aside until a moment, with the reason."""

    permission = "workflow.pause_workitem"
    service = staticmethod(services.pause_items)

    class Input(WithItsReason):
        until = serializers.DateTimeField()


class ResumeWorkItem(StepOnItem):
    """Take up again what was put aside."""

    permission = "workflow.resume_workitem"
    service = staticmethod(services.resume_items)


class CommentOnWorkItem(StepOnItem):
    """Say something about an item; whoever is named with @ is told."""

    permission = "workflow.comment_workitem"

    class Input(serializers.Serializer[Any]):
        text = serializers.CharField(max_length=500)

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        services.comment_on_item(id=ids[0], actor=user, at=at, **self._given(request))
        return Outcome(list(ids))
