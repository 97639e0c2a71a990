"""Every role at every address: what is let in, what is refused, and what is not there for whom.

Generated from the addresses, the roles and the scopes. Each operation is asked for by eight people who see
one book, and eight who see one entity: for a thing of their own, of another book, and of another entity
(every day by two roles an address, in the soak by all).
What comes back is compared with what the permission and the scope say, and everything that is shown is
looked through for references that its reader may not see. Each request is undone.
"""

from __future__ import annotations

import json
import logging
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model
from django.test import Client
from pypdf import PdfReader

from backoffice.access.models import User
from backoffice.access.permissions import PUBLIC, SIGNED_IN
from backoffice.access.roles import ROLES
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.models import FixMapping
from backoffice.workflow.models import WorkItem
from deals.importing.models import ImportMapping
from deals.models import Deal, ReceivedConfirmation
from expenses.fees.models import FeeStatement
from limits.models import Hold
from limits.rules import LimitRequest, Need
from onboarding.models import PartyFile
from reconciliation.models import Break, CounterpartyStatement, Match
from refdata.models import Entity, Proposal, StandingInstruction
from reporting.models import ReportRun
from reporting.schedules.models import ReportSchedule
from settlements.clearing.models import ClearingFigure
from settlements.fails.statements.models import PenaltyStatement
from settlements.models import SettlementRun
from tests.conftest import Api
from tests.flows.scoped import (
    BOOKS,
    ENTITIES,
    ENTITY,
    NO_DEALS,
    OF_THE_FIRM,
    OWN,
    THINGS,
    deal_in,
    items_seen,
    sample_of,
    told_of,
)
from tests.guards.addresses import (
    ADMIN,
    API,
    BOOK,
    FIRM,
    NOBODY,
    PERSON,
    STAFF,
    WHOLE,
    Operation,
    filled,
    operations,
    undeclared,
    unscoped_models,
)
from tests.guards.addresses import (
    ENTITY as OF_ENTITY,
)
from tests.reserving import reserve
from tests.sizes import SOAK

pytestmark = [pytest.mark.usefixtures("scoped_day"), pytest.mark.xdist_group("scopes")]

IN, FORBIDDEN, HIDDEN, SIGN_IN = "let in", "forbidden", "not there", "to sign in"
STAFF_ROLES = ("admin", "auditor")
# What an address shows beside its own thing, and may: by address, the prefixes of these references.
BESIDE_ITS_OWN: Mapping[str, tuple[str, ...]] = {
    "ledger/entries/": ("A",),  # the other account of a posting, which says nothing of its balance
    "report-runs/": ("R",),  # the run that made a settlement final, as its evidence
    "reporting/reportrun/": ("R",),
    "limits/openings/": ("L",),  # the limit that came of it just now
    "deals/": ("L",),  # what a deal takes of limits, also of those that are not the book's
    "settlements/": ("R", "NT"),  # which runs left it out, and why; the set that binds it
}


@dataclass(frozen=True, slots=True)
class Write:
    """What a body names: a book or an entity. Outside the scope no row is made."""

    model: type[Model]
    body: Callable[[str], Any]
    belongs: str = BOOK
    content_type: str = "application/json"


def _mapping(area: str) -> dict[str, str]:
    return {
        "sender": "S",
        "target": "T",
        "book": BOOKS[area],
        "counterparty": "999900DEMOBANKTWO062",
    }


def _import_mapping(area: str) -> dict[str, Any]:
    return {"name": "M", "book": BOOKS[area], "header": ["A", "B"], "mapping": NO_DEALS}


def _typed_deal(area: str) -> dict[str, str]:
    deal = deal_in(BOOKS[area], stage="executed")
    return {k: v for k, v in deal.items() if isinstance(v, str)} | {
        "traded_at": "2026-11-24T10:15", "settlement.method": "DVP", "capacity": "OWN",
    }  # fmt: skip


def _ssi(area: str) -> dict[str, str]:
    return {
        "party": "999900DEMOBANKTWO062", "entity": ENTITIES[area], "place": "HOUSE", "currency": "RUB",
        "depository_account": "D", "cash_account": "C", "valid_from": "2027-03-01",
    }  # fmt: skip


def _figure(area: str) -> dict[str, str]:
    return {
        "entity": ENTITIES[area], "ccp": "999900DEMOBANKTWO062", "asset": "RUB",
        "due_date": "2026-11-25", "quantity": "7",
    }  # fmt: skip


def _penalties(area: str) -> dict[str, Any]:
    line = {"their_ref": "P-7", "day": "2026-11-24", "kind": "SEFP", "payer": "THEIRS"}
    return {
        "entity": ENTITIES[area], "place": "CSDX", "month": "2026-10-01", "document": "P",
        "lines": [line | {"amount": "7.00", "currency": "EUR"}],
    }  # fmt: skip


def _bill(area: str) -> dict[str, Any]:
    return {
        "entity": ENTITIES[area], "party": "999900DEMOBANKTWO062", "month": "2026-10-01", "document": "B",
        "lines": [{"kind": "CONNECT", "amount": "7.00", "currency": "RUB"}],
    }  # fmt: skip


def _positions(area: str) -> dict[str, Any]:
    return {
        "entity": ENTITIES[area], "party": "999900DEMOBANKTWO062", "day": "2026-11-20", "document": "C",
        "positions": [],
    }  # fmt: skip


def _run(area: str) -> dict[str, str]:
    return {"business_date": "2026-11-24", "entity": ENTITIES[area]}


def _matching(area: str) -> dict[str, Any]:
    """Two entries that take each other back, of which no statement tells."""
    live = Break.objects.filter(entity__code=ENTITIES[area], kind="BOOKS").exclude(state="CLOSED")
    pair = live.filter(ours__in=(Decimal("123456.78"), Decimal("-123456.78"))).order_by("pk")
    return {
        "reconciliation": str(pair[0].reconciliation), "lines": [],
        "entries": [f"E-{row.entry_id}" for row in pair],
    }  # fmt: skip


PERIOD = {"settled_from": "2026-11-01", "settled_until": "2027-01-31"}
FORM = "form"
LED_ON = ("<str:action>/", "history/")  # what only leads to the page of its thing: looked at there
# Pages that tell what they are sent apart before anything else.
BODIES: Mapping[str, Mapping[str, str]] = {"my/factor/": {"step": "begin"}}
WRITES: Mapping[str, Write] = {
    "api/v1/deals/": Write(Deal, lambda area: deal_in(BOOKS[area], stage="executed")),
    "api/v1/deals/bulk/": Write(
        Deal, lambda area: json.dumps(deal_in(BOOKS[area], stage="executed")),
        content_type="application/x-ndjson",
    ),
    "api/v1/confirmations/": Write(
        ReceivedConfirmation, lambda area: told_of(deal_in(BOOKS[area])), OF_ENTITY
    ),
    "api/v1/confirmations/bulk/": Write(
        ReceivedConfirmation, lambda area: json.dumps(told_of(deal_in(BOOKS[area]))), OF_ENTITY,
        "application/x-ndjson",
    ),
    "api/v1/clearing-figures/": Write(ClearingFigure, _figure, OF_ENTITY),
    "api/v1/clearing-figures/bulk/": Write(
        ClearingFigure, lambda area: json.dumps(_figure(area)), OF_ENTITY, "application/x-ndjson"
    ),
    "api/v1/penalty-statements/": Write(PenaltyStatement, _penalties, OF_ENTITY),
    "api/v1/matches/": Write(Match, _matching, OF_ENTITY),
    "api/v1/counterparty-positions/": Write(CounterpartyStatement, _positions, OF_ENTITY),
    "api/v1/fee-statements/": Write(FeeStatement, _bill, OF_ENTITY),
    "clearing/figure/": Write(ClearingFigure, _figure, OF_ENTITY, FORM),
    "api/v1/limits/reservations/": Write(Hold, lambda area: deal_in(BOOKS[area], quantity="1")),
    "api/v1/fix-mappings/": Write(FixMapping, _mapping),
    "api/v1/import-mappings/": Write(ImportMapping, _import_mapping),
    "api/v1/standing-instructions/": Write(StandingInstruction, _ssi, OF_ENTITY),
    "api/v1/settlement-runs/": Write(SettlementRun, _run, OF_ENTITY),
    "api/v1/reports/<str:name>/runs/": Write(
        ReportRun, lambda area: {"parameters": PERIOD | {"entity": ENTITIES[area]}}, OF_ENTITY
    ),
    "deals/new/": Write(Deal, _typed_deal, content_type=FORM),
    "fix/propose/": Write(FixMapping, _mapping, content_type=FORM),
    "reference/instructions/new/": Write(StandingInstruction, _ssi, OF_ENTITY, FORM),
    "runs/": Write(SettlementRun, _run, OF_ENTITY, FORM),
    "reports/<str:name>/run/": Write(
        ReportRun, lambda area: PERIOD | {"entity": ENTITIES[area]}, OF_ENTITY, FORM
    ),
}  # fmt: skip


class Person:
    """Somebody with a role and a scope, by key and by browser."""

    def __init__(self, role: str, scope: str) -> None:
        self.role, self.scope = role, scope
        self.api = Api(f"{role}-{scope}".lower().strip("-"))
        self.user: User = self.api.user
        self._browser = Client(raise_request_exception=False)
        self._browser.force_login(self.user)
        self._cookies = self._browser.cookies.output(header="", sep=";")

    @property
    def browser(self) -> Client:
        """Signed in, whatever the last request did to that."""
        self._browser.cookies = SimpleCookie(self._cookies)
        return self._browser

    def holds(self, permission: str) -> bool:
        return permission in (PUBLIC, SIGNED_IN) or permission in ROLES[self.role]

    def asks(
        self, operation: Operation, path: str, body: Any = None, content_type: str = ""
    ) -> Any:
        """The answer to a request, of which nothing stays."""
        method = operation.method
        with transaction.atomic():
            if operation.where == "api":
                answer = self._by_key(method, path, body, content_type)
            elif method == "get":
                answer = self.browser.get(path)
                if operation.address.endswith(LED_ON) and outcome(answer) == IN:
                    on: str = answer.get("Location", path)
                    answer = self.browser.get(on.partition("#")[0])
            else:
                answer = getattr(self.browser, method)(path, body or {})
            shown = _text(answer) if answer.status_code == 200 else ""
            transaction.set_rollback(True)
        return answer, shown

    def _by_key(self, method: str, path: str, body: Any, content_type: str) -> Any:
        path = path.removeprefix("/api/v1")
        if path.startswith("/api/"):  # the schema and its page, outside of v1
            return self.browser.get(path)
        if method == "post":
            return self.api.post(path, body, content_type=content_type)
        return getattr(self.api, method)(path)


def _text(answer: Any) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.headers.get("Content-Type") == "application/pdf":
        raw = b" ".join(page.extract_text().encode() for page in PdfReader(BytesIO(raw)).pages)
    return raw.decode("utf-8", "replace")


def outcome(answer: Any) -> str:
    """What became of a request, in one word; what is an error stays its number."""
    status = answer.status_code
    away = status == 302 and "/login/" in answer["Location"]
    if status == 401 or (away and answer.request["PATH_INFO"] != "/logout/"):
        return SIGN_IN
    if status in (200, 201, 202, 204, 302, 303, 400, 409, 412, 413, 415, 422, 429):
        return IN
    return {403: FORBIDDEN, 404: HIDDEN}.get(status, str(status))


def allowed(operation: Operation, person: Person) -> str:
    """What the permission says alone."""
    if operation.where == "admin" and person.role not in STAFF_ROLES:
        return SIGN_IN
    if operation.permission == STAFF:
        return IN
    if operation.permission == NOBODY or not person.holds(operation.permission):
        return FORBIDDEN
    return IN


def asked(
    operation: Operation, people: Mapping[str, Person]
) -> Iterator[tuple[Person, str, str, str]]:
    """Who asks for what: the person, the area, the address, and what has to come of it."""
    one_book, one_entity, unscoped = people["book"], people["entity"], people["all"]
    if operation.belongs in (BOOK, OF_ENTITY) and not looks_everywhere(operation, one_book):
        person = one_book if operation.belongs == BOOK else one_entity
        yield from _of_areas(operation, person, {"own": IN})
    elif operation.belongs == BOOK:
        yield from _of_areas(operation, one_book, {"own": IN, "beside": HIDDEN, "abroad": HIDDEN})
        yield from _of_areas(operation, one_entity, {"own": IN, "beside": IN, "abroad": HIDDEN})
    elif operation.belongs == OF_ENTITY:
        yield from _of_areas(operation, one_book, {"own": HIDDEN})
        yield from _of_areas(operation, one_entity, {"own": IN, "abroad": HIDDEN})
    elif operation.belongs == PERSON:
        for area, key in (("own", OWNED), ("another's", OTHERS)):
            sample = key[one_book.role, operation.thing]
            yield one_book, area, filled(operation, _named(sample)), IN if area == "own" else HIDDEN
    elif operation.belongs == WHOLE:
        row = _model(operation).objects.first()
        path = filled(operation, _named(row) if row else {"object_id": "0"})
        yield one_entity, "the whole firm's", path, HIDDEN
        yield unscoped, "the whole firm's", path, IN if row else HIDDEN
    elif operation.belongs == FIRM:
        row = SAMPLES.get((operation.thing, "")) or _model(operation).objects.first()
        path = filled(operation, _named(row) if row else {"object_id": "0"})
        yield one_entity, "the firm's", path, IN if row else HIDDEN
    else:
        everywhere = looks_everywhere(operation, one_book)
        if everywhere or operation.where == "admin":
            yield one_entity, "", filled(operation, {}), IN
        if operation.where != "admin" or (everywhere and operation.permission in SCOPED_LISTS):
            yield one_book, "", filled(operation, {}), IN


def looks_everywhere(operation: Operation, person: Person) -> bool:
    """Whether somebody of this role asks for things of all areas, or for one of their own alone.

    Where the role may not, the scope of who asks makes no difference. Of the roles that may, scope does not
    know which it is: two of them ask for all every day, others at other addresses, and everybody in the soak.
    """
    roles = STAFF_ROLES if operation.where == "admin" else ROLES
    may = [each for each in roles if operation.permission in (*ROLES[each], PUBLIC, SIGNED_IN)]
    if person.role not in may:
        return False
    first = zlib.crc32(operation.name.encode()) % len(may)
    return SOAK or person.role in (may[first], may[first - 1])


# Lists of the administration that show rows of books: those of one book are looked through as well.
SCOPED_LISTS = frozenset({
    "deals.view_deal", "settlements.view_settlement", "limits.view_limit", "ledger.view_ledger",
    "ledger.view_close", "events.read_feed", "reporting.view_report",
})  # fmt: skip


def _of_areas(
    operation: Operation, person: Person, expected: Mapping[str, str]
) -> Iterator[tuple[Person, str, str, str]]:
    for area, found in expected.items():
        sample = SAMPLES[operation.thing, area]
        if sample is not None:
            yield person, area, filled(operation, _named(sample)), found


def _model(operation: Operation) -> Any:
    from django.apps import apps

    return apps.get_model(operation.thing)


def _named(row: Any) -> dict[str, str]:
    of_persons = {Hold: "H", ReportSchedule: "RS"}
    prefix = of_persons.get(type(row)) or next(
        (t.prefix for t in THINGS.values() if t.model is type(row)), ""
    )
    id = str(row.pk)
    reference = row.code if isinstance(row, Channel) else f"{prefix}-{id}"
    return {
        "reference": reference, "id": id, "object_id": id, "asset": "RU0009029540", **_parts(row),
    }  # fmt: skip


def _parts(row: Any) -> dict[str, str]:
    """What an address names inside of its thing."""
    if not isinstance(row, PartyFile):
        return {}
    return {
        "document": str(row.documents.earliest("pk")),
        "person": str(row.persons.earliest("pk").pk),
    }


SAMPLES: dict[tuple[str, str], Any] = {}
OWNED: dict[tuple[str, str], Any] = {}
OTHERS: dict[tuple[str, str], Any] = {}
SEEN: dict[str, Mapping[str, set[str]]] = {}


@pytest.fixture(scope="module")
def people(scoped_day: None) -> Mapping[str, Mapping[str, Person]]:
    """For each role somebody who sees one book, and somebody who sees one entity; and what they see."""
    found = {
        role: {"book": Person(role, OWN), "entity": Person(role, ENTITY), "all": Person(role, "")}
        for role in ROLES
    }
    for name in THINGS:
        for area in BOOKS:
            known = THINGS[name].book or name in ("event", "workitem", "book") or area in ENTITIES
            SAMPLES[name, area] = sample_of(name, area) if known else None
    SAMPLES.update({(name, ""): sample_of(name, "") for name in OF_THE_FIRM})
    limit = SAMPLES["limit", "own"]
    for role, pair in found.items():
        for each, user in ((OWNED, pair["book"].user), (OTHERS, pair["entity"].user)):
            hold = reserve(
                LimitRequest([Need(limit.pk, Decimal(1))]), ttl_seconds=3_600, actor=user, at=_now()
            )
            each[role, "hold"] = hold
            each[role, "key"] = user.api_keys.first()
            each[role, "schedule"] = ReportSchedule.objects.create(
                user=user, report="fails", span="DAY", at="08:00", file_format="csv", way="FOLDER"
            )
    SEEN.update({"book": _seen(book=True), "entity": _seen(book=False)})
    return found


def _now() -> Any:
    from django.utils import timezone

    return timezone.now()


def _seen(*, book: bool) -> dict[str, set[str]]:
    """The references that a person of one book, or of one entity, may read; by prefix."""
    found: dict[str, set[str]] = {}
    for name, thing in THINGS.items():
        if not thing.prefix or name in OF_THE_FIRM or name == "workitem":
            continue
        rows = thing.model._default_manager.order_by()
        if not book:
            rows = rows.filter(**{f"{thing.entity}__code": ENTITY})
        elif thing.book:
            rows = rows.filter(**{f"{thing.book}__code": OWN})
        else:
            rows = rows.none()
        found[thing.prefix] = {str(pk) for pk in rows.values_list("pk", flat=True)}
    entity = Entity.objects.get(code=ENTITY)
    items = items_seen(book="own") if book else WorkItem.objects.filter(entity_id=entity.pk)
    found["WI"] = {str(pk) for pk in items.values_list("pk", flat=True)}
    if book:
        credited = THINGS["entry"].model._default_manager.filter(
            postings__credit_account__book__code=OWN
        )
        found["E"] |= {str(pk) for pk in credited.values_list("pk", flat=True)}
    for prefix, model in (("SSI", StandingInstruction), ("RP", Proposal)):  # those of all entities
        rows = model._default_manager.filter(entity=None)
        found[prefix] |= {str(pk) for pk in rows.values_list("pk", flat=True)}
    return found


# No number of a document or an agreement, which a stroke and digits follow: A-2024/00003.
REFERENCE = re.compile(r"(?<![\w-])([A-Z]{1,3})-(\d+)(?![\w-]|/\d)")
# That pages and the served schema name to show how a reference is written; nobody has the large ones.
EXAMPLES = {("D", "12"), ("S", "7"), ("S", "900000101"), ("S", "900000102")}


def strangers(shown: str, seen: Mapping[str, set[str]], operation: Operation) -> set[str]:
    """The references in what is shown that its reader may not see."""
    address = operation.address.removeprefix(API).removeprefix(ADMIN)
    free = {p for start, each in BESIDE_ITS_OWN.items() if address.startswith(start) for p in each}
    return {
        f"{prefix}-{id}"
        for prefix, id in REFERENCE.findall(shown)
        if prefix in seen and prefix not in free and id not in seen[prefix]
        and (prefix, id) not in EXAMPLES
    }  # fmt: skip


ALL = list(operations())


def test_every_address_is_declared() -> None:
    assert undeclared() == []
    assert unscoped_models() == []
    assert [each.name for each in ALL if not each.permission] == []
    assert len(ALL) > 500


def test_what_belongs_to_somebody_has_samples(people: Any) -> None:
    """Or the matrix would say nothing about it: say in tests/flows/scoped.py how one is found."""
    named = {each.thing: each.belongs for each in ALL if each.belongs in (BOOK, OF_ENTITY)}
    areas = {BOOK: BOOKS, OF_ENTITY: ENTITIES}
    missing = {(t, a) for t, b in named.items() for a in areas[b] if SAMPLES.get((t, a)) is None}
    assert missing == WITHOUT_SAMPLES
    assert [name for name in OF_THE_FIRM if SAMPLES[name, ""] is None] == []


# In the day at work nothing leaves for a place from these, and nobody has called yet.
WITHOUT_SAMPLES = {
    ("message", "beside"), ("message", "abroad"), ("callback", "own"), ("callback", "abroad"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Refusals by the thousand are what is wanted here."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("where", ["api", "pages", "admin"])
@pytest.mark.parametrize("role", ROLES)
def test_the_matrix(role: str, where: str, people: Any) -> None:
    wrong = []
    for operation in ALL:
        if operation.where != where:
            continue
        for person, area, path, found in asked(operation, people[role]):
            expected = allowed(operation, person)
            expected = found if expected == IN else expected
            if expected == IN and operation.address in WRITES and operation.method == "post":
                continue  # what is written is looked at by itself, below
            answer, shown = person.asks(operation, path, BODIES.get(operation.address))
            told = outcome(answer)
            if told != expected and not _either(operation, told, expected):
                wrong.append(f"{operation.name} {area} as {person.user}: {told}, not {expected}")
            kind = next(kind for kind, each in people[role].items() if each is person)
            strange = strangers(shown, SEEN.get(kind, {}), operation)
            if strange:
                wrong.append(
                    f"{operation.name} {area} as {person.user}: shows {sorted(strange)[:5]}"
                )
    assert not wrong, "\n".join(wrong)


def _either(operation: Operation, told: str, expected: str) -> bool:
    """Where the administration looks for the row before it asks who looks: both say nothing of it."""
    return operation.where == "admin" and {told, expected} == {FORBIDDEN, HIDDEN}


@pytest.mark.parametrize("role", ROLES)
def test_what_is_written_is_within_the_scope(role: str, people: Any) -> None:
    wrong = []
    for operation in ALL:
        write = WRITES.get(operation.address)
        if write is None or operation.method != "post":
            continue
        by_book = write.belongs == BOOK
        person = people[role]["book" if by_book else "entity"]
        for area in BOOKS if by_book else ENTITIES:
            may = person.holds(operation.permission) and area == "own"
            made, answer = _made(person, operation, write, area)
            if made != may:
                text = f"{operation.name} {area} as {person.user}: {answer.status_code}"
                wrong.append(
                    f"{text} {'made nothing' if may else 'made one'} {answer.content[:300]!r}"
                )
    assert not wrong, "\n".join(wrong)


def _made(person: Person, operation: Operation, write: Write, area: str) -> tuple[bool, Any]:
    """Whether a row came of it. Looked at before all is undone."""
    before = write.model._default_manager.count()
    with transaction.atomic():
        body = write.body(area)
        path = filled(operation, {})
        if write.content_type == FORM:
            answer = person.browser.post(path, body)
        else:
            answer = person.api.post(
                path.removeprefix("/api/v1"), body, content_type=write.content_type
            )
        made = write.model._default_manager.count() > before
        transaction.set_rollback(True)
    return made, answer


def test_nobody_comes_in_without_signing_in(scoped_day: None) -> None:
    client = Client(raise_request_exception=False)
    wrong = []
    for operation in ALL:
        path = filled(operation, {"reference": "D-1", "id": "1", "object_id": "1", "asset": "RUB"})
        with transaction.atomic():
            answer = getattr(client, operation.method)(path)
            transaction.set_rollback(True)
        expected = IN if operation.permission == PUBLIC else SIGN_IN
        told = outcome(answer)
        if told != expected:
            wrong.append(f"{operation.name}: {told}, not {expected}")
    assert not wrong, "\n".join(wrong)
