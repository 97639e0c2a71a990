"""One subject over REST: shown as it is, its history, and a step of it, taken once per key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.models import StatefulModel
from backoffice.workflow.transitions import Outcome


class StaleVersion(Conflict):
    code = "stale-version"
    title = gettext_noop("It has changed since you looked")
    detail = gettext_noop("%(reference)s is not what If-Match names any more.")
    hint = gettext_noop("Look at it again, then take the step with its new ETag.")
    status = 412


class WithReason(serializers.Serializer[Any]):
    """The body of a step that may say why."""

    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class WithItsReason(serializers.Serializer[Any]):
    """The body of a step that has to say why."""

    reason = serializers.CharField(max_length=500)


def require_match(request: Request, model: type[StatefulModel], id: int, reference: str) -> None:
    """With `If-Match` only what the caller saw: locks the row in the caller's transaction. Raises StaleVersion."""
    wanted = request.headers.get("If-Match", "*")
    if wanted == "*":
        return
    row = model._default_manager.select_for_update().get(pk=id)
    if row.etag not in [tag.strip() for tag in wanted.split(",")]:
        raise StaleVersion(reference=reference)


def user_of(request: Request) -> User:
    """Who asks, once the permission is checked."""
    assert isinstance(request.user, User)
    return request.user


class ShowSubject(APIView):
    """A subject as it is now, with the ETag that a step on it may name. `find` and `shown` as of StepOnSubject."""

    find: ClassVar[Callable[..., StatefulModel]]
    shown: ClassVar[Callable[..., dict[str, Any]]]

    def get(self, request: Request, reference: str) -> Response:
        row = type(self).find(reference, visible_to=user_of(request))
        return Response(type(self).shown(row), headers={"ETag": row.etag})


class ShowHistory(APIView):
    """Everything that happened to a subject, first to last. `subject` is the name that its events bear."""

    subject: ClassVar[str]
    find: ClassVar[Callable[..., StatefulModel]]

    def get(self, request: Request, reference: str) -> Response:
        row = type(self).find(reference, visible_to=user_of(request))
        events = [
            {
                "event": e.kind, "at": e.recorded_at, "by": e.actor.username if e.actor else None,
                "source": e.source, "target": e.target, "reason": e.reason, "facts": e.facts,
            }
            for e in history_of(self.subject, row.pk)
        ]  # fmt: skip
        return Response({"results": events})


class StepOnSubject(OncePerKey):
    """Subclasses name the service, and their app how a subject is found and shown.

    `find(reference, visible_to=…)` gives the subject or raises NotFound; `shown` makes its document.

    With `If-Match` the step is taken only on what the caller saw: the row is locked, then compared.
    """

    model: ClassVar[type[StatefulModel]]
    find: ClassVar[Callable[..., StatefulModel]]
    shown: ClassVar[Callable[..., dict[str, Any]]]
    service: ClassVar[Callable[..., Outcome]]
    Input: ClassVar[type[serializers.Serializer[Any]] | None] = None

    def perform(self, request: Request, **kwargs: Any) -> Response:
        user, reference = user_of(request), kwargs["reference"]
        id = self.id_of(reference, user)
        require_match(request, self.model, id, reference)
        self.step(request, [id], user, timezone.now()).raise_single()
        tag = self.model._default_manager.get(pk=id).etag
        return Response(self.document(reference, user), headers={"ETag": tag})

    def id_of(self, reference: str, user: User) -> int:
        return int(type(self).find(reference, visible_to=user).pk)

    def document(self, reference: str, user: User) -> dict[str, Any]:
        return type(self).shown(type(self).find(reference, visible_to=user))

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        return type(self).service(ids=ids, actor=user, at=at, **self._given(request))

    def _given(self, request: Request) -> dict[str, Any]:
        if self.Input is None:
            return {}
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)
