"""The operations on FIX logs and the rules that map their fills."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.access.problems import problem_of
from backoffice.connectors import fix_mapping
from backoffice.connectors.fix_import import FixImport, counts_of, import_fix
from backoffice.connectors.models import FixMapping
from backoffice.connectors.state import CounterpartyBy, InstrumentBy
from backoffice.workflow.api import StepOnSubject, WithReason, user_of
from deals.repairing.services import Repaired

NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"


def import_document(found: FixImport) -> dict[str, Any]:
    return {
        "reference": f"F-{found.file.pk}",
        "format": found.file.format,
        **counts_of(found.dump),
        "added": found.added,
        "known": found.known,
        "captured": found.captured,
        "repair": found.waiting,
        "problems": [
            {"message": p.message, "tag": p.tag, "code": p.code, "detail": p.detail}
            for p in found.dump.problems
        ],
    }


class ImportFile(OncePerKey):
    permission = "connectors.import_fix"
    parser_classes = [MultiPartParser]  # noqa: RUF012

    class Input(serializers.Serializer[Any]):
        file = serializers.FileField(allow_empty_file=True)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Take in a FIX log: what it held, what was added, and what cannot be read."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        file = given.validated_data["file"]
        found = import_fix(file.read(), name=file.name, actor=user_of(request), at=timezone.now())
        return Response(import_document(found))


def mapping_document(row: FixMapping) -> dict[str, Any]:
    return {
        "reference": str(row),
        "status": row.state,
        "sender": row.sender,
        "target": row.target,
        "instrument_by": row.instrument_by,
        "currency": row.currency,
        "market": row.market,
        "settle_days": row.settle_days,
        "book": row.book.code,
        "counterparty_by": row.counterparty_by,
        "counterparty": row.party.code if row.party else "",
        "reason": row.reason,
        "proposed_by": row.proposed_by.username,
        "proposed_at": row.proposed_at,
    }


class MappingInput(serializers.Serializer[Any]):
    """A rule as it is proposed; on the page the same."""

    sender = serializers.RegexField(NO_CONTROLS, max_length=64, default="", allow_blank=True)
    target = serializers.RegexField(NO_CONTROLS, max_length=64, default="", allow_blank=True)
    instrument_by = serializers.ChoiceField(InstrumentBy.choices, default=InstrumentBy.SYMBOL)
    currency = serializers.RegexField(r"^([A-Z]{3})?$", default="", allow_blank=True)
    market = serializers.RegexField(r"^([A-Z0-9]{4})?$", default="", allow_blank=True)
    settle_days = serializers.IntegerField(min_value=0, max_value=10, default=None, allow_null=True)
    book = serializers.RegexField(NO_CONTROLS, max_length=64)
    counterparty_by = serializers.ChoiceField(CounterpartyBy.choices, default=CounterpartyBy.PARTY)
    counterparty = serializers.RegexField(NO_CONTROLS, max_length=64, default="", allow_blank=True)
    reason = serializers.RegexField(NO_CONTROLS, max_length=500, default="", allow_blank=True)


class Mappings(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "connectors.view_fixmapping", "POST": "connectors.propose_fixmapping",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    paged = True
    Input = MappingInput

    def get(self, request: Request) -> Response:
        """The mapping rules, newest first."""
        rows = fix_mapping.mappings_seen(visible_to=user_of(request))
        return paged(rows, request, self, lambda page: [mapping_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose a rule; another person approves it."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        terms = fix_mapping.MappingTerms(**given.validated_data)
        row = fix_mapping.propose_mapping(terms=terms, actor=user_of(request), at=timezone.now())
        return Response(mapping_document(row), 201, headers={"ETag": row.etag})


class StepOnMapping(StepOnSubject):
    """A step of one mapping rule."""

    model = FixMapping
    find = staticmethod(fix_mapping.mapping)
    shown = staticmethod(mapping_document)


class ApproveMapping(StepOnMapping):
    """Put a rule in force as the second pair of eyes."""

    permission = "connectors.approve_fixmapping"
    service = staticmethod(fix_mapping.approve_mappings)


class DeclineMapping(StepOnMapping):
    """Decline a rule that is wrong."""

    permission = "connectors.decline_fixmapping"
    Input = WithReason
    service = staticmethod(fix_mapping.decline_mappings)


class WithdrawMapping(StepOnMapping):
    """Take a rule out of force; what was booked by it stays."""

    permission = "connectors.withdraw_fixmapping"
    Input = WithReason
    service = staticmethod(fix_mapping.withdraw_mappings)


def replay_document(repaired: Repaired) -> dict[str, Any]:
    return {
        "captured": [
            {"inbound": f"I-{id}", "deal": f"D-{deal}"} for id, deal in repaired.done.items()
        ],
        "waiting": [
            {"inbound": f"I-{id}", "problem": problem_of(refusal, "")}
            for id, refusal in repaired.left.items()
        ],
    }


class ReplayMapping(OncePerKey):
    permission = "deals.repair_inbound"

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Book what waits and is ruled by this rule; what still cannot be booked says why."""
        user = user_of(request)
        row = fix_mapping.mapping(kwargs["reference"], visible_to=user)
        repaired = fix_mapping.replay_mapping(mapping_id=row.pk, actor=user, at=timezone.now())
        return Response(replay_document(repaired))
