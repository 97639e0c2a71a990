"""Administration of people and keys; and the base of all pages there that only show."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import ApiKey, User
from backoffice.access.services import create_key


class Facts(admin.ModelAdmin):
    """What is a fact is shown, never changed; `permission` says to whom."""

    permission = ""
    show_full_result_count = False
    list_per_page = 50

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.permission) and request.user.has_perm(self.permission)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class People(UserAdmin):
    """People are switched off, never deleted: what they did refers to them."""

    list_display = ("username", "first_name", "last_name", "email", "is_active", "last_login")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(ApiKey)
class Keys(Facts):
    """Keys: made here for a person and shown once, revoked here; the secret is never stored."""

    permission = "access.view_apikey"
    list_display = ("label", "user", "scopes", "created_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    fields = ("user", "label", "scopes", "networks", "expires_at")
    actions = ("revoke",)
    exclude = ("hash",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("access.change_apikey")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        row, secret = create_key(
            user=obj.user, label=obj.label, scopes=obj.scopes, networks=obj.networks,
            expires_at=obj.expires_at,
        )  # fmt: skip
        obj.pk = row.pk
        text = gettext("The key, shown this once: %(secret)s") % {"secret": secret}
        messages.warning(request, text)

    @admin.action(description=_("Revoke the chosen keys"), permissions=["add"])
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiKey]) -> None:
        count = rows.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())
        messages.success(request, gettext("%(count)s keys revoked.") % {"count": count})
