"""The default is closed: a view that names no permission lets nobody in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import AccessMixin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from backoffice.access.authentication import KeyHolder

if TYPE_CHECKING:  # the framework reads this module while it loads its own views
    from rest_framework.views import APIView

PUBLIC = "public"  # said by a view that anyone may open: login, health
SIGNED_IN = "signed-in"  # said by a page that every person has: their own work


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
        return bool(declared) and may(request, declared)


class PermissionRequired(AccessMixin):
    """The same for HTML views: `permission = "app.verb_noun"`, closed without it."""

    permission = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not user.is_authenticated:
            return self.handle_no_permission()
        if self.permission != SIGNED_IN and not (
            self.permission and user.has_perm(self.permission)
        ):
            self.raise_exception = True
            return self.handle_no_permission()
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response
