"""The operations on channels and on the messages that go out through them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.connectors.channels import selectors, services
from backoffice.connectors.channels.bringing import bring_message
from backoffice.connectors.channels.filters import MessageFilter
from backoffice.connectors.channels.forms import issue_forms
from backoffice.connectors.channels.selectors import ChannelView
from backoffice.connectors.models import OutboundMessage
from backoffice.connectors.receiving.api import taken_document
from backoffice.connectors.receiving.services import require_size
from backoffice.documents import selectors as documents
from backoffice.documents.api import document_document
from backoffice.documents.kinds import Language
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, WithReason, user_of


def channel_document(view: ChannelView) -> dict[str, Any]:
    row, line = view.channel, view.line
    return {
        "code": row.code, "state": view.state, "valid": view.is_valid, "place": row.place.code,
        "entity": row.entity.code if row.entity else None, "way": row.way, "format": row.format,
        "versions": row.versions, "transport": row.transport, "address": row.address,
        "valid_from": row.valid_from, "valid_until": row.valid_until,
        "last_number": line.number if line else 0, "last_file": line.last_file if line else "",
        "last_file_at": line.last_file_at if line else None,
        "looked_at": line.looked_at if line else None, "error": line.error if line else "",
        "failing_since": line.failing_since if line else None, "waiting": view.waiting,
        "takes_until": view.takes_until,
        "stopped": view.stopped, "unanswered": view.unanswered, "oldest_at": view.oldest_at,
    }  # fmt: skip


class Channels(APIView):
    permission = "connectors.view_channel"

    def get(self, request: Request) -> Response:
        """The channels: their terms, state, last file, what waits and what fails."""
        rows = selectors.channels(visible_to=user_of(request), at=timezone.now())
        return Response({"results": [channel_document(each) for each in rows]})


class _StepOnChannel(OncePerKey):
    service: ClassVar[Any]
    Input: ClassVar[type[serializers.Serializer[Any]] | None] = None

    def perform(self, request: Request, **kwargs: Any) -> Response:
        user, code, at = user_of(request), kwargs["reference"], timezone.now()
        selectors.channel_view(code, visible_to=user, at=at)
        more: dict[str, Any] = {}
        if self.Input is not None:
            given = self.Input(data=request.data)
            given.is_valid(raise_exception=True)
            more = dict(given.validated_data)
        type(self).service(codes=[code], actor=user, at=at, **more).raise_single()
        view = selectors.channel_view(code, visible_to=user, at=at)
        return Response(channel_document(view), headers={"ETag": view.etag})


class FreezeChannel(_StepOnChannel):
    """Let nothing leave through a channel; what comes is still taken in."""

    permission = "connectors.freeze_channel"
    Input = WithItsReason
    service = staticmethod(services.freeze_channels)


class ThawChannel(_StepOnChannel):
    """Let a channel go on, as the second pair of eyes."""

    permission = "connectors.thaw_channel"
    service = staticmethod(services.thaw_channels)


class _AnyBytes(BaseParser):
    """A message as it is: whatever its media type says."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return bytes(stream.read())


class BringMessage(APIView):
    permission = "connectors.receive_channel"
    parser_classes = [_AnyBytes]  # noqa: RUF012
    gives: ClassVar = {"POST": 202}

    def post(self, request: Request, reference: str) -> Response:
        """Take in a message or a file of a place. The same bytes again are the same file and do nothing.

        Its name may stand in `X-Message-Name`. The answer says what became of its messages.
        """
        user, at = user_of(request), timezone.now()
        selectors.channel_view(reference, visible_to=user, at=at)
        require_size(int(request.META.get("CONTENT_LENGTH") or 0))
        name = request.headers.get("X-Message-Name", "")
        raw: Any = request.data
        file = bring_message(code=reference, raw=raw, name=name, actor=user, at=at)
        return Response(taken_document(file), 202)


def message_document(row: OutboundMessage) -> dict[str, Any]:
    return {
        "reference": str(row), "state": row.state, "about": row.about,
        "settlement": f"S-{row.settlement_id}" if row.settlement_id else None,
        "function": row.function, "number": row.number, "place": row.place.code,
        "channel": row.channel, "called": row.reference, "format": row.format,
        "sequence": row.sequence, "name": row.name, "resends": row.resends,
        "problems": row.problems, "answer": row.answer, "created_at": row.created_at,
        "written_at": row.written_at, "sent_at": row.sent_at, "answered_at": row.answered_at,
    }  # fmt: skip


class Messages(APIView):
    permission = "settlements.view_settlement"
    filters = MessageFilter
    paged = True

    def get(self, request: Request) -> Response:
        """The messages out, newest first; by `state`, `channel` and `settlement`."""
        rows = selectors.messages(visible_to=user_of(request))
        chosen = chosen_of(self, request, rows)
        return paged(chosen, request, self, lambda page: [message_document(row) for row in page])


class ShowMessage(ShowSubject):
    """A message out: what it is for, how it stands and what was missing."""

    permission = "settlements.view_settlement"
    find = staticmethod(selectors.message)
    shown = staticmethod(message_document)


class MessageContent(APIView):
    permission = "settlements.view_settlement"

    def get(self, request: Request, reference: str) -> HttpResponse:
        """A message as it was written, to the byte; while it is not, what is instructed, as JSON."""
        row = selectors.message(reference, visible_to=user_of(request))
        if row.content is None:
            return JsonResponse(row.body)
        answer = HttpResponse(bytes(row.content), content_type="application/octet-stream")
        answer["Content-Disposition"] = f'attachment; filename="{row.name}"'
        return answer


class IssueForm(OncePerKey):
    permission = "connectors.issue_form_message"
    gives: ClassVar = {"POST": 201}

    class Input(serializers.Serializer[Any]):
        language = serializers.ChoiceField(choices=Language.choices, default=Language.EN.value)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Issue the numbered form of a message, to be given to its place another way: once, then the same."""
        user = user_of(request)
        row = selectors.message(kwargs["reference"], visible_to=user)
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        language = given.validated_data["language"]
        (made,) = issue_forms(ids=[row.pk], language=language, actor=user, at=timezone.now())
        told = documents.document(str(made), visible_to=user)
        location = f"/api/v1/documents/{made}/"
        return Response(document_document(told), 201, headers={"Location": location})


class _StepOnMessage(StepOnSubject):
    model = OutboundMessage
    find = staticmethod(selectors.message)
    shown = staticmethod(message_document)


class RetryMessage(_StepOnMessage):
    """Write a stopped message again: what was missing is there."""

    permission = "connectors.retry_message"
    service = staticmethod(services.retry_messages)


class ResendMessage(_StepOnMessage):
    """Let a message leave once more, under the same reference, as a possible duplicate."""

    permission = "connectors.resend_message"
    Input = WithReason
    service = staticmethod(services.resend_messages)


class MarkOutsideMessage(_StepOnMessage):
    """Say that a message was given to its place outside of the channel; another person confirms it."""

    permission = "connectors.mark_outside_message"
    Input = WithItsReason
    service = staticmethod(services.mark_outside_messages)


class TakeBackMessage(_StepOnMessage):
    """A message was not sent outside: it leaves through its channel."""

    permission = "connectors.take_back_message"
    service = staticmethod(services.take_back_messages)


class ConfirmOutsideMessage(_StepOnMessage):
    """Confirm as the second pair of eyes that a message was sent outside."""

    permission = "connectors.confirm_outside_message"
    service = staticmethod(services.confirm_outside_messages)


class MissMessage(_StepOnMessage):
    """After a restore: the place says that it does not have a message that was in doubt."""

    permission = "connectors.miss_message"
    Input = WithItsReason
    service = staticmethod(services.miss_messages)
