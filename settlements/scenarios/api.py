"""What-if over a whole day, and scenarios that are kept, as operations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.workflow.api import user_of
from settlements.scenarios import selectors, services
from settlements.scenarios.answering import found_of
from settlements.scenarios.filters import ScenarioFilter
from settlements.scenarios.models import Scenario
from settlements.scenarios.terms import MOST_NAMED, SECONDS, Coming, ScenarioTerms


class ComingInput(serializers.Serializer[Any]):
    """So much more of an asset (ISIN or currency) of an owner at a place, from a time of the day on (`HH:MM`)."""

    owner = serializers.CharField(max_length=40)
    place = serializers.CharField(max_length=20)
    asset = serializers.CharField(max_length=20)
    quantity = serializers.DecimalField(max_digits=28, decimal_places=8)
    after = serializers.TimeField(default=None, allow_null=True)


class ScenarioInput(serializers.Serializer[Any]):
    """What is supposed of the day; what is left out stays as it is.

    `silent` are parties that bring nothing, `volume` is per cent more of what is due, `earlier` are markets (MIC) whose
    deals settle a day earlier, `releases` is how many settlements people can still release, `away` how many of those
    who release are not there, at so many `seconds` for each release, `rule` a drafted rule of penalties (`RL-5`).
    """

    business_date = serializers.DateField()
    entity = serializers.CharField(max_length=20, default="", allow_blank=True)
    silent = serializers.ListField(
        child=serializers.CharField(max_length=40), default=list, max_length=MOST_NAMED
    )
    coming = ComingInput(many=True, default=list)
    volume = serializers.DecimalField(max_digits=6, decimal_places=2, default=Decimal(0))
    earlier = serializers.ListField(
        child=serializers.CharField(max_length=4), default=list, max_length=MOST_NAMED
    )
    releases = serializers.IntegerField(min_value=0, default=None, allow_null=True)
    away = serializers.IntegerField(min_value=0, default=0)
    seconds = serializers.IntegerField(min_value=1, default=SECONDS)
    rule = serializers.CharField(max_length=20, default="", allow_blank=True)


class KeptInput(ScenarioInput):
    name = serializers.CharField(max_length=100)


def asked_in(told: dict[str, Any]) -> dict[str, Any]:
    """The arguments of the services: the terms of what was told, and the rest as it is."""
    terms = ScenarioTerms(
        silent=tuple(told.pop("silent")), earlier=tuple(told.pop("earlier")), volume=told.pop("volume"),
        releases=told.pop("releases"), away=told.pop("away"), seconds=told.pop("seconds"), rule=told.pop("rule"),
        coming=tuple(Coming(**row) for row in told.pop("coming")),
    )  # fmt: skip
    return told | {"scenario": terms}


def scenario_document(row: Scenario) -> dict[str, Any]:
    return {
        "reference": str(row), "name": row.name, "entity": row.entity.code if row.entity else None,
        "business_date": row.business_date, "kept_by": row.kept_by.username, "kept_at": row.kept_at,
        "terms": row.terms, "found": row.found,
    }  # fmt: skip


class TryDay(APIView):
    permission = "settlements.try_scenario"
    Input = ScenarioInput

    def post(self, request: Request) -> Response:
        """How the day would end, as it is and as is supposed: fails, breaches, what fails cost. Nothing is written."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        asked = asked_in(dict(given.validated_data))
        return Response(
            found_of(services.foresee(actor=user_of(request), at=timezone.now(), **asked))
        )


class Scenarios(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "settlements.try_scenario", "POST": "settlements.keep_scenario",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = ScenarioFilter
    paged = True
    Input = KeptInput

    def get(self, request: Request) -> Response:
        """Scenarios that were kept, the latest first, each with both endings as they were foreseen then."""
        rows = chosen_of(self, request, selectors.scenarios(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [scenario_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Try a scenario and keep it under a name, to be compared with others."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        asked = asked_in(dict(given.validated_data))
        row = services.keep_scenario(actor=user_of(request), at=timezone.now(), **asked)
        return Response(
            scenario_document(row), 201, headers={"Location": f"/api/v1/scenarios/{row}/"}
        )


class ShowScenario(APIView):
    permission = "settlements.try_scenario"

    def get(self, request: Request, reference: str) -> Response:
        """One kept scenario."""
        return Response(
            scenario_document(selectors.scenario(reference, visible_to=user_of(request)))
        )
