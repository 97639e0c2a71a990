"""The operations on changes of reference data: proposed by one, decided by another, with their history."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.access.personal import note_read
from backoffice.events.selectors import history_of
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithReason, user_of
from refdata import proposals
from refdata.api import NO_CONTROLS
from refdata.filters import ProposalFilter
from refdata.models import Proposal
from refdata.values import written_row


def subject_of(row: Proposal) -> str:
    return row.subject_type if row.subject_id is None else f"{row.subject_type}-{row.subject_id}"


def changes_of(row: Proposal) -> list[dict[str, Any]]:
    return [
        {"field": name, "before": row.before.get(name), "after": value}
        for name, value in row.changes.items()
    ]


def proposal_document(row: Proposal) -> dict[str, Any]:
    return {
        "reference": str(row),
        "status": row.state,
        "subject": subject_of(row),
        "name": row.name,
        "changes": changes_of(row),
        "valid_from": row.valid_from,
        "reason": row.reason,
        "proposed_by": row.proposed_by.username,
        "proposed_at": row.proposed_at,
        "approved_by": row.approved_by.username if row.approved_by else None,
    }


class ProposalInput(serializers.Serializer[Any]):
    """What would change: of a row (`place-12`), or as a new one of its kind (`place`)."""

    subject = serializers.RegexField(r"^[a-z]{1,30}(-[0-9]{1,18})?$")
    changes = serializers.DictField(child=serializers.JSONField(allow_null=True))
    valid_from = serializers.DateField(default=None, allow_null=True)
    reason = serializers.RegexField(NO_CONTROLS, max_length=500, default="", allow_blank=True)


class Proposals(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "refdata.view_refdata", "POST": "refdata.file_proposal",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = ProposalFilter
    paged = True
    Input = ProposalInput

    def get(self, request: Request) -> Response:
        """The proposed changes of reference data, newest first."""
        rows = proposals.proposals(visible_to=user_of(request))
        chosen = chosen_of(self, request, rows)
        return paged(chosen, request, self, lambda page: [proposal_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose a change; another person approves it, and it is written then."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        values, user = dict(given.validated_data), user_of(request)
        subject = values.pop("subject")
        subject_type, _, number = subject.partition("-")
        if number:
            proposals.row_of(subject, visible_to=user)
        row = proposals.propose_change(
            subject_type=subject_type, subject_id=int(number) if number else None, actor=user,
            at=timezone.now(), **values,
        )  # fmt: skip
        location = f"/api/v1/reference-proposals/{row}/"
        headers = {"Location": location, "ETag": row.etag}
        return Response(proposal_document(row), 201, headers=headers)


class ShowProposal(ShowSubject):
    """One proposed change: what it was, what it would be, and who decided."""

    permission = "refdata.view_refdata"
    find = staticmethod(proposals.proposal)
    shown = staticmethod(proposal_document)


class StepOnProposal(StepOnSubject):
    """A step of one proposed change."""

    model = Proposal
    find = staticmethod(proposals.proposal)
    shown = staticmethod(proposal_document)


class ApproveProposal(StepOnProposal):
    """Approve a change as the second pair of eyes: it is written now."""

    permission = "refdata.approve_proposal"
    service = staticmethod(proposals.approve_proposals)


class DeclineProposal(StepOnProposal):
    """Decline a change that another person proposed."""

    permission = "refdata.decline_proposal"
    Input = WithReason
    service = staticmethod(proposals.decline_proposals)


class WithdrawProposal(StepOnProposal):
    """Take back a change that nobody has decided about."""

    permission = "refdata.withdraw_proposal"
    Input = WithReason
    service = staticmethod(proposals.withdraw_proposals)


class ShowReferenceRow(APIView):
    permission = "refdata.view_refdata"

    def get(self, request: Request, reference: str) -> Response:
        """A row of reference data such as `place-12`: its values, and the history of its changes."""
        kind, row = proposals.row_of(reference, visible_to=user_of(request))
        note_read([row])
        history = [
            {
                "recorded_at": event.recorded_at, "reason": event.reason,
                "approved_by": event.actor.username if event.actor else None, **event.facts,
            }
            for event in history_of(kind, row.pk)
            if event.kind == "refdata.change"
        ]  # fmt: skip
        return Response({"reference": reference, "values": written_row(row), "history": history})
