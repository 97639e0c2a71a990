"""The default is closed: a view that names no permission lets nobody in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import AccessMixin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from backoffice.access import step_up
from backoffice.access.authentication import KeyHolder
from backoffice.access.factors import check_code, proof_of, remember_code
from backoffice.access.models import User
from backoffice.access.problems import status_of, translated
from backoffice.kernel.errors import Forbidden

if TYPE_CHECKING:  # the framework reads this module while it loads its own views
    from rest_framework.views import APIView

PUBLIC = "public"  # said by a view that anyone may open: login, health
SIGNED_IN = "signed-in"  # said by a page that every person has: their own work
CODE_FIELD = "one_time_code"
HARMLESS = ("GET", "HEAD", "OPTIONS")


def may(request: Request, permission: str) -> bool:
    """Whether the caller holds a permission: by key within its scopes, else as a user."""
    if permission == PUBLIC:
        return True
    if isinstance(request.auth, KeyHolder):
        return request.auth.may(permission)
    return bool(request.user and request.user.is_active and request.user.has_perm(permission))


class DeclaredPermission(BasePermission):
    """Reads `permission` from the view, for all methods or by method; without it, no access."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        declared: str | dict[str, str] = getattr(view, "permission", "")
        if isinstance(declared, dict):
            declared = declared.get(request.method or "", "")
        return bool(declared) and admitted(request, declared)


def admitted(request: Request, permission: str) -> bool:
    """Whether the caller may take this step now: the permission, and a proof where money moves.

    Raises StepUpRequired, SecondFactorMissing.
    """
    if not may(request, permission):
        return False
    if request.method not in HARMLESS:
        step_up.check(permission, lambda: _proof(request))
    return True


def _proof(request: Request) -> step_up.Proof:
    if isinstance(request.auth, KeyHolder):
        return request.auth.proof
    assert isinstance(request.user, User)
    return proof_of(request.user, request._request.session, timezone.now())


def held_up(request: HttpRequest, permission: str) -> HttpResponse | None:
    """The page that asks for a code and then goes on with what was sent; None where none is due.

    For everything that is sent from a page, administration included.
    """
    user = request.user
    assert isinstance(user, User)
    at = timezone.now()
    try:
        step_up.check(permission, lambda: proof_of(user, request.session, at))
        return None
    except step_up.StepUpRequired as refusal:
        told: Forbidden = refusal
    except step_up.SecondFactorMissing as refusal:
        return _asking(request, refusal, asks=False)
    if CODE_FIELD not in request.POST:
        return _asking(request, told)
    try:
        check_code(user, request.POST[CODE_FIELD][:40], at=at)
    except Forbidden as wrong:
        return _asking(request, wrong, tried=True)
    remember_code(request.session, at)
    return None


def _asking(
    request: HttpRequest, refusal: Forbidden, *, asks: bool = True, tried: bool = False
) -> HttpResponse:
    """What was typed stands in the page as it came, and is sent again together with the code."""
    left_out = (CODE_FIELD, "csrfmiddlewaretoken")
    sent = [(n, v) for n, values in request.POST.lists() for v in values if n not in left_out]
    context = {
        "title": translated(refusal.title, refusal.facts), "sent": sent, "asks": asks, "tried": tried,
        "detail": translated(refusal.detail, refusal.facts), "field": CODE_FIELD,
        "hint": translated(refusal.hint, refusal.facts),
    }  # fmt: skip
    status = status_of(refusal)
    answer = render(request, "registration/step_up.html", context, status=status)
    if status == 429:
        answer["Retry-After"] = str(refusal.facts["seconds"])
    return answer


class PermissionRequired(AccessMixin):
    """The same for HTML views: `permission = "app.verb_noun"`, closed without it.

    What is sent to a page may need another permission than to look at it: `sending`.
    """

    permission = ""
    sending = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not user.is_authenticated:
            return self.handle_no_permission()
        sent = request.method not in HARMLESS
        needed = self.sending if sent and self.sending else self.permission
        if needed != SIGNED_IN and not (needed and user.has_perm(needed)):
            self.raise_exception = True
            return self.handle_no_permission()
        if sent:
            asking = held_up(request, needed)
            if asking is not None:
                return asking
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response
