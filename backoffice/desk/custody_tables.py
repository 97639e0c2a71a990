"""The tables of what may be done with what is held: members of accounts, uses, restrictions, earmarks, lines."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backoffice.desk.tables import VALID, Column, Table
from refdata.models import AccountMember, CreditLine, Earmark, Restriction, UseRight
from refdata.scopes import visible, visible_or_shared

DOCUMENT = Column(_("Document"), "document")

CUSTODY: dict[str, Table] = {
    "restrictions": Table(
        _("Restrictions"),
        lambda: Restriction.objects.select_related("entity", "asset", "party", "place"),
        (
            Column(_("What"), "act", write=lambda r: r.get_act_display()), Column(_("Asset"), "asset", "name"),
            Column(_("Party"), "party", "name"), Column(_("Place"), "place", "name"),
            Column(_("Account"), "account", "code"), Column(_("Permit"), "permit"),
            Column(_("Permitted until"), "permit_until", "day"), *VALID, DOCUMENT,
            Column(_("Entity"), "entity", "name", usual=False),
        ),
        visible_or_shared,
    ),
    "earmarks": Table(
        _("Earmarks"),
        lambda: Earmark.objects.select_related("entity", "owner", "place", "asset"),
        (
            Column(_("Why"), "kind", write=lambda e: e.get_kind_display()), Column(_("Owner"), "owner", "name"),
            Column(_("Place"), "place", "name"), Column(_("Asset"), "asset", "name"),
            Column(_("Quantity"), "quantity", "amount", "asset.code"), *VALID, DOCUMENT,
            Column(_("Entity"), "entity", "name", usual=False),
        ),
        visible,
    ),
    "credit-lines": Table(
        _("Credit lines"),
        lambda: CreditLine.objects.select_related("entity", "owner", "place"),
        (
            Column(_("Owner"), "owner", "name"), Column(_("Place"), "place", "name"),
            Column(_("Amount"), "amount", "money", "currency"), Column(_("Currency"), "currency", "code"),
            *VALID, DOCUMENT, Column(_("Entity"), "entity", "name", usual=False),
        ),
        visible,
    ),
    "account-members": Table(
        _("Clients of omnibus accounts"),
        lambda: AccountMember.objects.select_related("entity", "place", "owner"),
        (
            Column(_("Place"), "place", "name"), Column(_("Account"), "account", "code"),
            Column(_("Client"), "owner", "name"), *VALID, DOCUMENT,
            Column(_("Entity"), "entity", "name", usual=False),
        ),
        visible,
    ),
    "use-rights": Table(
        _("Rights to use clients' assets"),
        lambda: UseRight.objects.select_related("entity", "client"),
        (
            Column(_("Client"), "client", "name"), Column(_("Agreement"), "agreement", "code"),
            Column(_("Assets (none: all)"), "assets"), *VALID, DOCUMENT,
            Column(_("Entity"), "entity", "name", usual=False),
        ),
        visible,
    ),
}  # fmt: skip
