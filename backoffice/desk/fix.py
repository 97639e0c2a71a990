"""Pages of FIX logs: bringing one, and the rules by which its fills become deals."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from backoffice.access.models import User
from backoffice.access.permissions import PermissionRequired
from backoffice.connectors import fix_mapping
from backoffice.connectors.fix_api import MappingInput
from backoffice.connectors.fix_import import import_fix
from backoffice.connectors.models import FixMapping, InboundFile
from backoffice.connectors.state import (
    MAPPING_LIFECYCLE,
    CounterpartyBy,
    InstrumentBy,
    MappingState,
)
from backoffice.desk.base import Page, StepView, step_buttons, tell_refusal
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import NotFound, Refusal
from deals.selectors import inbound
from deals.state import InboundState
from refdata.scopes import books_seen_by, visible
from refdata.selectors import reference_data

# name, title, choices; in the order in which a rule is read
FIELDS: tuple[tuple[str, Any, Any], ...] = (
    ("sender", _("Sender (empty: any)"), ()),
    ("target", _("Target (empty: any)"), ()),
    ("instrument_by", _("Instrument by"), InstrumentBy.choices),
    ("currency", _("Currency if not named"), ()),
    ("market", _("Market (MIC)"), ()),
    ("settle_days", _("Settlement days (empty: cycle)"), ()),
    ("book", _("Book"), ()),
    ("counterparty_by", _("Counterparty is"), CounterpartyBy.choices),
    ("counterparty", _("Party"), ()),
    ("reason", _("Reason"), ()),
)
FILES_SHOWN = 20


class FixMappings(Page):
    permission = "connectors.view_fixmapping"
    template_name = "connectors/fix.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = inbound(visible_to=self.user).filter(
            state=InboundState.REPAIR, source__startswith="FIX "
        )
        files = visible(InboundFile.objects.filter(format="FIX"), self.user, entity="")
        return {
            "page": self.page_of(fix_mapping.mappings_seen(visible_to=self.user)),
            "files": files.order_by("-id")[:FILES_SHOWN],
            "waiting": waiting.count(),
            "fields": FIELDS,
            "books": books_seen_by(self.user),
            "parties": sorted({p.code: p for p in reference_data().parties.values()}.items()),
            "may_import": self.user.has_perm("connectors.import_fix"),
            "may_propose": self.user.has_perm("connectors.propose_fixmapping"),
        }


class ShowFixMapping(Page):
    permission = "connectors.view_fixmapping"
    template_name = "connectors/fix_mapping.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = mapping_or_404(kwargs["reference"], self.user)
        buttons = step_buttons(
            row, [MAPPING_LIFECYCLE], user=self.user, permission="connectors.{}_fixmapping",
            url=lambda action: reverse("fix-mapping-step", args=[str(row), action]),
            asks_reason=("decline", "withdraw"),
        )  # fmt: skip
        in_force = row.state == MappingState.APPROVED
        return {
            "mapping": row,
            "steps": buttons,
            "may_replay": in_force and self.user.has_perm("deals.repair_inbound"),
            "events": list(reversed(history_of("fixmapping", row.pk))),
        }


def mapping_or_404(reference: str, user: User) -> FixMapping:
    try:
        return fix_mapping.mapping(reference, visible_to=user)
    except NotFound as refusal:
        raise Http404(str(refusal)) from None


class ImportFixLog(PermissionRequired, View):
    """A log is brought; what it held is said, and each message that cannot be read."""

    permission = "connectors.import_fix"

    def post(self, request: HttpRequest) -> HttpResponse:
        assert isinstance(request.user, User)
        file = request.FILES.get("file")
        try:
            if file is not None:
                found = import_fix(
                    file.read(), name=file.name or "", actor=request.user, at=timezone.now()
                )
                text = gettext(
                    "%(messages)s messages: %(orders)s orders, %(fills)s fills. New: %(added)s,"
                    " known: %(known)s, booked: %(captured)s, waiting for repair: %(waiting)s."
                ) % {
                    "messages": found.dump.messages, "orders": found.dump.orders,
                    "fills": len(found.dump.fills), "added": found.added, "known": found.known,
                    "captured": found.captured, "waiting": found.waiting,
                }  # fmt: skip
                messages.success(request, text)
                for p in found.dump.problems[:20]:
                    messages.error(request, f"{p.message}, {p.tag}: {p.detail}", extra_tags=p.code)
            else:
                messages.error(request, gettext("No file was chosen."))
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("fix"))


class ProposeFixMapping(PermissionRequired, View):
    permission = "connectors.propose_fixmapping"

    def post(self, request: HttpRequest) -> HttpResponse:
        assert isinstance(request.user, User)
        typed = {name: value for name, _t, _c in FIELDS if (value := request.POST.get(name, ""))}
        given = MappingInput(data=typed)
        if not given.is_valid():
            for name, errors in given.errors.items():
                messages.error(request, f"{name}: {' '.join(map(str, errors))}")
            return HttpResponseRedirect(reverse("fix"))
        terms = fix_mapping.MappingTerms(**given.validated_data)
        try:
            row = fix_mapping.propose_mapping(terms=terms, actor=request.user, at=timezone.now())
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("fix"))
        return HttpResponseRedirect(reverse("fix-mapping", args=[str(row)]))


class ReplayFixMapping(PermissionRequired, View):
    """What waits and is ruled by this rule is booked; what is not says how many."""

    permission = "deals.repair_inbound"

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        assert isinstance(request.user, User)
        row = mapping_or_404(reference, request.user)
        found = fix_mapping.replay_mapping(mapping_id=row.pk, actor=request.user, at=timezone.now())
        text = gettext("Booked: %(done)s. Still waiting: %(left)s.")
        messages.success(request, text % {"done": len(found.done), "left": len(found.left)})
        for refusal in list(found.left.values())[:5]:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("fix-mapping", args=[reference]))


class FixMappingStep(StepView):
    model = FixMapping
    app, subject = "connectors", "fixmapping"
    page, find = "fix-mapping", staticmethod(fix_mapping.mapping)
    actions = {  # noqa: RUF012
        "approve": fix_mapping.approve_mappings,
        "decline": fix_mapping.decline_mappings,
        "withdraw": fix_mapping.withdraw_mappings,
    }
