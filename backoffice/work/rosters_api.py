"""Rosters under /rosters/ and absences under /absences/: kept by those who plan, read by them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.roles import ROLES
from backoffice.kernel.errors import NotFound
from backoffice.workflow.api import user_of
from backoffice.workflow.workload import selectors, services
from backoffice.workflow.workload.models import Absence, Roster
from backoffice.workflow.workload.state import AbsenceKind
from refdata.firm_days import firm_day

NAME = r"^[^\x00-\x1f]+$"


def person(username: str) -> User:
    """Raises NotFound."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise NotFound(what="person", reference=username)
    return user


def roster_document(row: Roster) -> dict[str, Any]:
    return {
        "reference": str(row), "user": row.user.username, "queue": row.queue, "starts": row.starts,
        "hours": [str(each) for each in row.hours], "valid_from": row.valid_from,
    }  # fmt: skip


def absence_document(row: Absence) -> dict[str, Any]:
    return {
        "reference": str(row), "user": row.user.username, "kind": row.kind, "first_date": row.first_date,
        "last_date": row.last_date,
    }  # fmt: skip


class Rosters(OncePerKey):
    permission = "workflow.keep_roster"
    gives: ClassVar = {"POST": 201}

    class Input(serializers.Serializer[Any]):
        user = serializers.RegexField(NAME, max_length=150)
        queue = serializers.ChoiceField([(name, name) for name in ROLES])
        hours = serializers.ListField(
            child=serializers.DecimalField(4, 2, min_value=0), min_length=7, max_length=7
        )
        starts = serializers.TimeField()
        valid_from = serializers.DateField()

    def get(self, request: Request) -> Response:
        """What holds of each person, and what is to come."""
        return Response({"results": [roster_document(row) for row in selectors.rosters()]})

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """The usual week of a person from a day on."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        values["user"] = person(values["user"])
        row = services.keep_roster(actor=user_of(request), at=timezone.now(), **values)
        return Response(roster_document(row), status=201)


class Absences(OncePerKey):
    permission = "workflow.keep_roster"
    gives: ClassVar = {"POST": 201}

    class Input(serializers.Serializer[Any]):
        user = serializers.RegexField(NAME, max_length=150)
        kind = serializers.ChoiceField(AbsenceKind.choices)
        first_date = serializers.DateField()
        last_date = serializers.DateField()

    def get(self, request: Request) -> Response:
        """Those that count and are not over."""
        rows = selectors.absences(since=firm_day(timezone.now()))
        return Response({"results": [absence_document(row) for row in rows]})

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Somebody is away from the first day to the last."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        values["user"] = person(values["user"])
        row = services.note_absence(actor=user_of(request), at=timezone.now(), **values)
        return Response(absence_document(row), status=201)


class TakeBackAbsence(OncePerKey):
    permission = "workflow.keep_roster"

    class Input(serializers.Serializer[Any]):
        absence = serializers.RegexField(r"^AB-[0-9]{1,18}$")

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """The person is there after all."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        id = selectors.absence_id_of(given.validated_data["absence"])
        services.take_back_absence(id=id, actor=user_of(request), at=timezone.now())
        return Response({"absence": given.validated_data["absence"]})
