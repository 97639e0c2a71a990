"""Why a settlement is not settled: the market's codes, who acts about each and whose fail it is (rules, section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Reason(TextChoices):
    """The codes of the market, and beside them our own: what we stop by ourselves."""

    LACK = "LACK", _("We lack securities")
    CLAC = "CLAC", _("Counterparty lacks securities")
    AWMO = "AWMO", _("Securities delivered, the money is awaited")
    AWSH = "AWSH", _("Securities not yet received from the counterparty")
    MONY = "MONY", _("We lack cash")
    CMON = "CMON", _("Counterparty lacks cash")
    LATE = "LATE", _("Too late for the place")
    CLAT = "CLAT", _("The counterparty was too late for the place")
    ADEA = "ADEA", _("The place's deadline is missed: it does what it can")
    LAAW = "LAAW", _("Waits for a linked one")
    SBLO = "SBLO", _("The securities are blocked")
    BLOC = "BLOC", _("The account is blocked")
    BYIY = "BYIY", _("A buy-in has begun")
    PREA = "PREA", _("Held by us")
    PRCY = "PRCY", _("Held by the counterparty")
    DOCY = "DOCY", _("Documents are awaited from us")
    DOCC = "DOCC", _("Documents are awaited from the counterparty")
    NEWI = "NEWI", _("A new issue that is not dealt yet")
    CHAS = "CHAS", _("The counterparty was chased")
    MINO = "MINO", _("Below the smallest quantity that settles")
    FUTU = "FUTU", _("Not due yet")
    CMIS = "CMIS", _("The counterparty has not instructed")
    DDAT = "DDAT", _("The dates differ")
    DQUA = "DQUA", _("The quantities differ")
    DMON = "DMON", _("The amounts differ")
    DSEC = "DSEC", _("The securities differ")
    DEPT = "DEPT", _("The places of settlement differ")
    ICAG = "ICAG", _("The agents differ")
    # Our own: the details that it was prepared with may not be used any more, a settlement-day limit
    # leaves no room, somebody whom it concerns is on a list, a restriction stands in the way, or what it needs
    # is there and serves something else.
    SSI_REVOKED = "ssi-revoked", _("The standing instruction is no longer good")
    LIMT = "LIMT", _("No room under the settlement-day limit")
    SCREENING = "screening", _("Stopped by screening")
    RESTRICTED = "restricted", _("Stopped by a restriction")
    SET_APART = "set-apart", _("What it needs is pledged, lent or blocked")


class Acts(TextChoices):
    """Who has to do something about a reason."""

    INVENTORY = "INVENTORY", _("the inventory desk")
    CHASE = "CHASE", _("whoever chases the counterparty")
    CASH = "CASH", _("whoever chases the money")
    TREASURY = "TREASURY", _("the treasury")
    CUT_OFFS = "CUT_OFFS", _("operations, by the report of cut-offs")
    OPERATIONS = "OPERATIONS", _("operations")
    LINKS = "LINKS", _("whoever sees to the linked one")
    CORPORATE_ACTIONS = "CORPORATE_ACTIONS", _("the corporate actions desk")
    STATIC_DATA = "STATIC_DATA", _("whoever keeps the static data")
    FAILS = "FAILS", _("the fails desk")
    RELEASE = "RELEASE", _("whoever may release it")
    DOCUMENTS = "DOCUMENTS", _("whoever keeps the documents")
    MERGE = "MERGE", _("whoever may put it together with others")
    CONFIRMATIONS = "CONFIRMATIONS", _("the confirmations desk")
    RISK = "RISK", _("risk")
    NOBODY = "NOBODY", _("nobody: it waits")


class Fault(StrEnum):
    """Whose fail it is by a reason: the place's or the security's own is nobody's."""

    OURS = "OURS"
    THEIRS = "THEIRS"
    NOBODY = "NOBODY"
    NOT_SAID = ""


class Means(NamedTuple):
    """Who acts about a reason and whose fail it is, with securities or with cash."""

    acts: Acts
    fault: Fault = Fault.NOT_SAID
    cash: bool = False


MEANS: Mapping[Reason, Means] = MappingProxyType(
    {
        Reason.LACK: Means(Acts.INVENTORY, Fault.OURS),
        Reason.CLAC: Means(Acts.CHASE, Fault.THEIRS),
        Reason.AWMO: Means(Acts.CASH, Fault.THEIRS, cash=True),
        Reason.AWSH: Means(Acts.CHASE, Fault.THEIRS),
        Reason.MONY: Means(Acts.TREASURY, Fault.OURS, cash=True),
        Reason.CMON: Means(Acts.CHASE, Fault.THEIRS, cash=True),
        Reason.LATE: Means(Acts.CUT_OFFS, Fault.OURS),
        Reason.CLAT: Means(Acts.CUT_OFFS, Fault.THEIRS),
        Reason.ADEA: Means(Acts.OPERATIONS, Fault.OURS),
        Reason.LAAW: Means(Acts.LINKS, Fault.OURS),
        Reason.SBLO: Means(Acts.CORPORATE_ACTIONS, Fault.NOBODY),
        Reason.BLOC: Means(Acts.STATIC_DATA, Fault.NOBODY),
        Reason.BYIY: Means(Acts.FAILS),
        Reason.PREA: Means(Acts.RELEASE, Fault.OURS),
        Reason.PRCY: Means(Acts.RELEASE, Fault.THEIRS),
        Reason.DOCY: Means(Acts.DOCUMENTS, Fault.OURS),
        Reason.DOCC: Means(Acts.DOCUMENTS, Fault.THEIRS),
        Reason.NEWI: Means(Acts.NOBODY, Fault.NOBODY),
        Reason.CHAS: Means(Acts.NOBODY),
        Reason.MINO: Means(Acts.MERGE, Fault.OURS),
        Reason.FUTU: Means(Acts.NOBODY, Fault.NOBODY),
        Reason.CMIS: Means(Acts.CONFIRMATIONS),
        Reason.DDAT: Means(Acts.CONFIRMATIONS),
        Reason.DQUA: Means(Acts.CONFIRMATIONS),
        Reason.DMON: Means(Acts.CONFIRMATIONS),
        Reason.DSEC: Means(Acts.CONFIRMATIONS),
        Reason.DEPT: Means(Acts.CONFIRMATIONS),
        Reason.ICAG: Means(Acts.CONFIRMATIONS),
        Reason.SSI_REVOKED: Means(Acts.STATIC_DATA, Fault.OURS),
        Reason.LIMT: Means(Acts.RISK, Fault.OURS),
        Reason.SCREENING: Means(Acts.RISK, Fault.OURS),
        Reason.RESTRICTED: Means(Acts.RISK, Fault.OURS),
        Reason.SET_APART: Means(Acts.INVENTORY, Fault.OURS),
    }
)
WHO_ACTS: Mapping[Reason, Acts] = MappingProxyType(
    {reason: means.acts for reason, means in MEANS.items()}
)
OURS = (
    Reason.SSI_REVOKED, Reason.LIMT, Reason.SCREENING, Reason.RESTRICTED, Reason.SET_APART,
)  # fmt: skip
MARKET = tuple(code for code in Reason if code not in OURS)  # the 28 of rules, section 2


def known(code: str) -> Reason | None:
    """The reason of a code; None for one that is not among ours and the market's first ones."""
    return Reason(code) if code in Reason.values else None
