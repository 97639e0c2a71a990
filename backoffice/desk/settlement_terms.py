"""How a settlement settles, on its page: its priority, parts, what of a held one goes, and links."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.views.generic import View
from rest_framework import serializers

from backoffice.access.models import User
from backoffice.access.permissions import PermissionRequired
from backoffice.desk.base import tell_refusal
from backoffice.kernel.errors import NotFound, Refusal
from settlements import selectors
from settlements.advising.reasons import WHO_ACTS, known
from settlements.linking import api as linking_api
from settlements.linking import services as linking
from settlements.linking.state import AskedKind
from settlements.models import Settlement, SettlementLink
from settlements.parting import api as parting_api
from settlements.parting import services as parting


def terms_of(row: Settlement, linked: Sequence[Any], user: User) -> dict[str, Any]:
    """What the page shows of parts, reasons and the market's axes, and which forms it offers."""
    is_open = row.settlement != "SETTLED" and row.cancellation != "AGREED"
    alone = is_open and row.netted_by_id is None  # a member moves with its set only
    here = alone and (row.place.finality == "INTERNAL" or row.transmission == "NONE")
    held = here and row.hold == "OURS" and bool(row.quantity)

    def may(name: str) -> bool:
        return user.has_perm(f"settlements.{name}_settlement")

    return {
        "left": (row.quantity - row.settled_quantity, row.amount - row.settled_amount),
        "reasons": [
            (code, WHO_ACTS[found].label if (found := known(code)) else "")
            for code in dict.fromkeys([*filter(None, [row.reason]), *row.reasons])
        ] if is_open else [],
        "market": next(iter(row.advice.all()), None),
        "may_prioritise": here and may("prioritise"), "priorities": parting.PRIORITIES,
        "may_allow": here and bool(row.quantity) and may("allow_parts"),
        "may_release_part": held and may("release_part") and user.pk not in row.makers,
        "may_link": is_open and may("link"), "link_kinds": AskedKind.choices,
        "ended_by_us": given_by_people(row) if linked else (),
    }  # fmt: skip


def given_by_people(row: Settlement) -> set[int]:
    """With whom it has a link that a person gave, and may end."""
    given = SettlementLink.objects.filter(end=None, given_by__isnull=False)
    mine = given.filter(first=row) | given.filter(second=row)
    return {pk for pair in mine.values_list("first_id", "second_id") for pk in pair}


class SayOfSettlement(PermissionRequired, View):
    """One form of the page: the same input and the same service as over REST."""

    Input: ClassVar[type[serializers.Serializer[Any]]]
    tab: ClassVar[str] = ""  # of the page, to which it leads back
    unreadable: ClassVar[tuple[str, str]] = (
        gettext_noop("That cannot be read."),
        gettext_noop("Look at what was typed, and send it again."),
    )

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        user = request.user
        assert isinstance(user, User)
        said = {key: value for key, value in request.POST.items() if value != ""}
        given = self.Input(data=said)
        try:
            id = selectors.settlement_id_of(reference, visible_to=user)
            if given.is_valid():
                self.say(id, dict(given.validated_data), user)
            else:
                said_of_it, hint = self.unreadable
                messages.error(request, gettext(said_of_it), extra_tags=gettext(hint))
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        except Refusal as refusal:
            tell_refusal(request, refusal)
        back = f"?tab={self.tab}" if self.tab else ""
        return HttpResponseRedirect(reverse("settlement", args=[reference]) + back)

    def say(self, id: int, said: Mapping[str, Any], user: User) -> None:
        raise NotImplementedError


class _Step(SayOfSettlement):
    service: ClassVar[Callable[..., Any]]

    def say(self, id: int, said: Mapping[str, Any], user: User) -> None:
        type(self).service(ids=[id], actor=user, at=timezone.now(), **said).raise_single()


class PrioritiseSettlement(_Step):
    permission = "settlements.prioritise_settlement"
    Input = parting_api.PrioritiseSettlement.Input
    service = staticmethod(parting.prioritise_settlements)


class AllowParts(_Step):
    permission = "settlements.allow_parts_settlement"
    Input = parting_api.AllowParts.Input
    service = staticmethod(parting.allow_parts)


class ReleasePart(_Step):
    permission = "settlements.release_part_settlement"
    Input = parting_api.ReleasePart.Input
    service = staticmethod(parting.release_parts)


class _Link(SayOfSettlement):
    permission = "settlements.link_settlement"
    service: ClassVar[Callable[..., Any]]

    def say(self, id: int, said: Mapping[str, Any], user: User) -> None:
        rest = dict(said)
        other = selectors.settlement_id_of(rest.pop("other"), visible_to=user)
        type(self).service(settlement_id=id, other_id=other, actor=user, at=timezone.now(), **rest)


class LinkSettlement(_Link):
    Input = linking_api.LinkSettlement.Input
    service = staticmethod(linking.link_settlements)


class EndLink(_Link):
    Input = linking_api.EndLink.Input
    service = staticmethod(linking.end_link)


urlpatterns = [
    path("settlements/<str:reference>/prioritise", PrioritiseSettlement.as_view(), name="settlement-prioritise"),
    path("settlements/<str:reference>/allow-parts", AllowParts.as_view(), name="settlement-allow-parts"),
    path("settlements/<str:reference>/release-part", ReleasePart.as_view(), name="settlement-release-part"),
    path("settlements/<str:reference>/link", LinkSettlement.as_view(), name="settlement-link"),
    path("settlements/<str:reference>/end-link", EndLink.as_view(), name="settlement-end-link"),
]  # fmt: skip
