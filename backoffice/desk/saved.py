"""Saved views and chosen columns: reading them, and the two small forms that keep them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.generic import View

from backoffice.access.models import User
from backoffice.access.permissions import SIGNED_IN, PermissionRequired
from backoffice.desk.models import ChosenColumns, SavedView

MOST_VIEWS = 50  # of one person in one list
LONGEST_QUERY = 1000


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A saved view above its list."""

    id: int
    name: str
    url: str
    own: bool
    current: bool
    shared_by: str = ""


def views_of(user: User, listing: str, path: str, current: str) -> list[ViewTab]:
    """The views this person saved for a list, and those shared with one of their roles."""
    roles = list(user.groups.values_list("name", flat=True))
    rows = SavedView.objects.filter(Q(owner=user) | Q(role__in=roles), listing=listing)
    return [
        ViewTab(
            row.pk, row.name, f"{path}?{_with_view(row)}", row.owner_id == user.pk,
            str(row.pk) == current, "" if row.owner_id == user.pk else row.owner.username,
        )
        for row in rows.select_related("owner").order_by("name", "id")[:MOST_VIEWS]
    ]  # fmt: skip


def _with_view(row: SavedView) -> str:
    query = QueryDict(row.query, mutable=True)
    query["view"] = str(row.pk)
    return query.urlencode()


def query_of_view(user: User, listing: str, id: str) -> str | None:
    """The address's query of a view that this person may use; None where there is none."""
    if not id.isascii() or not id.isdigit() or len(id) > 18:
        return None
    roles = list(user.groups.values_list("name", flat=True))
    rows = SavedView.objects.filter(Q(owner=user) | Q(role__in=roles), listing=listing)
    row = rows.filter(pk=int(id)).first()
    return _with_view(row) if row is not None else None


def chosen_columns(user: User, listing: str) -> Sequence[str]:
    row = ChosenColumns.objects.filter(user=user, listing=listing).first()
    return row.columns if row is not None else ()


class ListForm(PermissionRequired, View):
    """A form of a list: what it keeps belongs to the person who sent it; then back to the list."""

    permission = SIGNED_IN
    request: HttpRequest

    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def post(self, request: HttpRequest, listing: str) -> HttpResponse:
        if not listing.replace("-", "").isalpha() or len(listing) > 40:
            raise Http404
        back = request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
        return HttpResponseRedirect(self.keep(listing, back if safe else reverse("home")))

    def keep(self, listing: str, back: str) -> str:
        """Keep what was sent; the address to go on to."""
        raise NotImplementedError


class ChooseColumns(ListForm):
    """Remember which columns this person sees in a list; none chosen means the usual ones."""

    def keep(self, listing: str, back: str) -> str:
        columns = [name for name in self.request.POST.getlist("column") if len(name) <= 40][:40]
        rows = ChosenColumns.objects
        if columns:
            rows.update_or_create(user=self.user, listing=listing, defaults={"columns": columns})
        else:
            rows.filter(user=self.user, listing=listing).delete()
        path, _, query = back.partition("?")
        kept = QueryDict(query, mutable=True)
        kept.pop("cols", None)
        return f"{path}?{kept.urlencode()}" if kept else path


class SaveView(ListForm):
    """Keep the list as it is seen, under a name; the same name again replaces it."""

    def keep(self, listing: str, back: str) -> str:
        name = self.request.POST.get("name", "").strip()[:60]
        path, _, query = back.partition("?")
        kept = QueryDict(query, mutable=True)
        for each in ("view", "before", "export"):
            kept.pop(each, None)
        role = self.request.POST.get("role", "")
        if role and not self.user.groups.filter(name=role).exists():
            role = ""  # a view is shared with one's own role only
        written = kept.urlencode()
        if not name or len(written) > LONGEST_QUERY:
            messages.error(
                self.request, gettext("The view was not saved."),
                extra_tags=gettext("Give it a name, and not too many filters."),
            )  # fmt: skip
            return back
        row, _ = SavedView.objects.update_or_create(
            owner=self.user, listing=listing, name=name, defaults={"query": written, "role": role}
        )
        return f"{path}?{_with_view(row)}"


class ForgetView(ListForm):
    """Forget a view; only its owner may."""

    def keep(self, listing: str, back: str) -> str:
        id = self.request.POST.get("view", "")
        if id.isascii() and id.isdigit() and len(id) <= 18:
            SavedView.objects.filter(owner=self.user, listing=listing, pk=int(id)).delete()
        return back.partition("?")[0]
