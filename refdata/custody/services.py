"""What is checked before rows about holdings are written: accounts that exist, contracts, whose they are."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from refdata.custody.state import OF_ONE_CLIENT, AccountPurpose
from refdata.models import (
    AccountMember,
    Agreement,
    Asset,
    CreditLine,
    Currency,
    DepositoryAccount,
    NostroAccount,
    Restriction,
    UseRight,
)


def check_account(row: DepositoryAccount | NostroAccount) -> None:
    """Refuses a purpose that does not fit the owner: what is a client's is not held as our own."""
    ours = row.owner_id == row.entity.own_party_id
    if ours == (row.kind in OF_ONE_CLIENT):
        text = _(
            "A client's own account names that client; every other account is held in our name."
        )
        raise ValidationError({"owner": ValidationError(text, "wrong-owner")})


def check_member(row: AccountMember) -> None:
    """Refuses members of an account that is not several clients', and ourselves among them."""
    purposes = {"place_id": row.place_id, "number": row.account, "entity_id": row.entity_id,
                "kind": AccountPurpose.CLIENT_OMNIBUS}  # fmt: skip
    known = DepositoryAccount.objects.filter(**purposes).exists()
    if not known and not NostroAccount.objects.filter(**purposes).exists():
        text = _("No account of several clients has that number at the place.")
        raise ValidationError({"account": ValidationError(text, "unknown-account")})
    if row.owner_id == row.entity.own_party_id:
        text = _("What is ours is never held with what is clients'.")
        raise ValidationError({"owner": ValidationError(text, "own-party")})


def check_use_right(row: UseRight) -> None:
    """Refuses a right that no contract with the client gives, and assets that nobody knows."""
    contract = {"entity_id": row.entity_id, "party_id": row.client_id, "number": row.agreement}
    if not Agreement.objects.filter(**contract).exists():
        text = _("No contract with that client has this number.")
        raise ValidationError({"agreement": ValidationError(text, "unknown-agreement")})
    known = set(Asset.objects.filter(code__in=row.assets).values_list("code", flat=True))
    if unknown := sorted(set(row.assets) - known):
        named = _("No asset is known as %(names)s.") % {"names": ", ".join(unknown)}
        raise ValidationError({"assets": ValidationError(named, "unknown-asset")})


def check_restriction(row: Restriction) -> None:
    """Refuses to lift or shorten a restriction without the permit that allows it."""
    if row._state.adding:
        return
    before = Restriction.objects.get(pk=row.pk)
    if row.valid_until != before.valid_until and (not row.permit or row.permit == before.permit):
        text = _("It is lifted with a permit: name the document.")
        raise ValidationError({"permit": ValidationError(text, "required")})


def check_credit_line(row: CreditLine) -> None:
    """Refuses a line for a client's money, and in a currency that nobody knows."""
    if "CLIENT" in row.owner.roles and row.owner_id != row.entity.own_party_id:
        text = _("A client's money never goes below zero: lend it by a deal.")
        raise ValidationError({"owner": ValidationError(text, "client")})
    if not Currency.objects.filter(code=row.currency).exists():
        named = _("No currency is known as %(names)s.") % {"names": row.currency}
        raise ValidationError({"currency": ValidationError(named, "unknown-currency")})
