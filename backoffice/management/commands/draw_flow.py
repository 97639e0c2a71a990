"""`manage.py draw_flow`: the diagrams of docs/flow.md, from the lifecycles that the code declares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from backoffice.connectors.channels.state import LINE_LIFECYCLE, MESSAGE_LIFECYCLE
from backoffice.connectors.places.state import ALLEGEMENT_LIFECYCLE
from backoffice.connectors.state import MAPPING_LIFECYCLE
from backoffice.documents.state import COPY_LIFECYCLE, TEMPLATE_LIFECYCLE
from backoffice.grants.state import GRANT_LIFECYCLE
from backoffice.kernel.lifecycle import Lifecycle, Transition
from backoffice.pipeline import CONSUMERS
from backoffice.workflow.state import ITEM_LIFECYCLE
from deals.amending.consequences import TABLE, Act, Agreement, Consequence
from deals.confirming.state import CONFIRMATION_LIFECYCLE
from deals.importing.state import IMPORT_LIFECYCLE, IMPORT_MAPPING_LIFECYCLE
from deals.state import CANCEL_LIFECYCLE, DEAL_LIFECYCLE, INBOUND_LIFECYCLE
from ledger.state import (
    BUSINESS_DAY_LIFECYCLE,
    BUSINESS_PERIOD_LIFECYCLE,
    NIGHT_LIFECYCLE,
    NIGHT_STEP_LIFECYCLE,
    OPEN_POINT_LIFECYCLE,
)
from limits.state import (
    BREACH_LIFECYCLE,
    CAP_LIFECYCLE,
    CLOSING_LIFECYCLE,
    OPENING_LIFECYCLE,
    OVERRIDE_LIFECYCLE,
)
from refdata.dated_rules.state import RULE_LIFECYCLE, VERIFICATION_LIFECYCLE
from refdata.firm_profiles.state import PROFILE_LIFECYCLE
from refdata.state import PROPOSAL_LIFECYCLE, SSI_LIFECYCLE
from reporting.state import RUN_LIFECYCLE as REPORT_RUN_LIFECYCLE
from settlements.purchases.state import ADVANCE_LIFECYCLE, PURCHASE_LIFECYCLE
from settlements.state import CLAIM_LIFECYCLE, LIFECYCLES, ROLL_UP, RUN_LIFECYCLE

BEGIN = "<!-- drawn by `manage.py draw_flow`: do not edit below -->\n"
DRAWN = (
    ("Deal", DEAL_LIFECYCLE),
    ("Deal: its cancellation, where others must agree", CANCEL_LIFECYCLE),
    ("Confirmation that the counterparty sent", CONFIRMATION_LIFECYCLE),
    ("Executed deal that could not be resolved", INBOUND_LIFECYCLE),
    ("File of deals", IMPORT_LIFECYCLE),
    ("Mapping of the columns of a file", IMPORT_MAPPING_LIFECYCLE),
    *((f"Settlement: {each.column}", each) for each in LIFECYCLES),
    ("Document that proves a settlement", CLAIM_LIFECYCLE),
    ("Purchase from an individual", PURCHASE_LIFECYCLE),
    ("Purchase from an individual: paying ahead", ADVANCE_LIFECYCLE),
    ("Template of documents", TEMPLATE_LIFECYCLE),
    ("Signed copy of a document", COPY_LIFECYCLE),
    ("Breach of a limit", BREACH_LIFECYCLE),
    ("Override of a limit", OVERRIDE_LIFECYCLE),
    ("Change of a cap", CAP_LIFECYCLE),
    ("New limit", OPENING_LIFECYCLE),
    ("End of a limit", CLOSING_LIFECYCLE),
    ("Standing instruction", SSI_LIFECYCLE),
    ("Change of reference data", PROPOSAL_LIFECYCLE),
    ("Settlement run", RUN_LIFECYCLE),
    ("Report run", REPORT_RUN_LIFECYCLE),
    ("Rule that maps fills", MAPPING_LIFECYCLE),
    ("Message to a place", MESSAGE_LIFECYCLE),
    ("Channel", LINE_LIFECYCLE),
    ("What others instructed against us", ALLEGEMENT_LIFECYCLE),
    ("Dated rule", RULE_LIFECYCLE),
    ("Dated rule: its source", VERIFICATION_LIFECYCLE),
    ("Firm profile", PROFILE_LIFECYCLE),
    ("Work item: in whose hands it is", ITEM_LIFECYCLE),
    ("Role of a person", GRANT_LIFECYCLE),
    ("Business day", BUSINESS_DAY_LIFECYCLE),
    ("Month or year", BUSINESS_PERIOD_LIFECYCLE),
    ("Night: one stage of the close of a day", NIGHT_LIFECYCLE),
    ("Step of a night", NIGHT_STEP_LIFECYCLE),
    ("Open point at the close", OPEN_POINT_LIFECYCLE),
)


def path() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "flow.md"


def drawn() -> str:
    """Everything below the mark, from the declarations."""
    return "\n".join([*_consumers(), *_lifecycles(), *_roll_up(), *_consequences()]) + "\n"


def _consumers() -> Iterator[str]:
    yield "\n## Who follows which events\n"
    yield "| consumer | reads | does |\n|---|---|---|"
    for consumer in CONSUMERS:
        kinds = ", ".join(f"`{kind}`" for kind in sorted(consumer.kinds))
        does = (consumer.handle.__doc__ or "").strip().splitlines()[0]
        yield f"| {consumer.name} | {kinds} | {does} |"


def _lifecycles() -> Iterator[str]:
    for title, lifecycle in DRAWN:
        yield f"\n## {title}\n\n```mermaid\nstateDiagram-v2"
        yield f"    [*] --> {lifecycle.initial}"
        yield from _arrows(lifecycle)
        yield "```"


def _arrows(lifecycle: Lifecycle) -> Iterator[str]:
    for transition in lifecycle.transitions.values():
        for source in transition.sources:
            yield f"    {source} --> {transition.target}: {transition.name}{_by(transition)}"


def _by(transition: Transition) -> str:
    if transition.four_eyes:
        return " (other eyes)"
    return " (rule)" if transition.by_rule else ""


def _roll_up() -> Iterator[str]:
    yield "\n## Status of a settlement\n\nThe first row that fits; none fits: PREPARED.\n"
    yield "| axis | value | status |\n|---|---|---|"
    for axis, value, status in ROLL_UP:
        yield f"| {axis} | {value} | {status} |"


def _consequences() -> Iterator[str]:
    yield "\n## What may be done about a deal, who must agree, and what follows\n"
    yield f"| situation | {' | '.join(str(act.label) for act in Act)} |\n|---|---|---|---|"
    for situation, row in TABLE.items():
        yield f"| {situation.label} | {' | '.join(_cell(row[act]) for act in Act)} |"


def _cell(cell: Consequence) -> str:
    if not cell.allowed:
        return f"no: {cell.instead}"
    whose = [f"agreement: {cell.agreement.label}"] if cell.agreement != Agreement.NONE else []
    eyes = ["other eyes"] if cell.eyes else []
    return "; ".join([*whose, *eyes, *(str(each.label) for each in cell.follows)])


class Command(BaseCommand):
    help = "Draws the lifecycles and the pipeline into docs/flow.md."

    def handle(self, *args: Any, **options: Any) -> None:
        written = path().read_text(encoding="utf-8").partition(BEGIN)[0]
        path().write_text(written + BEGIN + drawn(), encoding="utf-8")
