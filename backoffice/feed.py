"""The feed of events over REST: everything that happened, in the order in which it was numbered."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.events.selectors import feed
from backoffice.seen import about_seen
from backoffice.workflow.api import user_of

MOST = 500
NUMBERS = 2**63 - 1


class ListEvents(APIView):
    permission = "events.read_feed"

    class Query(serializers.Serializer[Any]):
        after = serializers.IntegerField(min_value=0, max_value=NUMBERS, default=0)
        kinds = serializers.RegexField(
            r"^[a-z_.,]*$", max_length=2_000, default="", allow_blank=True
        )
        page_size = serializers.IntegerField(min_value=1, max_value=MOST, default=100)

    def get(self, request: Request) -> Response:
        """The events after a number, first to last; `next_after` is the number to go on from.

        `kinds` names those that are asked for, apart by commas.
        """
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        after, most = given.validated_data["after"], given.validated_data["page_size"]
        seen = about_seen(user_of(request), prefix="event__")
        kinds = [kind for kind in given.validated_data["kinds"].split(",") if kind]
        rows, last = feed(after=after, limit=most, seen=seen, kinds=kinds)
        return Response({"next_after": last, "results": rows})
