"""Pages of changes of reference data: the list, one with what it would change, one row with its history."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.personal import note_read
from backoffice.access.problems import translated
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.field_words import field_title, kind_title
from backoffice.desk.inputs import Input, Problem, filled
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Happening, Thing, ThingStep
from backoffice.events.models import Event
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Refusal
from backoffice.templatetags import desk
from refdata import proposals
from refdata.filters import ProposalFilter
from refdata.models import Proposal
from refdata.proposable import PROPOSABLE
from refdata.proposals_api import changes_of, subject_of
from refdata.state import PROPOSAL_LIFECYCLE, ProposalState
from refdata.values import NATURAL, code_of, fields_of, written_row

MOST_CHOICES = 500  # codes that a field offers to choose from; beyond it they are typed

PROPOSALS = Listing(
    name="proposals",
    title=_("Changes of reference data"),
    empty=_("No change waits. What somebody would change appears here until another person decides."),
    rows=lambda user: proposals.proposals(visible_to=user),
    filters=ProposalFilter,
    fields={"status": _("State"), "kind": _("Kind")},
    start={"status": "PROPOSED"},
    opens=lambda row: reverse("proposal", args=[row]),
    columns=(
        Column(_("Reference"), "reference", "code"),
        Column(_("Kind"), "subject_type", write=lambda row: kind_title(row.subject_type)),
        Column(_("Name"), "name"),
        Column(_("Changes"), "changes", write=lambda row: said(row)),
        Column(_("State"), "state", "state"),
        Column(_("Reason"), "reason"),
        Column(_("Proposed by"), "proposed_by.username"),
        Column(_("Proposed"), "proposed_at", "moment"),
        Column(_("Approved by"), "approved_by.username"),
    ),
)  # fmt: skip


ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def shown(value: Any) -> str:
    """A value as people read it."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, str) and ISO_DAY.fullmatch(value):
        return desk.day(date.fromisoformat(value))
    return ", ".join(map(str, value)) if isinstance(value, list) else desk.state_label(str(value))


def said(row: Proposal) -> str:
    if row.subject_id is None and row.state != ProposalState.APPROVED:
        return gettext("new row")
    return ", ".join(str(field_title(each["field"])) for each in changes_of(row))


class Proposals(ListView):
    permission = "refdata.view_refdata"
    template_name = "refdata/proposals.html"
    listing = PROPOSALS

    def more(self) -> dict[str, Any]:
        kinds = sorted((str(kind_title(name)), name) for name in PROPOSABLE)
        return {"kinds": [(name, title) for title, name in kinds]}


class ShowProposal(Thing):
    permission = "refdata.view_refdata"
    template_name = "refdata/proposal.html"
    page_name = "proposal"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = proposals.proposal(kwargs["reference"], visible_to=self.user)
        head = self.decided(
            row, PROPOSAL_LIFECYCLE, permission="refdata.{}_proposal",
            asks_reason=("decline", "withdraw"),
        )  # fmt: skip
        subject = subject_of(row) if row.subject_id is not None else ""
        return {
            **head, "proposal": row, "kind": kind_title(row.subject_type),
            "changes": [
                (field_title(each["field"]), shown(each["before"]), shown(each["after"]))
                for each in changes_of(row)
            ],
            "row_url": reverse("reference-row", args=[subject]) if subject else "",
        }  # fmt: skip


class ProposalStep(ThingStep):
    """Approving writes the change; it takes other eyes than the proposer's."""

    model = Proposal
    app, subject = "refdata", "proposal"
    find = staticmethod(proposals.proposal)
    page_class = ShowProposal
    actions = {  # noqa: RUF012
        "approve": proposals.approve_proposals,
        "decline": proposals.decline_proposals,
        "withdraw": proposals.withdraw_proposals,
    }


def text_of(value: Any) -> str:
    """A value as it stands in an input."""
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def value_of(field: models.Field[Any, Any], text: str) -> Any:
    """What was typed, as a change holds it."""
    text = text.strip()
    if isinstance(field, ArrayField):
        return [each.strip() for each in text.split(",") if each.strip()]
    if isinstance(field, models.BooleanField):
        return text == "true"
    if not text and not isinstance(field, models.CharField):
        return None
    return None if not text and field.null else text


class ReferenceForm(Page):
    """A row with an input for each of its fields; what is sent is proposed, wrong values stay."""

    permission = "refdata.file_proposal"

    def subject(self) -> tuple[str, models.Model | None]:
        raise NotImplementedError

    def form(self, values: Mapping[str, Any], problems: Mapping[str, Any]) -> dict[str, Any]:
        """Its inputs, and the codes that they offer."""
        kind, row = self.subject()
        fields = {
            name: field
            for name, field in fields_of(PROPOSABLE[kind].model).items()
            if row is None or not field.primary_key
        }
        lists = {name: codes for name, field in fields.items() if (codes := codes_of(field))}
        inputs = [
            Input(
                name=name, title=field_title(name), choices=choices_of(field),
                kind="date" if isinstance(field, models.DateField) else "text",
                offers=name if name in lists else "",
            )
            for name, field in fields.items()
        ]  # fmt: skip
        if row is not None and PROPOSABLE[kind].dated:
            title = _("From this day on (empty: as if always so)")
            inputs.append(Input(name="change_from", title=title, kind="date"))
        inputs.append(Input(name="change_reason", title=_("Reason")))
        typed = {name: text_of(value) for name, value in values.items()}
        return {"inputs": filled(inputs, typed, problems), "lists": lists}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kind, row = self.subject()
        fields = fields_of(proposals.kind_of(kind).model)
        sent = {name: request.POST[name] for name in fields if name in request.POST}
        changes = {name: value_of(fields[name], text) for name, text in sent.items()}
        if row is None:
            changes = {
                name: value for name, value in changes.items() if value not in (None, "", [])
            }
        try:
            made = proposals.propose_change(
                subject_type=kind, subject_id=None if row is None else row.pk, changes=changes,
                valid_from=parse_date(request.POST.get("change_from", "")),
                reason=request.POST.get("change_reason", "")[:500], actor=self.user,
                at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            return self.again(request, sent, refusal)
        return HttpResponseRedirect(reverse("proposal", args=[str(made)]))

    def again(
        self, request: HttpRequest, sent: Mapping[str, str], refusal: Refusal
    ) -> HttpResponse:
        found = {
            each.pointer.rpartition("/")[2]: [Problem(translated(each.detail, each.facts))]
            for each in refusal.problems
        }
        if not set(found) & set(sent):
            tell_refusal(request, refusal)
        context = self.get_context_data(**self.kwargs, values=request.POST.dict(), problems=found)
        return self.render_to_response(context, status=422)


def choices_of(field: models.Field[Any, Any]) -> list[tuple[str, Any]]:
    if isinstance(field, models.BooleanField):
        return [("true", _("yes")), ("false", _("no"))]
    empty = [("", "–")] if field.blank or field.null else []
    return [*empty, *((str(value), desk.state_label(str(value))) for value, _each in field.choices)] if (
        field.choices) else []  # fmt: skip


def codes_of(field: models.Field[Any, Any]) -> list[tuple[str, str]]:
    """The codes that a reference may name, where they are few enough to choose from."""
    if not isinstance(field, models.ForeignKey):
        return []
    model = field.related_model
    path = NATURAL[str(model._meta.model_name)]
    rows = model._default_manager.order_by(path).select_related()[: MOST_CHOICES + 1]
    found = [(code_of(row), "") for row in rows]
    return found if len(found) <= MOST_CHOICES else []


class ShowRow(ReferenceForm):
    """A row: what it says, how it came to say so, and what would change it."""

    permission = "refdata.view_refdata"
    sending = "refdata.file_proposal"
    template_name = "refdata/row.html"

    def subject(self) -> tuple[str, models.Model | None]:
        return proposals.row_of(self.kwargs["reference"], visible_to=self.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kind, row = self.subject()
        assert row is not None
        note_read([row])
        values = written_row(row)
        waiting = Proposal.objects.filter(
            subject_type=kind, subject_id=row.pk, state=ProposalState.PROPOSED
        ).first()
        may = self.user.has_perm("refdata.file_proposal") and waiting is None
        return {
            "row": row, "reference": kwargs["reference"], "kind": kind_title(kind),
            "name": proposals.title_of(row), "waiting": waiting,
            "facts": [(field_title(name), shown(value)) for name, value in values.items()],
            "happenings": [happening(e) for e in reversed(history_of(kind, row.pk))],
            "open": "values" in kwargs,
            **(self.form(values | kwargs.get("values", {}), kwargs.get("problems", {})) if may else {}),
        }  # fmt: skip


class NewRow(ReferenceForm):
    template_name = "desk/propose.html"

    def subject(self) -> tuple[str, models.Model | None]:
        kind = str(self.kwargs["kind"])
        proposals.kind_of(kind)
        return kind, None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kind, _row = self.subject()
        return {
            "heading": gettext("New: %(kind)s") % {"kind": kind_title(kind)},
            "explanation": gettext("Nothing is added before another person approves it."),
            "form_id": "propose-row",
            **self.form(kwargs.get("values", {}), kwargs.get("problems", {})),
        }


def happening(event: Event) -> Happening:
    """A change of a row as its history shows it."""
    changes = [
        (str(field_title(name)), shown(before), shown(after))
        for name, (before, after) in event.facts.get("changes", {}).items()
    ]
    who = event.actor.username if event.actor else gettext("by rule")
    title = gettext("Changed")
    return Happening(event, title, who, str(event.facts.get("proposal", "")), changes, "")
