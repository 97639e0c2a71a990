"""The administration of reference data: saving a form asks for a change, and changes nothing."""

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
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Refusal
from refdata.proposable import PROPOSABLE, Proposable
from refdata.proposals import propose_change
from refdata.values import fields_of, written

MAY_PROPOSE = "refdata.file_proposal"


class ReasonForm(forms.ModelForm):  # type: ignore[type-arg]
    """The form of a row, with why it should change; and from when, where rows are dated."""

    change_reason = forms.CharField(label=_("Reason of the change"), max_length=500, required=False)
    change_from = forms.DateField(
        label=_("Changes from this day on (empty: as if it had always been so)"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.kind
        if kind is None or not kind.dated or self.instance.pk is None:
            self.fields["change_from"].widget = forms.HiddenInput()

    @property
    def kind(self) -> Proposable | None:
        return PROPOSABLE.get(str(self._meta.model._meta.model_name))

    def _post_clean(self) -> None:
        """What a kind of row is checked for is said in the form, where what was typed still stands."""
        super()._post_clean()  # type: ignore[misc]
        kind = self.kind
        if kind is None or kind.check is None or self.errors:
            return
        try:
            kind.check(self.instance)
        except ValidationError as error:
            self.add_error(None, error)


class ReferenceData(Facts):
    """Seen by those who read reference data; whoever may propose asks for a change by saving."""

    permission = "refdata.view_refdata"
    adds = changes = MAY_PROPOSE
    form = ReasonForm
    change_form_template = "admin/reference_row.html"

    def get_inline_instances(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """What hangs on a row is proposed once the row is there."""
        return [] if obj is None else super().get_inline_instances(request, obj)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:  # fmt: skip
        kind = str(self.model._meta.model_name)
        number = int(object_id) if object_id and object_id.isdigit() else None
        history = [] if number is None else history_of(kind, number)
        try:
            return super().changeform_view(
                request, object_id, form_url, {**(extra_context or {}), "history": history[::-1]}
            )
        except Refusal as refusal:
            _tell(request, refusal)
            return HttpResponseRedirect(request.get_full_path())

    def history_view(self, request: HttpRequest, object_id: str, *args: Any, **more: Any) -> Any:
        meta = self.model._meta
        address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[object_id])
        return HttpResponseRedirect(f"{address}#history")

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        self.propose(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Each row that hangs on this one is a change of its own."""
        for formset in formsets:
            for each in formset.forms:
                if each.has_changed() and not formset._should_delete_form(each):
                    self.propose(request, each.instance, each, each.instance.pk is not None)

    def propose(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """File what the form would change of the row. Raises the refusals of `propose_change`."""
        assert isinstance(request.user, User)
        fields = fields_of(type(obj))
        names = [name for name in form.changed_data if name in fields]
        if not change:
            names = [name for name in form.cleaned_data if name in fields]
        changes = {name: written(obj, fields[name]) for name in names}
        if not change:
            changes = {name: value for name, value in changes.items() if value not in (None, "")}
        elif not changes:
            return
        proposal = propose_change(
            subject_type=str(obj._meta.model_name), subject_id=obj.pk if change else None,
            changes=changes, valid_from=form.cleaned_data.get("change_from"),
            reason=form.cleaned_data.get("change_reason", ""), actor=request.user,
            at=timezone.now(),
        )  # fmt: skip
        link = format_html(
            '<a href="{}">{}</a>', reverse("proposal", args=[str(proposal)]), proposal
        )
        text = gettext("Proposed as %(proposal)s. Nothing has changed: another person approves it.")
        messages.success(request, format_html(text.replace("%(proposal)s", "{}"), link))

    def construct_change_message(self, *args: Any) -> list[Any]:
        """The proposal says what would change."""
        return []

    def log_addition(self, *args: Any) -> None:  # type: ignore[override]
        """The proposal's own event says it."""

    def log_change(self, *args: Any) -> None:  # type: ignore[override]
        """The proposal's own event says it."""

    def response_add(self, request: HttpRequest, obj: Model, *args: Any) -> HttpResponse:
        meta = self.model._meta
        return HttpResponseRedirect(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))

    def response_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        return HttpResponseRedirect(request.get_full_path())


class Inline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that hang on another: seen with it, and changed as it is."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("refdata.view_refdata")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm(MAY_PROPOSE)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm(MAY_PROPOSE)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _tell(request: HttpRequest, refusal: Refusal) -> None:
    messages.error(request, translated(refusal.detail, refusal.facts))
    for problem in refusal.problems:
        name = problem.pointer.rpartition("/")[2]
        messages.error(request, f"{name}: {translated(problem.detail, problem.facts)}")
