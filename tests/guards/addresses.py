"""Every operation of the product, read from its addresses: method, permission, and what the address names.

A new address below a known one (`deals/<reference>/split/`) needs nothing here. A new kind of thing needs
one line in NAMED, and where it belongs to a book or an entity its samples in `tests/flows/scoped.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

from backoffice.access.admin import Facts
from backoffice.access.permissions import PUBLIC
from backoffice.bulk_steps import SUBJECTS
from tests.sizes import SOAK

API = "api/v1/"
ADMIN = "admin/"
METHODS = ("get", "post", "put", "patch", "delete")

BOOK, ENTITY, FIRM, WHOLE, PERSON, WORD = "book", "entity", "firm", "whole", "person", "word"

# What the first parameter of an address names, by the address before it, and to whom that belongs:
# a book, a whole entity, the firm (everybody), the WHOLE firm (those without a scope), one person;
# a WORD is one of the program's own.
NAMED: Mapping[str, tuple[str, str]] = {
    "deals/": ("deal", BOOK),
    "confirmations/": ("confirmation", BOOK),
    "inbound/": ("inbound", BOOK),
    "settlements/": ("settlement", BOOK),
    "clearing/": ("net", ENTITY),
    "net-obligations/": ("net", ENTITY),
    "record-events/": ("recordevent", FIRM),
    "netting/": ("nettingset", ENTITY),
    "netting-sets/": ("nettingset", ENTITY),
    "penalty-statements/": ("penaltystatement", ENTITY),
    "statements/": ("statement", ENTITY),
    "reconciliation/statements/": ("statement", ENTITY),
    "reconciliations/": ("reconciliation", ENTITY),
    "matches/": ("match", ENTITY),
    "reconciliation/matches/": ("match", ENTITY),
    "breaks/": ("break", ENTITY),
    "reconciliation/breaks/": ("break", ENTITY),
    "inbound-files/": ("inboundfile", ENTITY),
    "reconciliation/files/": ("inboundfile", ENTITY),
    "interest-claims/": ("interestclaim", BOOK),
    "buy-ins/": ("buyin", BOOK),
    "asset-uses/": ("assetuse", ENTITY),
    "scenarios/": ("scenario", ENTITY),
    "withdrawals/": ("withdrawal", ENTITY),
    "party-files/": ("partyfile", ENTITY),
    "tax-years/": ("taxyear", ENTITY),
    "ledger-batches/": ("ledgerbatch", ENTITY),
    "reports/ledger-batches/": ("ledgerbatch", ENTITY),
    "reports/tax-years/": ("taxyear", ENTITY),
    "inventory/withdrawals/": ("withdrawal", ENTITY),
    "inventory/uses/": ("assetuse", ENTITY),
    "income-payments/": ("incomepayment", ENTITY),
    "income-differences/": ("incomedifference", ENTITY),
    "elections/": ("election", ENTITY),
    "penalty-breaks/": ("penaltybreak", ENTITY),
    "fails/statements/": ("penaltystatement", ENTITY),
    "fails/claims/": ("interestclaim", BOOK),
    "fails/buy-ins/": ("buyin", BOOK),
    "fails/differences/": ("penaltybreak", ENTITY),
    "fee-statements/": ("feestatement", ENTITY),
    "fee-breaks/": ("feebreak", ENTITY),
    "fee-invoices/": ("feeinvoice", ENTITY),
    "fees/bills/": ("feestatement", ENTITY),
    "fees/differences/": ("feebreak", ENTITY),
    "fees/invoices/": ("feeinvoice", ENTITY),
    "payroll-journals/": ("payrolljournal", ENTITY),
    "payroll/": ("payrolljournal", ENTITY),
    "pay-files/": ("payfile", ENTITY),
    "payroll/files/": ("payfile", ENTITY),
    "cost-contracts/": ("costcontract", ENTITY),
    "costs/contracts/": ("costcontract", ENTITY),
    "supplier-invoices/": ("supplierinvoice", ENTITY),
    "costs/invoices/": ("supplierinvoice", ENTITY),
    "fixed-assets/": ("fixedasset", ENTITY),
    "costs/assets/": ("fixedasset", ENTITY),
    "budgets/": ("budget", ENTITY),
    "costs/budgets/": ("budget", ENTITY),
    "allocation-keys/": ("allocationkey", ENTITY),
    "costs/keys/": ("allocationkey", ENTITY),
    "expense-alerts/": ("expensealert", ENTITY),
    "costs/alerts/": ("expensealert", ENTITY),
    "evidence/": ("evidence", BOOK),
    "suspicions/": ("suspicion", BOOK),
    "documents/": ("document", BOOK),
    "agreements/": ("agreement", ENTITY),
    "purchases/": ("purchase", BOOK),
    "signed-copies/": ("signedcopy", BOOK),
    "templates/": ("template", FIRM),
    "document-templates/": ("template", FIRM),
    "fix/": ("mapping", BOOK),
    "imports/": ("import", BOOK),
    "import-mappings/": ("importmapping", BOOK),
    "imports/mappings/": ("importmapping", BOOK),
    "fix-mappings/": ("mapping", BOOK),
    "channels/": ("channel", ENTITY),
    "outbound-messages/": ("message", BOOK),
    "allegements/": ("allegement", ENTITY),
    "limits/": ("limit", BOOK),
    "limits/breaches/": ("breach", BOOK),
    "limits/overrides/": ("override", BOOK),
    "limits/caps/": ("cap", BOOK),
    "limits/openings/": ("opening", BOOK),
    "limits/closings/": ("closing", BOOK),
    "limits/reservations/": ("hold", PERSON),
    "report-schedules/": ("schedule", PERSON),
    "reports/schedules/": ("schedule", PERSON),
    "lots/": ("pool", BOOK),
    "ledger/accounts/": ("account", BOOK),
    "ledger/entries/": ("entry", BOOK),
    "events/": ("event", BOOK),
    "work/": ("workitem", BOOK),
    "work-items/": ("workitem", BOOK),
    "runs/": ("run", ENTITY),
    "settlement-runs/": ("run", ENTITY),
    "close/periods/": ("period", ENTITY),
    "close/": ("day", ENTITY),
    "business-days/": ("day", ENTITY),
    "business-periods/": ("period", ENTITY),
    "night-steps/": ("nightstep", ENTITY),
    "open-points/": ("openpoint", ENTITY),
    "report-runs/": ("reportrun", ENTITY),
    "reference/instructions/": ("ssi", ENTITY),
    "standing-instructions/": ("ssi", ENTITY),
    "reference/proposals/": ("proposal", ENTITY),
    "reference-proposals/": ("proposal", ENTITY),
    "reference/rows/": ("fee", ENTITY),
    "reference-rows/": ("fee", ENTITY),
    "reference/profiles/": ("profile", ENTITY),
    "firm-profiles/": ("profile", ENTITY),
    "reference/new/": ("kind", WORD),
    "reference/uploads/": ("upload", FIRM),
    "screening/": ("hit", FIRM),
    "webhooks/": ("webhook", FIRM),
    "screening-hits/": ("hit", FIRM),
    "rules/": ("rule", FIRM),
    "reference/rules/": ("rule", FIRM),
    "processes/versions/": ("version", FIRM),
    "processes/": ("process", WORD),
    "roles/": ("grant", FIRM),
    "role-grants/": ("grant", FIRM),
    "my/keys/": ("key", PERSON),
    "reports/": ("report", WORD),
    "reference/": ("table", WORD),
    "lists/": ("listing", WORD),
    "bulk/": ("subject", WORD),
}
# Views that are functions, or Django's own: who may use them, by which methods.
PLAIN: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "health/live": (PUBLIC, ("get",)),
    "health/ready": (PUBLIC, ("get",)),
    "i18n/setlang/": (PUBLIC, ("post",)),
    "login/": (PUBLIC, ("get", "post")),
    "logout/": (PUBLIC, ("post",)),
}
# What is on a page of the administration, where it belongs to somebody: by model.
ADMINISTERED: Mapping[str, tuple[str, str]] = {
    "deals.deal": ("deal", BOOK),
    "deals.inbound": ("inbound", BOOK),
    "settlements.settlement": ("settlement", BOOK),
    "limits.limit": ("limit", BOOK),
    "ledger.journalentry": ("entry", BOOK),
    "events.event": ("event", BOOK),
    "settlements.settlementrun": ("run", ENTITY),
    "reporting.reportrun": ("reportrun", ENTITY),
    "onboarding.partyfile": ("partyfile", ENTITY),
    "ledger.businessday": ("day", ENTITY),
    "ledger.businessperiod": ("period", ENTITY),
    "ledger.nightstep": ("nightstep", ENTITY),
    "ledger.dayschedule": ("dayschedule", ENTITY),
    "expenses.costcentre": ("costcentre", ENTITY),
    "refdata.book": ("book", BOOK),
    "refdata.bookscope": ("bookscope", BOOK),
    "refdata.entity": ("entity", ENTITY),
    "refdata.feeschedule": ("fee", ENTITY),
    "refdata.nostroaccount": ("nostro", ENTITY),
    "refdata.agreement": ("agreement", ENTITY),
    "refdata.depositoryaccount": ("depository", ENTITY),
    "refdata.standinginstruction": ("ssi", ENTITY),
    "refdata.callback": ("callback", ENTITY),
    "refdata.proposal": ("proposal", ENTITY),
    "refdata.firmprofile": ("profile", ENTITY),
    "connectors.outboundmessage": ("message", BOOK),
    "connectors.channel": ("channel", ENTITY),
    "connectors.inboundfile": ("connectors.inboundfile", WHOLE),
    "events.parkedevent": ("events.parkedevent", WHOLE),
    "events.consumercursor": ("events.consumercursor", WHOLE),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked for: under which permission, and what its address names."""

    address: str
    method: str
    permission: str
    thing: str = ""
    belongs: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Which door it is behind: the API, the pages, or the administration."""
        first = self.address.partition("/")[0]
        return first if first in ("api", "admin") else "pages"

    @property
    def name(self) -> str:
        return f"{self.method.upper()} /{self.address}{' '.join(('', *self.fixed.values()))}"


# Django's own, which lead elsewhere or ask the models' own pages what may be seen.
ITS_OWN = (
    "login/", "logout/", "autocomplete/", "r/<path:content_type_id>/<path:object_id>/",
    "(?P<url>.*)$", "^(?P<app_label>",
)  # fmt: skip


def undeclared() -> list[str]:
    """Addresses of the administration that no operation stands for."""
    known = {each.address for each in operations()}
    found = [a for a, _ in _addresses(get_resolver().url_patterns) if a.startswith(ADMIN)]
    return [
        address
        for address in found
        if address not in known
        and not address.removeprefix(ADMIN).startswith(ITS_OWN)
        and address.removesuffix("<path:object_id>/") not in known
    ]


def operations() -> Iterator[Operation]:
    """Every operation behind every address."""
    for address, pattern in _addresses(get_resolver().url_patterns):
        if not address.startswith(ADMIN):
            yield from _of_view(address, pattern.callback)
    yield from _administered()


def _addresses(patterns: Any, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, address)
        else:
            yield address, pattern


def named_in(address: str) -> tuple[str, str]:
    """What the first parameter of an address names; the test fails where nobody says it."""
    before, parameter, _ = address.removeprefix(API).partition("<")
    if not parameter:
        return "", ""
    assert before in NAMED, f"say in tests/guards/addresses.py (NAMED) what {before}<…> names"
    return NAMED[before]


def _of_view(address: str, callback: Any) -> Iterator[Operation]:
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    if address in PLAIN:
        permission, methods = PLAIN[address]
        for method in methods:
            yield Operation(address, method, permission)
        return
    assert view is not None, f"say in tests/guards/addresses.py (PLAIN) who may use {address}"
    thing, belongs = named_in(address)
    for method in METHODS:
        if hasattr(view, method) and method in view.http_method_names:
            for fixed in _asked(address, view, method):
                declared = _declared(view, method, fixed)
                if isinstance(declared, dict):
                    declared = declared.get(method.upper(), "")
                yield Operation(address, method, declared, thing, belongs, fixed)


def _asked(address: str, view: Any, method: str) -> list[dict[str, str]]:
    """Whoever opens the address of a step is led back to its page, whichever it is: every day one of them is opened."""
    found = _fixed(address, view)
    return found if SOAK or method != "get" else found[:1]


def _fixed(address: str, view: Any) -> list[dict[str, str]]:
    """The parameters that are words of the program, each of their values: steps and subjects."""
    if "<str:subject>" in address:
        return [{"subject": s.name, "action": a} for s in SUBJECTS.values() for a in s.actions]
    if "<str:action>" in address:
        return [{"action": action} for action in view.actions]
    return [{}]


def _declared(view: Any, method: str, fixed: Mapping[str, str]) -> Any:
    sending: str = getattr(view, "sending", "")
    if method != "get" and sending:
        return sending
    if not isinstance(getattr(view, "permission", ""), property):
        return getattr(view, "permission", "")
    one = view()
    one.kwargs = dict(fixed)
    return one.permission


def _administered() -> Iterator[Operation]:
    """The pages of the administration: what is allowed there is declared beside each model."""
    for address in ("", "jsi18n/", "password_change/", "password_change/done/"):
        yield Operation(f"{ADMIN}{address}", "get", STAFF)
    for model, page in admin.site._registry.items():
        label = model._meta.label_lower
        thing, belongs = ADMINISTERED.get(label, (label, FIRM))
        views, adds, changes = _admin_permissions(page, model)
        base = f"{ADMIN}{label.replace('.', '/')}/"
        one = f"{base}<path:object_id>/"
        yield Operation(base, "get", views)
        for method in ("get", "post"):
            yield Operation(f"{base}add/", method, adds)
        yield Operation(f"{one}change/", "get", views, thing, belongs)
        yield Operation(f"{one}change/", "post", changes, thing, belongs)
        yield Operation(f"{one}delete/", "get", NOBODY, thing, belongs)
        yield Operation(f"{one}history/", "get", views, thing, belongs)
    user, change_user = f"{ADMIN}access/user/", "access.change_user"
    for method in ("get", "post"):
        yield Operation(f"{user}<id>/password/", method, change_user, "access.user", FIRM)
    yield Operation(
        f"{ADMIN}reporting/reportrun/<str:reference>/file.<str:file_format>", "get",
        "reporting.view_report", "reportrun", ENTITY,
    )  # fmt: skip


STAFF = "staff"  # whoever may enter the administration
NOBODY = "nobody"


BELONGING = frozenset({"entity", "book", "settlement", "limit", "deal", "ssi", "night", "day"})


def unscoped_models() -> list[str]:
    """Models of the administration that belong to somebody by a field of theirs, and say to nobody whom."""
    return [
        model._meta.label_lower
        for model in admin.site._registry
        if BELONGING
        & {f.name for f in model._meta.get_fields() if getattr(f, "column", None) and f.is_relation}
        and model._meta.label_lower not in ADMINISTERED
    ]


def _admin_permissions(page: Any, model: Any) -> tuple[str, str, str]:
    if isinstance(page, Facts):
        return page.permission or NOBODY, page.adds or NOBODY, page.changes or NOBODY
    app, name = model._meta.app_label, model._meta.model_name
    return f"{app}.view_{name}", f"{app}.add_{name}", f"{app}.change_{name}"


def filled(operation: Operation, sample: Mapping[str, str]) -> str:
    """The address with its parameters in place. What is not named by a sample is a word."""
    values = {**WORDS, **sample, **operation.fixed}

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        assert name in values, f"say in tests/guards/addresses.py (WORDS) a value for <{name}>"
        return values[name]

    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", value, operation.address)


# Values for the parameters that are words of the program.
WORDS: Mapping[str, str] = {
    "name": "settled-deals", "file_format": "csv", "table": "places", "listing": "deals",
    "kind": "party", "process": "confirm_deal", "document": "FX-0", "person": "0",
}  # fmt: skip
