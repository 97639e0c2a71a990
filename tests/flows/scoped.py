"""A day's work in three books of two entities, people who see a part of it, and samples of every thing.

`own` is the book (or entity) that a person sees, `beside` another book of the same entity, `abroad` one
of the other entity. A new kind of thing gets one line in `samples`: how one of it is found in a book.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from backoffice.access.models import User
from backoffice.access.roles import ROLES
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.fix_mapping import MappingTerms, propose_mapping
from backoffice.connectors.models import FixMapping, InboundFile, OutboundMessage
from backoffice.connectors.places.models import Allegement
from backoffice.connectors.receiving.services import take_file
from backoffice.connectors.salaries.models import PayFile
from backoffice.demonstration import USERS
from backoffice.documents.models import Document, SignedCopy, Template
from backoffice.documents.signing import propose_signed_copy
from backoffice.events.models import Event
from backoffice.events.services import NewEvent, record_events
from backoffice.grants.models import RoleGrant
from backoffice.grants.services import propose_grant
from backoffice.night import NIGHT
from backoffice.webhooks.models import Webhook
from backoffice.webhooks.services import create_webhook
from backoffice.workflow.models import WorkItem
from backoffice.workflow.services import NewItem, open_items
from deals import selectors
from deals.capturing.capture import capture_deals
from deals.capturing.intake import ForRepair, candidate_of, store_for_repair
from deals.capturing.schema import terms_of
from deals.checks.models import Suspicion
from deals.confirming.files import take_confirmation
from deals.confirming.matching import match_confirmations
from deals.confirming.receiving import receive_confirmations
from deals.confirming.terms import confirmation_of as message_of
from deals.documents import confirmation_of
from deals.importing.mappings import propose_mapping as propose_import_mapping
from deals.importing.models import DealImport, ImportMapping
from deals.importing.services import receive_import
from deals.models import Deal, Inbound, ReceivedConfirmation
from expenses.allocating.models import AllocationKey
from expenses.assets.models import FixedAsset
from expenses.budgets.models import Budget
from expenses.centres import CostCentre
from expenses.costs.models import CostContract, SupplierInvoice
from expenses.fees.models import FeeBreak, FeeInvoice, FeeStatement
from expenses.payroll.models import PayrollJournal
from expenses.watching.models import ExpenseAlert
from ledger.days import cut_off_day
from ledger.models import (
    BusinessDay,
    BusinessPeriod,
    DaySchedule,
    JournalEntry,
    LedgerAccount,
    LotPool,
    NightStep,
    OpenPoint,
)
from ledger.nights import begin_night
from ledger.points import FoundPoint, list_points
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from limits import changes
from limits.defining.closings import propose_closing
from limits.defining.openings import LimitTerms, propose_opening
from limits.models import Breach, CapChange, Closing, Limit, Opening, Override
from onboarding.keeping import NewDocument, NewPerson, add_document, add_person
from onboarding.models import PartyFile
from onboarding.services import NewFile, open_file
from reconciliation.matching.services import reconcile
from reconciliation.models import Break, Match, Reconciliation, Statement
from refdata.firm_days import firm_day
from refdata.models import (
    Agreement,
    Asset,
    Book,
    BookScope,
    CallBack,
    DatedRule,
    DepositoryAccount,
    Entity,
    FeeSchedule,
    FirmProfile,
    NostroAccount,
    Party,
    Place,
    Proposal,
    ScreeningHit,
    StandingInstruction,
    Upload,
    UseRight,
)
from refdata.proposals import propose_change
from refdata.selectors import forget_reference_data, reference_data
from refdata.services import propose_ssi
from refdata.uploads import look_at
from reporting.handover.models import LedgerBatch
from reporting.handover.services import keep_batch
from reporting.models import ReportRun
from reporting.storing import file_beside, path_of
from settlements.actions.models import Election, IncomeDifference, IncomePayment
from settlements.clearing.models import NetObligation
from settlements.clearing.receiving import receive_figures
from settlements.clearing.terms import Told, take_figure
from settlements.fails.claims.models import BuyIn, InterestClaim
from settlements.fails.statements.models import PenaltyBreak, PenaltyStatement
from settlements.fails.statements.services import NewStatement, receive_statement
from settlements.fails.statements.terms import read_lines
from settlements.models import EvidenceClaim, NettingSet, RecordEvent, Settlement, SettlementRun
from settlements.ndfl.models import TaxYear
from settlements.netting import eligible
from settlements.netting.forming import put_sets
from settlements.netting.state import SetMode
from settlements.purchases.models import Purchase
from settlements.running.services import request_run
from settlements.scenarios.models import Scenario
from settlements.scenarios.services import keep_scenario
from settlements.scenarios.terms import ScenarioTerms
from settlements.transforming import proposing
from settlements.using.models import AssetUse
from settlements.withdrawing.models import Withdrawal
from tests.flows.billed import billed
from tests.flows.spent import spent
from tests.following import follow_events
from tests.reporting.running import ALWAYS, run_of

# Of the demonstration's books the first two are of one entity.
OWN, BESIDE, ABROAD = "EQ-RU", "EQ-CL", "EQ-EU"
BANK_TWO, BANK_FIVE = "999900DEMOBANKTWO062", "999900DEMOBANKFIVE78"
ENTITY, OTHER = "RUS", "EUR"
BOOKS = {"own": OWN, "beside": BESIDE, "abroad": ABROAD}
ENTITIES = {"own": ENTITY, "abroad": OTHER}
# what is dealt in a book, with whom; so much of it is more than the book's limit
DEALT: Mapping[str, Mapping[str, str]] = {
    OWN: {"instrument": "RU0009029540", "counterparty": BANK_TWO, "price": "312.45", "currency": "RUB"},
    BESIDE: {"instrument": "RU0009029540", "counterparty": BANK_TWO, "price": "312.45", "currency": "RUB"},
    ABROAD: {"instrument": "DE0007164600", "counterparty": BANK_FIVE, "price": "231.40", "currency": "EUR"},
}  # fmt: skip
TOO_MUCH = "4000000"
NO_DEALS = {"rows": {"otherwise": "not-a-deal-order"}, "members": []}


def firm_people() -> dict[str, User]:
    return {name: User.objects.get(username=name) for name in USERS}


def a_day_in_all_books() -> None:
    """Beside the day of the demonstration, which is under way, one of every thing in each of the three books."""
    people = firm_people()
    for code in BOOKS.values():
        _in_book(Book.objects.get(code=code), people, timezone.now())
    follow_events()
    deals = [Deal.objects.filter(book__code=code).latest("pk") for code in BOOKS.values()]
    items = [
        NewItem(kind="ssi-missing", queue="clerk", subject_type="deal", subject_id=deal.pk,
                entity_id=deal.entity_id)
        for deal in deals
    ]  # fmt: skip
    open_items(items, at=timezone.now())
    Limit.objects.update(cap=10**13)  # what tests capture fits again
    for code in ENTITIES.values():
        _in_entity(Entity.objects.get(code=code), people, timezone.now())
    propose_grant(
        user=User.objects.create_user("joins"), role="auditor", valid_until=None, reason="joins",
        actor=people["admin"], at=timezone.now(),
    )  # fmt: skip
    _announced(people["clerk"], timezone.now())
    create_webhook(
        url="https://example.com/", kinds=(), label="", after=None, actor=people["admin"],
        at=timezone.now(),
    )  # fmt: skip
    look_at(
        name="rates.csv", size=40, pieces=[b"Date,USD\n2026-11-20,1.16\n"], actor=people["admin"],
        at=timezone.now(),
    )  # fmt: skip


def deal_in(book: str, **more: Any) -> dict[str, Any]:
    """A deal as it is posted, into a book."""
    return {
        "external_ref": uuid.uuid4().hex, "product": "equity", "side": "buy", "book": book,
        "quantity": "10", "traded_at": "2026-11-24T10:15:00+03:00",
        "settlement": {"method": "DVP", "date": None}, **DEALT[book], **more,
    }  # fmt: skip


def _in_book(book: Book, people: Mapping[str, User], at: datetime) -> None:
    """A breach, a change of its limit each way, a received deal, a rule, a document and a twin."""
    for _ in range(2):
        twin = terms_of(deal_in(book.code, quantity="7"))
        capture_deals([candidate_of(twin, actor=people["dealer"], at=at)])
    big = deal_in(book.code, quantity=TOO_MUCH, stage="executed")
    (outcome,) = capture_deals([candidate_of(terms_of(big), actor=people["dealer"], at=at)])
    assert outcome.deal_id is not None
    seller = deal_in(
        book.code, product="individual_purchase", counterparty="FL-SIDOROVA",
        settlement={"method": "FOP", "date": None}, stage="executed",
    )  # fmt: skip
    capture_deals([candidate_of(terms_of(seller), actor=people["dealer"], at=at)])
    confirm_otherwise(big, actor=people["clerk"], at=at)
    unknown = deal_in(book.code, counterparty="999900UNKNOWNPARTY00", stage="executed")
    try:
        candidate_of(terms_of(unknown), actor=people["dealer"], at=at)
    except ForRepair as waiting:
        store_for_repair(waiting, actor=people["dealer"], at=at)
    limit = Limit.objects.get(kind="DEALER", book=book)
    more: dict[str, Any] = {
        "limit_id": limit.pk, "amount": Decimal(10**11), "valid_from": None, "document": "",
        "reason": "a large deal", "actor": people["risk"], "at": at,
    }  # fmt: skip
    changes.propose_override(valid_until=at + timedelta(hours=2), **more)
    changes.propose_cap(**more)
    propose_closing(**{name: value for name, value in more.items() if name != "amount"})
    terms = LimitTerms(
        entity=book.entity, kind="BOOK", name="proposed", currency="RUB", amount=Decimal(1),
        about={"book": book}, reason="a new book",
    )  # fmt: skip
    propose_opening(terms=terms, actor=people["risk"], at=at)
    propose_mapping(
        terms=MappingTerms(sender=book.code, book=book.code, counterparty=BANK_TWO),
        actor=people["clerk"], at=at,
    )  # fmt: skip
    deals = selectors.deals(visible_to=people["clerk"]).filter(book=book, product="equity")
    deal = deals.latest("pk")
    document = confirmation_of(deal=deal, language="en", actor=people["clerk"], at=at)
    propose_signed_copy(
        document_id=document.pk, name="signed.pdf", content=bytes(document.pdf),
        signed_on=document.issued_on, actor=people["clerk"], at=at,
    )  # fmt: skip
    propose_import_mapping(
        book=book.code, name=book.code, header=["Action", "Ticker"], document=NO_DEALS,
        actor=people["clerk"], at=at,
    )  # fmt: skip
    receive_import(
        name="list.csv", pieces=[b"Action,Ticker\nBuy,SBER\n"], book=book.code,
        actor=people["clerk"], at=at,
    )  # fmt: skip
    settlement = Settlement.objects.filter(book=book).order_by("pk").first()
    assert settlement is not None
    claimed(settlement, people["clerk"], at)
    # What may be proved is told by the place; here the document alone matters.
    EvidenceClaim.objects.create(
        entity=book.entity, settlement=settlement, document="Report 1", settled_at=at,
        proposed_by=people["clerk"], makers=[people["clerk"].pk],
    )  # fmt: skip


def claimed(settlement: Settlement, actor: User, at: datetime) -> None:
    """A claim and a buy-in about a settlement, as they are proposed."""
    about = {
        "entity": settlement.entity, "settlement": settlement, "currency": "RUB",
        "makers": [actor.pk], "proposed_by": actor, "proposed_at": at,
    }  # fmt: skip
    day = settlement.due_date
    claim = InterestClaim.objects.create(
        **about, claimant="THEM", first_day=day, last_day=day, computed=0, amount=1
    )
    bought = BuyIn.objects.create(**about, quantity=1, agreed=1, execute_by=day)
    proposed = [
        NewEvent(
            kind=f"{subject}.propose", subject_type=subject, subject_id=row.pk,
            entity_id=settlement.entity_id, target="PROPOSED",
        )
        for subject, row in (("interestclaim", claim), ("buyin", bought))
    ]  # fmt: skip
    with transaction.atomic():
        record_events(proposed, actor_id=actor.pk, at=at)


def confirm_otherwise(deal: Mapping[str, Any], *, actor: User, at: datetime) -> None:
    """Their confirmation of a deal, with another price."""
    told = message_of(told_of(deal, price=str(Decimal(deal["price"]) + 1)))
    message = take_confirmation(told, actor=actor)
    ((_, id),) = receive_confirmations([message], source="test", actor=actor, at=at)
    assert id is not None
    match_confirmations(ids=[id], at=at)


def told_of(deal: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A posted deal as the counterparty confirms it: the side is theirs."""
    entity = Book.objects.get(code=deal["book"]).entity.code
    return {
        "entity": entity, "counterparty": deal["counterparty"], "their_ref": uuid.uuid4().hex,
        "our_ref": deal["external_ref"], "side": "sell" if deal["side"] == "buy" else "buy",
        "instrument": deal["instrument"], "quantity": deal["quantity"], "price": deal["price"],
        "currency": deal["currency"], "trade_date": "2026-11-24", "settlement_date": "2026-11-25", **more,
    }  # fmt: skip


def _cleared(entity: Entity, actor: User, at: datetime) -> None:
    """The figure of a clearing house about which we have no deal."""
    told = Told(
        entity=entity.code, ccp=BANK_TWO, asset="RUB", due_date="2026-11-25", quantity="100"
    )
    receive_figures([take_figure(told, actor=actor)], source="REST", actor=actor, at=at)


def _netted(entity: Entity, at: datetime) -> None:
    """A netting set that was computed and is not agreed."""
    row = Settlement.objects.filter(entity=entity).earliest("pk")
    key = (
        row.entity_id, row.counterparty_id, row.owner_id, "OWN", "", row.place_id, row.ssi_id, "", None,
        row.money_asset_id, row.money_asset_id, row.due_date,
    )  # fmt: skip
    group = eligible.Group(key, 2, Decimal(0), Decimal(0), Decimal(-5), Decimal(15), [])
    put_sets([(group, None)], SetMode.PAYMENTS, at=at)


def _announced(actor: User, at: datetime) -> None:
    """A dividend that was proposed and is not approved."""
    told = proposing.Told(
        kind="CASH", instrument="RU0009029540", record_date="2026-11-20", payment_date="2026-12-01",
        rate="1", currency="RUB", document="Notice 1",
    )  # fmt: skip
    proposing.propose_event(told=told, actor=actor, at=at)


def _penalised(entity: Entity, actor: User, at: datetime) -> None:
    """The statement of a place about a penalty of which we know nothing."""
    line = {
        "their_ref": "P-1", "day": "2026-11-24", "kind": "SEFP", "payer": "OURS", "amount": "1.00",
        "currency": "EUR",
    }  # fmt: skip
    new = NewStatement(
        entity_id=entity.pk, place_id=Place.objects.get(code="CSDX").pk, month=date(2026, 11, 1),
        document="Statement 1", lines=read_lines([line], reference_data()),
    )  # fmt: skip
    receive_statement(new=new, actor=actor, at=at)


def _used(entity: Entity, actor: User, at: datetime) -> None:
    """A use of a client's assets as it is proposed."""
    client, place = Party.objects.get(code=BANK_TWO), Place.objects.get(code="CSDX")
    right = UseRight.objects.create(
        entity=entity, client=client, agreement="U-1", document="§ 7", valid_from=date(2026, 1, 1)
    )
    row = AssetUse.objects.create(
        entity=entity, right=right, place=place, asset=Asset.objects.get(code="RUB"), quantity=1,
        document="Order 1", makers=[actor.pk], proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="assetuse.propose", subject_type="assetuse", subject_id=row.pk, entity_id=entity.pk,
        target="PROPOSED",
    )  # fmt: skip
    with transaction.atomic():
        record_events([event], actor_id=actor.pk, at=at)


def _supposed(entity: Entity, actor: User, at: datetime) -> None:
    """A scenario that somebody kept."""
    keep_scenario(
        "As it is", ScenarioTerms(), business_date=firm_day(at), entity=entity.code, actor=actor, at=at
    )  # fmt: skip


def _filed(entity: Entity, actor: User, at: datetime) -> None:
    """The file of a party that is being filled in, with a document and an owner."""
    new = NewFile(
        entity=entity.code, role="COUNTERPARTY", code=f"FILE-{entity.code}", name=f"Filed {entity.code}",
        country="RU",
    )  # fmt: skip
    row = open_file(new=new, actor=actor, at=at)
    scan = NewDocument(
        type="CHARTER",
        issued_on=date(2020, 1, 1),
        name="charter.png",
        content=b"\x89PNG\r\n\x1a\n charter",
    )
    add_document(id=row.pk, new=scan, actor=actor, at=at)
    owner = NewPerson(kind="ORGANISATION", name="Holding", signs_as="Manager")
    add_person(id=row.pk, new=owner, actor=actor, at=at)


def _withdrawn(entity: Entity, actor: User, at: datetime) -> None:
    """A withdrawal of a client's money as it is proposed."""
    client, place = Party.objects.get(code=BANK_TWO), Place.objects.get(code="CSDX")
    row = Withdrawal.objects.create(
        entity=entity, client=client, place=place, money_asset=Asset.objects.get(code="RUB"), amount=1,
        order="Order 2", makers=[actor.pk], proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="withdrawal.propose", subject_type="withdrawal", subject_id=row.pk, entity_id=entity.pk,
        target="PROPOSED",
    )  # fmt: skip
    with transaction.atomic():
        record_events([event], actor_id=actor.pk, at=at)


def _ended(entity: Entity, actor: User, at: datetime) -> None:
    """The end of a tax year as it is proposed."""
    row = TaxYear.objects.create(
        entity=entity, year=2020, people=0, owed=0, makers=[actor.pk], proposed_by=actor, proposed_at=at
    )  # fmt: skip
    event = NewEvent(
        kind="taxyear.propose", subject_type="taxyear", subject_id=row.pk, entity_id=entity.pk,
        target="PROPOSED",
    )  # fmt: skip
    with transaction.atomic():
        record_events([event], actor_id=actor.pk, at=at)


def _salaried(entity: Entity, actor: User, at: datetime) -> None:
    """A payroll journal as it is brought, and a file of salaries as it is written."""
    journal = PayrollJournal.objects.create(
        entity=entity, number="1", month=date(2020, 1, 1), pay_date=date(2020, 2, 5), document="pay.csv",
        layout="own-1", content=b"", sha256="", people=0, accrued=1, base=1, ndfl=0, held=0, contributions=0,
        net=1, makers=[actor.pk], received_by=actor, received_at=at,
    )  # fmt: skip
    account = NostroAccount.objects.filter(entity=entity).order_by("pk")[0]
    file = PayFile.objects.create(
        entity=entity, journal=journal, account=account, format="1C", name="1.txt", content=b"", sha256="",
        payments=1, total=1, makers=[actor.pk], prepared_by=actor, prepared_at=at,
    )  # fmt: skip
    events = [
        NewEvent(kind=kind, subject_type=kind.partition(".")[0], subject_id=row.pk, entity_id=entity.pk,
                 target=row.state)
        for kind, row in (("payrolljournal.receive", journal), ("payfile.prepare", file))
    ]  # fmt: skip
    with transaction.atomic():
        record_events(events, actor_id=actor.pk, at=at)


def _handed_over(entity: Entity, at: datetime) -> None:
    """A batch for the bookkeeping of a day on which nothing happened."""
    asked = {"business_date": "2020-01-02", "plan": "RU-BROKER", "entity": entity.code}
    runs = [
        ReportRun.objects.create(
            report=report, entity=entity, entity_ids=[entity.pk], parameters=asked, state="COMPLETED", horizon=1,
            known_at=at, row_count=0, byte_count=0, sha256=hashlib.sha256(b"").hexdigest(),
        )
        for report in ("ledger-batch", "bookkeeping-documents")
    ]  # fmt: skip
    for run in runs:
        with file_beside(path_of(run.pk)):
            pass
    keep_batch(run_id=runs[0].pk, documents_id=runs[1].pk, at=at)


def _banked(entity: Entity, at: datetime) -> None:
    """What a bank says of an account of the entity, with an account beside it that nobody knows."""
    account = NostroAccount.objects.filter(entity=entity).earliest("pk")
    told = "\n".join(
        f":20:ST-{entity.code}\n:25:{number}\n:28C:1/1\n:60F:C261123{account.currency}0,\n"
        f":61:2611241124C1,00NTRFNONREF//{entity.code}\n:62F:C261124{account.currency}1,00"
        for number in (account.number, f"UNKNOWN-{entity.code}")
    )  # fmt: skip
    take_file(f"{told}\n".encode(), name="statement.sta", channel="test", actor=None, at=at)


def _paid(entity: Entity, actor: User, at: datetime) -> None:
    """What a place paid of an action as it is proposed, a difference, and a choice that nobody made."""
    event = RecordEvent.objects.earliest("pk")
    of = {"event": event, "entity": entity, "place": Place.objects.get(code="CSDX")}
    payment = IncomePayment.objects.create(
        **of, amount=1, settled_at=at, document="Report 1", makers=[actor.pk], proposed_by=actor,
        proposed_at=at,
    )  # fmt: skip
    difference = IncomeDifference.objects.create(
        **of, payment=payment, money_asset=Asset.objects.get(code="RUB"), expected=2, paid=1,
        reason="a fee", proof="document:Report 1", makers=[actor.pk], found_at=at,
    )  # fmt: skip
    election = Election.objects.create(**of, owner=entity.own_party, quantity=5, opened_at=at)
    told = (("incomepayment", payment, "propose"), ("incomedifference", difference, "open"),
            ("election", election, "open"))  # fmt: skip
    events = [
        NewEvent(
            kind=f"{subject}.{verb}", subject_type=subject, subject_id=row.pk, entity_id=entity.pk,
            target=row.state,
        )
        for subject, row, verb in told
    ]  # fmt: skip
    with transaction.atomic():
        record_events(events, actor_id=actor.pk, at=at)


def _channelled(entity: Entity, at: datetime) -> None:
    """A channel of its own that is not in use yet, and what somebody instructed against it."""
    place = Place.objects.get(code="NSD")
    Channel.objects.create(
        code=f"WAY-{entity.code}", place=place, entity=entity, way="IN", format="MT",
        transport="HTTP", address="https://example.com/in", valid_from=date(2099, 1, 1),
    )  # fmt: skip
    row = Allegement.objects.create(
        place=place, entity=entity, reference=f"A-{entity.code}", account="X", delivers=True,
        against_payment=False, told_at=at, recorded_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="allegement.receive", subject_type="allegement", subject_id=row.pk, entity_id=entity.pk
    )
    with transaction.atomic():
        record_events([event], actor_id=None, at=at)


def _reconciled(entity: Entity, at: datetime) -> None:
    """The line of that statement with its entry, and two entries of which the bank says nothing."""
    account = NostroAccount.objects.filter(entity=entity).earliest("pk")
    keys = [
        AccountKey(entity.pk, "CASH", account.owner_id, place_id=account.place_id),
        AccountKey(entity.pk, "OPENING", account.owner_id),
    ]
    cash, other = (account_ids(keys)[key] for key in keys)
    asset = Asset.objects.get(code=account.currency)
    entries = [
        NewEntry(
            entity_id=entity.pk, kind="stage", source_type="stage", source_id=entity.pk, part=part,
            effective_date=date(2026, 11, 24),
            postings=[NewPosting(*sides, asset.pk, Decimal(amount))],
        )
        for part, (amount, sides) in enumerate((
            ("1", (cash, other)), ("123456.78", (cash, other)), ("123456.78", (other, cash)),
        ))
    ]  # fmt: skip
    post_entries(entries, at=at)
    reconcile(entity_id=entity.pk, day=date(2026, 11, 24), at=at)


def _in_entity(entity: Entity, people: Mapping[str, User], at: datetime) -> None:
    """A run, a report, an instruction, and a day whose night has begun with a point open."""
    Agreement.objects.create(
        entity=entity, party=Party.objects.get(code=BANK_TWO), kind="OTHER", number="N-1",
        signed_on=date(2026, 1, 1), valid_from=date(2099, 1, 1),
    )  # fmt: skip
    request_run(
        business_date=date(2026, 11, 24), objective="FIFO", entity_id=entity.pk,
        actor=people["clerk"], at=at,
    )  # fmt: skip
    run_of("settled-deals", parameters=ALWAYS | {"entity": entity.code})
    _cleared(entity, people["clerk"], at)
    _netted(entity, at)
    house = Place.objects.get(code="HOUSE")
    _penalised(entity, people["clerk"], at)
    _used(entity, people["clerk"], at)
    _supposed(entity, people["clerk"], at)
    _withdrawn(entity, people["clerk"], at)
    _filed(entity, people["clerk"], at)
    _ended(entity, people["accountant"], at)
    _salaried(entity, people["accountant"], at)
    _handed_over(entity, at)
    _banked(entity, at)
    _paid(entity, people["clerk"], at)
    _channelled(entity, at)
    _reconciled(entity, at)
    with transaction.atomic():
        billed(entity, Party.objects.get(code=BANK_TWO), people["clerk"], at)
    spent(entity, Party.objects.get(code=BANK_TWO), people["accountant"], at)
    row = StandingInstruction(
        party=Party.objects.get(code=BANK_TWO), place=house, entity=entity, valid_from=date(2027, 1, 1),
        depository_account="D", cash_account="C",
    )  # fmt: skip
    propose_ssi([row], actor=people["clerk"], at=at)
    book = Book.objects.filter(entity=entity).earliest("pk")
    propose_change(
        subject_type="book", subject_id=book.pk, changes={"purpose": "what is dealt"}, valid_from=None,
        reason="a better word", actor=people["admin"], at=at,
    )  # fmt: skip
    day = BusinessDay.objects.filter(entity=entity).earliest("day")
    cut_off_day(day_id=day.pk, at=at)
    begin_night(day=day, stage="FLASH", steps=[step.name for step in NIGHT["FLASH"]], at=at)
    list_points(day, [FoundPoint("failing", "Demo Bank One", 3, Decimal(100), "RUB")], at=at)


def person(role: str, *, entity: str = "", book: str = "", staff: bool = False) -> User:
    """A new person with one role who sees one entity, or one book; without both, everything."""
    name = f"{role}-{entity or book or 'all'}".lower()
    user = User.objects.create_user(name, is_staff=staff)
    user.groups.add(Group.objects.get(name=role))
    see(user, entity=entity, book=book)
    return user


def people() -> None:
    """For each role somebody who sees one book, one entity, and the other entity."""
    for role in ROLES:
        staff = role in ("admin", "auditor")
        if role not in USERS:  # of no person of the demonstration: a program's
            User.objects.create_user(role).groups.add(Group.objects.get(name=role))
        person(role, book=OWN, staff=staff)
        person(role, entity=ENTITY, staff=staff)
        person(role, entity=OTHER)
    person("auditor", book=BESIDE)
    person("auditor", book=ABROAD)


def see(user: User, *, entity: str = "", book: str = "") -> None:
    """Let a person see one more entity, or one more book."""
    if book:
        row = Book.objects.get(code=book)
        BookScope.objects.create(user=user, entity=row.entity, book=row)
    elif entity:
        BookScope.objects.create(user=user, entity=Entity.objects.get(code=entity))
    forget_reference_data()


@dataclass(frozen=True, slots=True)
class Thing:
    """Where things of a kind are kept, their prefix, and by which names their entity and book are found."""

    model: type[Model]
    prefix: str = ""
    entity: str = "entity"
    book: str = ""

    def of(self, area: str) -> QuerySet[Any]:
        """Those of an area: told apart by plain names, not by what the product thinks is seen."""
        rows = self.model._default_manager.order_by("-pk")
        if self.book:
            return rows.filter(**{f"{self.book}__code": BOOKS[area]}).distinct()
        name = f"{self.entity}__code" if self.entity else "code"
        return rows.filter(**{name: ENTITIES[area]})


# Every kind of thing that an address or a page of the administration names, and who may see one.
THINGS: Mapping[str, Thing] = {
    "deal": Thing(Deal, "D", book="book"),
    "confirmation": Thing(ReceivedConfirmation, "RC", book="book"),
    "inbound": Thing(Inbound, "I", book="book"),
    "settlement": Thing(Settlement, "S", book="book"),
    "net": Thing(NetObligation, "NO"),
    "nettingset": Thing(NettingSet, "NT"),
    "recordevent": Thing(RecordEvent, "CA"),
    "interestclaim": Thing(InterestClaim, "IC", book="settlement__book"),
    "buyin": Thing(BuyIn, "BI", book="settlement__book"),
    "penaltystatement": Thing(PenaltyStatement, "PS"),
    "assetuse": Thing(AssetUse, "UA"),
    "scenario": Thing(Scenario, "SC"),
    "withdrawal": Thing(Withdrawal, "WD"),
    "partyfile": Thing(PartyFile, "CF"),
    "taxyear": Thing(TaxYear, "TY"),
    "ledgerbatch": Thing(LedgerBatch, "LB"),
    "incomepayment": Thing(IncomePayment, "PY"),
    "incomedifference": Thing(IncomeDifference, "ID"),
    "election": Thing(Election, "EL"),
    "feestatement": Thing(FeeStatement, "FS"),
    "feebreak": Thing(FeeBreak, "FB"),
    "feeinvoice": Thing(FeeInvoice, "FI"),
    "payrolljournal": Thing(PayrollJournal, "PJ"),
    "payfile": Thing(PayFile, "PF"),
    "costcontract": Thing(CostContract, "CT"),
    "supplierinvoice": Thing(SupplierInvoice, "SI"),
    "fixedasset": Thing(FixedAsset, "EQ"),
    "budget": Thing(Budget, "BU"),
    "allocationkey": Thing(AllocationKey, "AK"),
    "expensealert": Thing(ExpenseAlert, "EX"),
    "penaltybreak": Thing(PenaltyBreak, "PB"),
    "statement": Thing(Statement, "ST"),
    "inboundfile": Thing(InboundFile, "IF"),
    "reconciliation": Thing(Reconciliation, "RN"),
    "match": Thing(Match, "M"),
    "break": Thing(Break, "DF"),
    "evidence": Thing(EvidenceClaim, "EV", book="settlement__book"),
    "suspicion": Thing(Suspicion, "DS", book="deal__book"),
    "purchase": Thing(Purchase, "PU", book="deal__book"),
    "document": Thing(Document, "DOC", book="book"),
    "signedcopy": Thing(SignedCopy, "DC", book="document__book"),
    "template": Thing(Template, "DT"),
    "mapping": Thing(FixMapping, "FM", book="book"),
    "import": Thing(DealImport, "IM", book="book"),
    "importmapping": Thing(ImportMapping, "MP", book="book"),
    "limit": Thing(Limit, "L", book="book"),
    "breach": Thing(Breach, "BR", book="limit__book"),
    "override": Thing(Override, "OV", book="limit__book"),
    "cap": Thing(CapChange, "LC", book="limit__book"),
    "opening": Thing(Opening, "LO", book="book"),
    "closing": Thing(Closing, "LE", book="limit__book"),
    "pool": Thing(LotPool, "LP", book="changes__book"),
    "account": Thing(LedgerAccount, "A", book="book"),
    "entry": Thing(JournalEntry, "E", book="postings__debit_account__book"),
    "event": Thing(Event),
    "workitem": Thing(WorkItem, "WI"),
    "message": Thing(OutboundMessage, "OM", book="settlement__book"),
    "channel": Thing(Channel),
    "allegement": Thing(Allegement, "AL"),
    "run": Thing(SettlementRun, "R"),
    "day": Thing(BusinessDay, "BD"),
    "period": Thing(BusinessPeriod, "BP"),
    "nightstep": Thing(NightStep, "NS", entity="night__entity"),
    "openpoint": Thing(OpenPoint, "OP"),
    "reportrun": Thing(ReportRun, "RR"),
    "ssi": Thing(StandingInstruction, "SSI"),
    "callback": Thing(CallBack, entity="ssi__entity"),
    "dayschedule": Thing(DaySchedule),
    "costcentre": Thing(CostCentre),
    "fee": Thing(FeeSchedule, "feeschedule"),
    "proposal": Thing(Proposal, "RP"),
    "profile": Thing(FirmProfile, "FP"),
    "nostro": Thing(NostroAccount),
    "agreement": Thing(Agreement, "AG"),
    "depository": Thing(DepositoryAccount),
    "book": Thing(Book, book=""),
    "bookscope": Thing(BookScope, book="book"),
    "entity": Thing(Entity, entity=""),
    "upload": Thing(Upload, "U"),
    "rule": Thing(DatedRule, "RL"),
    "version": Thing(DatedRule, "RL"),
    "grant": Thing(RoleGrant, "RG"),
    "hit": Thing(ScreeningHit, "SH"),
    "webhook": Thing(Webhook, "WH"),
}
OF_THE_FIRM = frozenset(
    {"upload", "rule", "version", "grant", "template", "hit", "webhook", "recordevent"}
)  # seen by everybody who holds the permission


def items_seen(*, book: str) -> QuerySet[WorkItem]:
    """Work items about what is of a book: told apart by plain names."""
    about = Q(pk__in=[])
    for name, thing in THINGS.items():
        if thing.book and name != "book":
            about |= Q(subject_type=name, subject_id__in=thing.of(book).values("pk"))
    return WorkItem.objects.filter(about).order_by("-pk")


def sample_of(name: str, area: str) -> Model | None:
    """One thing of a kind in an area, where there is any."""
    if name == "event":
        deals = Deal.objects.filter(book__code=BOOKS[area]).values("pk")
        return Event.objects.filter(subject_type="deal", subject_id__in=deals).first()
    if name == "workitem":
        return items_seen(book=area).first()
    if name == "book":
        return Book.objects.get(code=BOOKS[area])
    if name == "pool":
        others = Q(changes__book__code__in=set(BOOKS.values()) - {BOOKS[area]})
        rows: QuerySet[Any] = LotPool.objects.filter(changes__book__code=BOOKS[area])
        return rows.exclude(others).first()
    if name == "version":
        return DatedRule.objects.filter(kind__startswith="process.").order_by("-pk").first()
    if name in OF_THE_FIRM:
        return THINGS[name].model._default_manager.order_by("-pk").first()
    found: Model | None = THINGS[name].of(area).first()
    return found
