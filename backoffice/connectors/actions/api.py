"""The operations on what places say of corporate actions: reading only; taking them in does the rest."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.connectors.actions import selectors
from backoffice.connectors.actions.filters import EventMessageFilter
from backoffice.connectors.actions.models import EventMessage
from backoffice.workflow.api import user_of
from settlements.transforming.selectors import record_event

VIEW = "settlements.view_settlement"


def message_document(row: EventMessage) -> dict[str, Any]:
    """`changes`: what it says otherwise than stood before; `did`: what followed from it."""
    return {
        "kind": row.kind, "place": row.place.code if row.place else None, "message": row.message,
        "called": row.called, "official": row.official or None, "notice": row.notice or None,
        "event": str(row.event) if row.event else None, "entity": row.entity.code if row.entity else None,
        "account": row.account or None, "did": row.did, "changes": row.changes, "text": row.text,
        "file": row.file, "told_at": row.told_at, "recorded_at": row.recorded_at,
    }  # fmt: skip


class ListMessages(APIView):
    permission = VIEW
    filters = EventMessageFilter
    paged = True

    def get(self, request: Request) -> Response:
        """What places said of corporate actions, newest first; `?without_event=true`: of what is not known here."""
        rows = selectors.event_messages(visible_to=user_of(request))
        chosen = chosen_of(self, request, rows)
        return paged(chosen, request, self, lambda page: [message_document(row) for row in page])


class ListMessagesOfEvent(APIView):
    permission = VIEW
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """What places said of one event, and of what it replaced."""
        user = user_of(request)
        event = record_event(reference, visible_to=user)
        rows = selectors.messages_of(event, visible_to=user)
        return paged(rows, request, self, lambda page: [message_document(row) for row in page])
