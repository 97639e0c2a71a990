"""Pages of templates: their texts, what they make of sample data, and the steps of two people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.inputs import Input, ProposePage
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.documents import selectors, templates
from backoffice.documents.api import TemplateInput, preview_answer
from backoffice.documents.filters import TemplateFilter
from backoffice.documents.kinds import DocumentKind, Language, TemplateKind
from backoffice.documents.models import Template
from backoffice.documents.samples import sample_shown
from backoffice.documents.state import TEMPLATE_LIFECYCLE, TemplateState
from backoffice.kernel.errors import Refusal


def link(row: Template) -> Any:
    return format_html(
        '<a class="mono" href="{}">{}</a>', reverse("template", args=[str(row)]), row
    )


TEMPLATES = Listing(
    name="templates",
    title=_("Templates of documents"),
    empty=_("No template fits."),
    rows=lambda user: selectors.templates(),
    filters=TemplateFilter,
    fields={"kind": _("Kind"), "language": _("Language"), "status": _("State")},
    opens=lambda row: reverse("template", args=[str(row)]),
    columns=(
        Column(_("Template"), "reference", write=link),
        Column(_("Kind"), "kind", write=lambda row: row.get_kind_display()),
        Column(_("Language"), "language", write=lambda row: row.get_language_display()),
        Column(_("Version"), "number", "number"),
        Column(_("State"), "state", "state"),
        Column(_("Reason"), "reason"),
        Column(_("Proposed by"), "proposed_by.username"),
        Column(_("Proposed"), "proposed_at", "moment"),
        Column(_("Approved by"), "approved_by.username"),
    ),
)  # fmt: skip


class Templates(ListView):
    permission = "documents.view_template"
    template_name = "documents/templates.html"
    listing = TEMPLATES

    def more(self) -> dict[str, Any]:
        return {"may_propose": self.user.has_perm("documents.propose_template")}


class ShowTemplate(Thing):
    permission = "documents.view_template"
    template_name = "documents/template.html"
    page_name = "template"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.template(kwargs["reference"], visible_to=self.user)
        head = self.decided(
            row, TEMPLATE_LIFECYCLE, permission="documents.{}_template",
            asks_reason=("decline", "withdraw"),
        )  # fmt: skip
        now = Template.objects.filter(
            kind=row.kind, language=row.language, state=TemplateState.APPROVED
        ).exclude(pk=row.pk)
        return {
            **head, "template": row, "sample": sample_shown(row.kind), "in_use": now.first(),
            "kinds": DocumentKind.choices if row.kind == TemplateKind.LAYOUT else (),
            "may_propose": self.user.has_perm("documents.propose_template"),
        }  # fmt: skip


class PreviewTemplate(Page):
    permission = "documents.view_template"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What it makes of sample data, as PDF."""
        row = selectors.template(kwargs["reference"], visible_to=self.user)
        try:
            return preview_answer(row, request.GET.get("kind", ""))
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("template", args=[str(row)]))


class TemplateStep(ThingStep):
    model = Template
    app, subject = "documents", "template"
    find = staticmethod(selectors.template)
    page_class = ShowTemplate
    actions = {  # noqa: RUF012
        "approve": templates.approve_templates,
        "decline": templates.decline_templates,
        "withdraw": templates.withdraw_templates,
    }


class NewTemplate(ProposePage):
    """A text, begun from the one in use; it is tried when it is proposed, or looked at before."""

    permission = "documents.propose_template"
    template_name = "documents/new_template.html"
    form_id = "new-template"
    heading = _("New text of a template")
    explanation = _(
        "It is typst source; all that varies stands in data. It is tried with sample data now, and used for documents "
        "once another person has approved it. Documents that were issued stay as they are."
    )

    def inputs(self) -> Sequence[Input]:
        return (
            Input(name="kind", title=_("Kind"), choices=TemplateKind.choices),
            Input(name="language", title=_("Language"), choices=Language.choices),
            Input(name="body", title=_("Text"), kind="json"),
            Input(name="reason", title=_("Reason")),
        )

    def start(self) -> Mapping[str, str]:
        """The text that the address names, to be changed."""
        named = self.request.GET.get("from", "")
        if not named:
            return {}
        row = selectors.template(named, visible_to=self.user)
        return {"kind": row.kind, "language": row.language, "body": row.body}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "preview" not in request.POST:
            return super().post(request, *args, **kwargs)
        typed = {each.name: request.POST.get(each.name, "") for each in self.inputs()}
        given = TemplateInput(data=typed)
        try:
            if given.is_valid():
                row = Template(**{k: v for k, v in given.validated_data.items() if k != "reason"})
                return preview_answer(row)
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return self.render_to_response(self.get_context_data(typed=typed), status=422)

    def propose(self, typed: Mapping[str, str]) -> str:
        given = TemplateInput(data=typed)
        given.is_valid(raise_exception=True)
        row = templates.propose_template(actor=self.user, at=timezone.now(), **given.validated_data)
        return reverse("template", args=[str(row)])
