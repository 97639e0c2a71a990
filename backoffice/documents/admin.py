"""Templates in the administration: every version as it is, and another text proposed as on the desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.admin import Facts
from backoffice.access.models import User
from backoffice.access.problems import translated
from backoffice.documents import templates
from backoffice.documents.models import Template
from backoffice.kernel.errors import Refusal

FIELDS = ("kind", "language", "body", "reason")


class TemplateForm(forms.ModelForm):
    """A text that does not set the sample data is refused beside it, with the line and the reason."""

    class Meta:
        model = Template
        fields = FIELDS

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if self.errors:
            return told
        try:
            templates.tried(told["kind"], told["language"], told["body"])
        except Refusal as refusal:
            raise ValidationError({"body": translated(refusal.detail, refusal.facts)}) from None
        return told


@admin.register(Template)
class Templates(Facts):
    """Versions are shown, never changed: another text is another version, used once others approved it."""

    permission = "documents.view_template"
    adds = "documents.propose_template"
    form = TemplateForm
    list_display = (
        "__str__", "kind", "language", "number", "state", "proposed_by", "approved_by", "steps",
    )  # fmt: skip
    list_select_related = ("proposed_by", "approved_by")
    list_filter = ("kind", "language", "state")
    ordering = ("-id",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        shown = ("number", "state", "proposed_by", "proposed_at", "approved_by", "steps")
        return FIELDS if obj is None else (*FIELDS, *shown)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return () if obj is None else self.get_fields(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begun from the version that the address names."""
        named = request.GET.get("from", "")
        known = named.isascii() and named.isdigit() and len(named) < 19
        row = Template.objects.filter(pk=named).first() if known else None
        return {} if row is None else {name: getattr(row, name) for name in FIELDS[:3]}

    @admin.display(description=_("On the desk"))
    def steps(self, row: Template) -> str:
        return format_html(
            '<a href="{}">{}</a> · <a href="{}" target="_blank" rel="noopener">{}</a>'
            ' · <a href="{}?from={}">{}</a>',
            reverse("template", args=[str(row)]), gettext("Open"),
            reverse("template-preview", args=[str(row)]), gettext("Preview"),
            reverse("admin:documents_template_add"), row.pk, gettext("Propose another text"),
        )  # fmt: skip

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        told = {name: form.cleaned_data[name] for name in FIELDS}
        row = templates.propose_template(actor=request.user, at=timezone.now(), **told)
        obj.pk = row.pk
        text = gettext("Proposed as %(template)s. It is used once another person approves it.")
        messages.success(request, text % {"template": row})

    def log_addition(self, *args: Any) -> None:  # type: ignore[override]
        """The template's own event says it."""

    def response_add(self, request: HttpRequest, obj: Model, *args: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("template", args=[str(obj)]))
