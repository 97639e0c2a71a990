"""The operations on standing instructions: proposed, confirmed on a call, approved, revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.access.personal import note_read
from backoffice.kernel.references import number_in
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithReason, user_of
from refdata import services
from refdata.instructions import instruction, instructions, whom_to_call
from refdata.models import Entity, Party, Place, StandingInstruction
from refdata.models.assets import InstrumentKind
from refdata.state import Said

NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"


def ssi_document(row: StandingInstruction) -> dict[str, Any]:
    return {
        "reference": str(row),
        "status": row.status,
        "party": row.party.code,
        "entity": row.entity.code if row.entity else None,
        "place": row.place.code,
        "currency": row.currency,
        "instrument_kind": row.instrument_kind,
        "market": row.market,
        "depository_account": row.depository_account,
        "cash_account": row.cash_account,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "revoked_date": row.revoked_date,
        "proposed_by": row.proposed_by.username,
        "proposed_at": row.proposed_at,
        "approved_by": row.approved_by.username if row.approved_by else None,
    }


def whole_document(row: StandingInstruction) -> dict[str, Any]:
    """With the calls that were made about it, and whom to call while it is proposed."""
    calls = row.call_backs.select_related("contact", "called_by").order_by("called_at", "id")
    contacts = whom_to_call(row) if row.status == "PROPOSED" else ()
    note_read([*calls, *contacts, row.party])
    return {
        **ssi_document(row),
        "call_backs": [
            {
                "contact": call.contact.name, "phone": call.phone, "said": call.said,
                "note": call.note, "called_by": call.called_by.username,
                "called_at": call.called_at,
            }
            for call in calls
        ],
        "contacts": [
            {
                "reference": f"PC-{each.pk}", "name": each.name, "position": each.position,
                "phone": each.phone, "known_since": each.known_since,
            }
            for each in contacts
        ],
    }  # fmt: skip


class SsiInput(serializers.Serializer[Any]):
    """An instruction as it is proposed; a key left empty fits everything."""

    party = serializers.SlugRelatedField(slug_field="code", queryset=Party.objects.all())
    entity = serializers.SlugRelatedField(
        slug_field="code", queryset=Entity.objects.all(), default=None, allow_null=True
    )
    place = serializers.SlugRelatedField(slug_field="code", queryset=Place.objects.all())
    currency = serializers.RegexField(r"^([A-Z]{3})?$", default="", allow_blank=True)
    instrument_kind = serializers.ChoiceField(
        [*InstrumentKind.choices, ("CURRENCY", "Currency")], default="", allow_blank=True
    )
    market = serializers.RegexField(r"^([A-Z0-9]{4})?$", default="", allow_blank=True)
    depository_account = serializers.RegexField(NO_CONTROLS, max_length=40)
    cash_account = serializers.RegexField(NO_CONTROLS, max_length=40)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(default=None, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["valid_until"] is not None and attrs["valid_until"] <= attrs["valid_from"]:
            raise serializers.ValidationError({"valid_until": "It ends after it begins."})
        return attrs


class Instructions(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "refdata.view_refdata", "POST": "refdata.propose_ssi",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    paged = True
    Input = SsiInput

    def get(self, request: Request) -> Response:
        """The standing instructions the caller may see, newest first."""
        rows = instructions(visible_to=user_of(request))
        return paged(rows, request, self, lambda page: [ssi_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose an instruction; the counterparty confirms it on a call, another approves it."""
        user = user_of(request)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row = StandingInstruction(**given.validated_data)
        (id,) = services.propose_ssi([row], actor=user, at=timezone.now())
        row = instruction(f"SSI-{id}", visible_to=user)
        location = f"/api/v1/standing-instructions/{row}/"
        return Response(whole_document(row), 201, headers={"Location": location, "ETag": row.etag})


class ShowInstruction(ShowSubject):
    """One standing instruction, with its calls, and whom to call about it."""

    permission = "refdata.view_refdata"
    find = staticmethod(instruction)
    shown = staticmethod(whole_document)


class StepOnInstruction(StepOnSubject):
    """A step of one standing instruction."""

    model = StandingInstruction
    find = staticmethod(instruction)
    shown = staticmethod(whole_document)


class ApproveInstruction(StepOnInstruction):
    """Let an instruction be used, as the second pair of eyes; a counterparty's after its call-back."""

    permission = "refdata.approve_ssi"
    service = staticmethod(services.approve_ssi)


class RevokeInstruction(StepOnInstruction):
    """Stop an instruction from being used, at once."""

    permission = "refdata.revoke_ssi"
    Input = WithReason
    service = staticmethod(services.revoke_ssi)


class CallBackInput(serializers.Serializer[Any]):
    """Whom you called about it, when, and what they said."""

    contact = serializers.RegexField(r"^PC-[0-9]{1,18}$")
    said = serializers.ChoiceField(Said.choices)
    called_at = serializers.DateTimeField()
    note = serializers.RegexField(NO_CONTROLS, max_length=500, default="", allow_blank=True)


def recorded(
    reference: str, given: dict[str, Any], *, user: User, at: datetime
) -> StandingInstruction:
    """The instruction with one more call; from the API and from its page alike."""
    row = instruction(reference, visible_to=user)
    contact_id = number_in(given["contact"], "PC", "contact")
    more = {name: given[name] for name in ("said", "called_at", "note")}
    services.record_call_back(ssi_id=row.pk, contact_id=contact_id, actor=user, at=at, **more)
    return row


class RecordCallBack(OncePerKey):
    permission = "refdata.call_back_ssi"
    gives: ClassVar = {"POST": 201}
    Input = CallBackInput

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Record a call you made to a contact known before, and what was said."""
        user = user_of(request)
        instruction(kwargs["reference"], visible_to=user)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row = recorded(kwargs["reference"], given.validated_data, user=user, at=timezone.now())
        return Response(whole_document(row), 201, headers={"ETag": row.etag})
