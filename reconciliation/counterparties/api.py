"""The operations on what counterparties say is open between us."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import NotFound
from backoffice.workflow.api import user_of
from reconciliation.breaks.state import BreakKind
from reconciliation.counterparties import selectors
from reconciliation.counterparties.filters import PositionFilter
from reconciliation.counterparties.services import NewPositions, receive_positions
from reconciliation.counterparties.terms import read_positions, rows_in_csv
from reconciliation.models import Break, CounterpartyPosition, CounterpartyStatement
from refdata.models import Place
from refdata.scopes import entities_seen_by
from refdata.selectors import reference_data

EXAMPLE = {
    "entity": "RUS", "party": "999900DEMOBANKTWO062", "day": "2026-11-24", "document": "Open trades 24.11",
    "positions": [
        {
            "place": "NSD", "asset": "RU0009029540", "due_date": "2026-11-26", "receiver": "OURS",
            "quantity": "1000",
        },
        {
            "place": "NSD", "asset": "RUB", "due_date": "2026-11-26", "receiver": "THEIRS",
            "quantity": "312450.00",
        },
    ],
}  # fmt: skip


def position_document(row: CounterpartyPosition) -> dict[str, Any]:
    said = row.statement
    return {
        "statement": str(said), "entity": said.entity.code, "party": said.party.code, "day": said.day,
        "document": said.document, "place": row.place.code, "asset": row.asset.code,
        "due_date": row.due_date, "quantity": plain(row.quantity),
        "received_by": said.received_by.username, "received_at": said.received_at,
    }  # fmt: skip


class OpenPosition(serializers.Serializer[Any]):
    """One thing that is due between us; what is wrong with it is told with all others."""

    place = serializers.CharField(max_length=20)
    asset = serializers.CharField(max_length=40)
    due_date = serializers.CharField(max_length=10)
    receiver = serializers.CharField(max_length=6)
    quantity = serializers.CharField(max_length=40)


class OpenPositionsInput(serializers.Serializer[Any]):
    """Everything that is open at the end of a day: its positions, or the text of a CSV with the same columns."""

    entity = serializers.CharField(max_length=20)
    party = serializers.CharField(max_length=40)
    day = serializers.DateField()
    document = serializers.CharField(max_length=120)
    positions = OpenPosition(many=True, default=list)
    csv = serializers.CharField(
        default="", allow_blank=True, max_length=20_000_000, trim_whitespace=False
    )


def received(given: dict[str, Any], *, actor: User) -> tuple[CounterpartyStatement, bool]:
    """Take in a statement as it was posted or typed. Raises NotFound, InvalidPositions, StatementOfFuture."""
    entities = {entity.code: entity.pk for entity in entities_seen_by(actor)}
    if given["entity"] not in entities:
        raise NotFound(what="entity", reference=given["entity"])
    reference = reference_data()
    party = reference.parties.get(given["party"])
    if party is None:
        raise NotFound(what="party", reference=given["party"])
    rows = rows_in_csv(given["csv"]) if given["csv"] else given["positions"]
    places = dict(Place.objects.values_list("code", "pk"))
    new = NewPositions(
        entity_id=entities[given["entity"]], party_id=party.id, day=given["day"], document=given["document"],
        positions=read_positions(rows, reference, places),
    )  # fmt: skip
    return receive_positions(new=new, actor=actor, at=timezone.now())


def differences_of(row: CounterpartyStatement) -> int:
    """How much still differs from what a counterparty says."""
    live = Break.objects.filter(entity=row.entity_id, kind=BreakKind.PARTY).exclude(state="CLOSED")
    return live.filter(facts__party=row.party.code).count()


class CounterpartyPositions(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "reconciliation.view_match", "POST": "reconciliation.receive_counterpartystatement",
    }  # fmt: skip
    gives: ClassVar = {"POST": (201, 200)}
    filters = PositionFilter
    paged = True
    Input = OpenPositionsInput

    def get(self, request: Request) -> Response:
        """What counterparties said is open between us, the latest first; above zero it comes to us."""
        rows = chosen_of(self, request, selectors.positions(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [position_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Take in everything that a counterparty says is open, and compare it with our settlements with it.

        What it leaves out is nothing. Whatever differs is a break. The same of the same day again: 200.
        """
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row, is_new = received(dict(given.validated_data), actor=user_of(request))
        document = {
            "reference": str(row), "entity": row.entity.code, "party": row.party.code, "day": row.day,
            "document": row.document, "positions": row.positions.count(), "differences": differences_of(row),
        }  # fmt: skip
        return Response(document, 201 if is_new else 200)
