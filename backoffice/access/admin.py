"""Administration of people and keys; and the base of all pages there that only show."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice.access.factors import remove_factor
from backoffice.access.models import ApiKey, PersonalRead, User
from backoffice.access.permissions import held_up
from backoffice.access.problems import translated
from backoffice.access.services import create_key, revoke_keys
from backoffice.kernel.errors import Refusal

KEY_FIELDS = ("user", "label", "scopes", "networks", "expires_at")


class Facts(admin.ModelAdmin):
    """What is a fact is shown, never changed; `permission` says to whom.

    What is none may be added and changed by those who hold `adds` and `changes`; nothing is deleted.
    """

    permission = ""
    adds = ""
    changes = ""
    show_full_result_count = False
    list_per_page = 50

    def seen(self, rows: QuerySet[Any], user: User, /) -> QuerySet[Any]:
        """Those of the rows that a person may see; subclasses of scoped things narrow them."""
        return rows

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return self.seen(rows, request.user) if isinstance(request.user, User) else rows.none()

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        # Django would go home with a message; out of scope and not there are 404 everywhere else.
        raise Http404

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.permission) and request.user.has_perm(self.permission)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.adds) and request.user.has_perm(self.adds)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.changes) and request.user.has_perm(self.changes)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class People(UserAdmin):
    """People are switched off, never deleted: what they did refers to them."""

    list_display = ("username", "first_name", "last_name", "email", "is_active", "last_login")
    actions = ("remove_second_factor",)
    # Roles are proposed and approved by two people on the page Roles; nobody is a superuser by a tick.
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "roles", "last_login", "date_joined")}),
    )
    readonly_fields = ("roles", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "groups")
    filter_horizontal = ()

    @admin.display(description=_("Roles"))
    def roles(self, user: User) -> str:
        held = ", ".join(user.groups.order_by("name").values_list("name", flat=True)) or "–"
        return format_html('{} · <a href="{}">{}</a>', held, reverse("rolegrants"), _("Change"))

    def has_remove_factor_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("access.remove_factor")

    @admin.action(
        description=_("Remove the second factor (a lost phone)"), permissions=["remove_factor"]
    )
    def remove_second_factor(
        self, request: HttpRequest, rows: QuerySet[User]
    ) -> HttpResponse | None:
        """Asks for the administrator's own code; the persons enrol anew."""
        asking = held_up(request, "access.remove_factor")
        if asking is not None:
            return asking
        assert isinstance(request.user, User)
        at, count = timezone.now(), 0
        for user in rows:
            count += remove_factor(user, actor=request.user, reason="administration", at=at)
        text = gettext("Second factors removed: %(count)s.") % {"count": count}
        messages.success(request, text)
        return None

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


# Secrets are on nobody's page: what is enrolled is seen by its person, and removed under People.
admin.site.unregister([TOTPDevice, StaticDevice])


class KeyForm(forms.ModelForm):
    """What the service would refuse stands beside the fields, before anything is made."""

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if self.errors:
            return told
        try:
            with transaction.atomic():
                create_key(**{name: told[name] for name in KEY_FIELDS if name in told})
                transaction.set_rollback(True)
        except Refusal as refusal:
            raise ValidationError(translated(refusal.detail, refusal.facts)) from None
        return told


@admin.register(PersonalRead)
class Reads(Facts):
    permission = "access.view_personalread"
    list_display = (
        "recorded_at",
        "user",
        "key",
        "subject_type",
        "subject_ids",
        "address",
        "sender",
    )
    list_select_related = ("user", "key")
    list_filter = ("subject_type",)
    search_fields = ("user__username",)


admin.site.unregister(Group)


@admin.register(Group)
class Roles(Facts):
    """Written from the table of roles by `sync_roles`, so only shown here."""

    permission = "access.view_user"
    list_display = ("name",)
    fields = ("name", "permissions")


@admin.register(ApiKey)
class Keys(Facts):
    """Keys: made here for a person and shown once, revoked here; the secret is never stored."""

    permission = "access.view_apikey"
    adds = "access.change_apikey"
    list_display = (
        "label", "user", "scopes", "networks", "with_code", "created_at", "expires_at", "revoked_at",
        "last_used_at", "last_used_from",
    )  # fmt: skip
    search_fields = ("label", "user__username")
    list_select_related = ("user",)
    form = KeyForm
    fields = KEY_FIELDS
    actions = ("revoke",)
    exclude = ("hash",)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """A key made for somebody else takes no step that moves money."""
        assert isinstance(request.user, User)
        row, secret = create_key(
            user=obj.user, label=obj.label, scopes=obj.scopes, networks=obj.networks,
            expires_at=obj.expires_at, made_by=request.user,
        )  # fmt: skip
        obj.pk = row.pk
        text = gettext("The key, shown this once: %(secret)s") % {"secret": secret}
        messages.warning(request, text)

    @admin.action(description=_("Revoke the chosen keys"), permissions=["add"])
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiKey]) -> None:
        assert isinstance(request.user, User)
        ids = list(rows.values_list("pk", flat=True))
        count = revoke_keys(ids=ids, actor=request.user, at=timezone.now())
        messages.success(request, gettext("%(count)s keys revoked.") % {"count": count})
